//! `baobei phone`: a phone that loses its signal, its token, its yesterday.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tests::process::{ServerProcess, binary};

use super::{Answer, DEMO, file, import, typed};

/// A phone in a file, for somebody of the demo's org.
pub(crate) struct Phone {
    pub(crate) state: PathBuf,
    server: String,
    username: String,
}

impl Phone {
    pub(crate) fn new(server: &ServerProcess, username: &str) -> Self {
        let state = server.home().join(format!("{username}.phone.json"));
        Self { state, server: server.api().base().to_owned(), username: username.to_owned() }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(["--json", "phone", "--state"]).arg(&self.state).args(args);
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Answer {
        Answer::of(&self.command(args).output().unwrap())
    }

    pub(crate) fn try_login(&self, password: &str) -> Answer {
        let args = ["login", "--server", &self.server, "--org", "qingshan", "--username", &self.username];
        Answer::of(&typed(&mut self.command(&args), password))
    }

    pub(crate) fn login(&self, password: &str) -> Value {
        self.try_login(password).ok()
    }

    pub(crate) fn passwd(&self, old: &str, new: &str) {
        Answer::of(&typed(&mut self.command(&["passwd"]), &format!("{old}\n{new}\n"))).ok();
    }

    pub(crate) fn sync(&self) -> Value {
        self.run(&["sync"]).ok()
    }

    pub(crate) fn status(&self) -> Value {
        self.run(&["status"]).ok()
    }
}

/// A server with the demo's org, and a phone that is logged in and in step.
pub(crate) async fn set_up(engine: tests::engine::Engine, options: &[&str]) -> (ServerProcess, Phone) {
    let server = ServerProcess::start_with(engine, options).await;
    import(&server, DEMO).ok();
    let phone = Phone::new(&server, "wangjianguo");
    phone.login("wangjianguo-demo-2026");
    phone.sync();
    (server, phone)
}

tests::scenarios! {
    async fn what_is_recorded_without_a_signal_is_pushed_later(engine: Engine) {
        let (mut server, phone) = set_up(engine, &[]).await;
        server.kill();
        phone.run(&["canvass", "--place", "地铁口", "--flyers", "5"]).ok();
        phone.run(&["canvass", "add", "--flyers", "20"]).ok();
        phone.run(&["lead", "--name", "王女士", "--phone", "13812345678", "--source", "canvass"]).ok();
        phone.run(&["book", "--name", "王女士", "--phone", "13812345678", "--lead", "王女士"]).ok();
        assert_eq!(phone.run(&["sync"]).code, Some(4));
        assert_eq!(phone.status()["pending"], 5);
        server.restart().await;
        let report = phone.sync();
        assert_eq!((&report["acknowledged"], &report["pending"]), (&5.into(), &0.into()));
        assert_eq!(phone.run(&["show", "canvass"]).ok()[0]["body"]["flyers"], 25);
        let booking = &phone.run(&["show", "booking"]).ok()[0];
        assert_eq!((&booking["body"]["phone_masked"], &booking["verdict"]["outcome"]), (&"138****5678".into(), &"live".into()));
    }

    async fn what_the_server_would_reject_is_refused_while_it_is_typed(engine: Engine) {
        let (_server, phone) = set_up(engine, &[]).await;
        let refused = phone.run(&["lead", "--name", "王女士", "--source", "heaven", "--phone", "13812345678"]);
        assert_eq!((refused.code, &refused.json["error"]["details"]["code"]), (Some(3), &"value-invalid".into()));
        let refused = phone.run(&["book", "--name", "王女士", "--phone", "13812345678****"]);
        assert_eq!(refused.json["error"]["details"]["rule"], "BK-5");
        assert_eq!(phone.status()["recorded"], 0);
    }

    async fn p6_a_phone_restored_from_yesterday_takes_a_new_device_and_loses_nothing(engine: Engine) {
        let (server, phone) = set_up(engine, &[]).await;
        phone.run(&["visit", "--purpose", "before"]).ok();
        phone.sync();
        let backup = fs::read(&phone.state).unwrap();
        phone.run(&["visit", "--purpose", "lost from the phone"]).ok();
        phone.sync();
        fs::write(&phone.state, backup).unwrap();
        phone.run(&["visit", "--purpose", "after the restore"]).ok();
        let report = phone.sync();
        assert!(report["new_device"].is_string(), "{report}");
        let visits = phone.run(&["show", "visit"]).ok();
        let mut purposes: Vec<_> = visits.as_array().unwrap().iter().map(|visit| visit["body"]["purpose"].clone()).collect();
        purposes.sort_by_key(ToString::to_string);
        assert_eq!(purposes, ["after the restore", "before", "lost from the phone"]);
        drop(server);
    }

    async fn an_expired_token_is_refreshed_on_the_way(engine: Engine) {
        let (_server, phone) = set_up(engine, &["--access-lifetime", "4s"]).await;
        tokio::time::sleep(std::time::Duration::from_millis(5_100)).await;
        phone.run(&["visit", "--purpose", "later"]).ok();
        assert_eq!(phone.sync()["acknowledged"], 1);
    }

    async fn a_file_of_drafts_is_replayed_as_if_typed(engine: Engine) {
        let (server, phone) = set_up(engine, &[]).await;
        let drafts = file(&server, "day.jsonl", concat!(
            r#"{"kind":"canvass","id":"00000000-0000-4000-8000-000000000009","group":"g","do":{"set":{"place":"地铁口"}}}"#, "\n",
            r#"{"kind":"canvass","id":"00000000-0000-4000-8000-000000000009","group":"g","do":{"add":{"flyers":20}}}"#, "\n",
        ));
        assert_eq!(phone.run(&["replay", drafts.to_str().unwrap()]).ok()["ops"], 2);
        assert_eq!(phone.sync()["acknowledged"], 2);
        assert_eq!(phone.run(&["show", "canvass"]).ok()[0]["body"]["flyers"], 20);
    }

    async fn at_10_a_lead_witnesses_a_post_without_a_signal_as_one_group(engine: Engine) {
        let (mut server, phone) = set_up(engine, &[]).await;
        phone.run(&["checkin", "on", "--lat", "30.5269", "--lng", "104.0576"]).ok();
        phone.sync();
        let lead = Phone::new(&server, "lihua");
        lead.login("lihua-demo-2026");
        lead.sync();
        for person in ["王建国", "陈晓雨"] {
            lead.run(&["assign", person, "--post", "huafu"]).ok();
        }
        server.kill();
        let witnessed = lead.run(&["witness", "on", "--post", "huafu", "--lat", "30.52821", "--lng", "104.06731"]).ok();
        assert_eq!((&witnessed["confirmed"], &witnessed["recorded"], &witnessed["pending"]), (&1.into(), &1.into(), &4.into()));
        assert_eq!(lead.run(&["witness", "on", "--post", "wujie"]).code, Some(3), "nobody is there");
        server.restart().await;
        assert_eq!(lead.sync()["acknowledged"], 4);
        let checks = lead.run(&["show", "checkin"]).ok();
        let checks = checks.as_array().unwrap();
        assert_eq!(checks.len(), 2, "{checks:?}");
        assert!(checks.iter().any(|check| check["body"]["witnesses"].is_array()), "{checks:?}");
        assert!(checks.iter().any(|check| check["body"]["subject"].is_string()), "{checks:?}");
    }

    async fn a_lead_approves_the_version_on_their_phone(engine: Engine) {
        let (server, phone) = set_up(engine, &[]).await;
        phone.run(&["log", "write", "--items", "发单 25 张"]).ok();
        phone.run(&["log", "submit"]).ok();
        phone.sync();
        let lead = Phone::new(&server, "lihua");
        lead.login("lihua-demo-2026");
        lead.sync();
        let log = lead.run(&["show", "daily_log"]).ok()[0]["id"].as_str().unwrap().to_owned();
        lead.run(&["ask", &log, "approve", "comment=好"]).ok();
        lead.sync();
        phone.sync();
        assert_eq!(phone.run(&["show", "daily_log"]).ok()[0]["phase"], "approved");
    }
}
