//! The `baobei` command as people and scripts use it: beside a running server, on both engines.

#![expect(clippy::unwrap_used, clippy::panic, clippy::needless_pass_by_value, reason = "tests fail by panicking")]

mod backups;
mod jobs;
mod keys;
mod phone;
mod photos;
mod privacy;
mod replay;

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use api_spec::auth::Session;
use serde_json::{Value, json};
use tests::api::Api;
use tests::process::{ServerProcess, binary};

const DEMO: &str = include_str!("../../../server/demo/org.json");

/// A command in the terminal: its exit code, and what it answered or complained as JSON.
#[derive(Debug)]
struct Answer {
    code: Option<i32>,
    json: Value,
}

impl Answer {
    fn of(output: &Output) -> Self {
        let text = if output.status.success() { &output.stdout } else { &output.stderr };
        let json = serde_json::from_slice(text);
        Self { code: output.status.code(), json: json.unwrap_or_else(|_| String::from_utf8_lossy(text).into()) }
    }

    /// The answer of a command that must have gone well.
    fn ok(self) -> Value {
        assert_eq!(self.code, Some(0), "{}", self.json);
        self.json
    }
}

/// Writes `text` beside the server's data.
fn file(server: &ServerProcess, name: &str, text: &str) -> PathBuf {
    let path = server.home().join(name);
    fs::write(&path, text).unwrap();
    path
}

fn import(server: &ServerProcess, document: &str) -> Answer {
    let path = file(server, "org.json", document);
    Answer::of(&server.run(["--json", "org", "import", path.to_str().unwrap()]))
}

/// Somebody of the demo's org, without a phone.
async fn user(server: &ServerProcess, username: &str) -> Api {
    let login = json!({"org": "qingshan", "username": username, "password": format!("{username}-demo-2026")});
    let session: Session = server.api().post("/v1/auth/login", &login).await.unwrap();
    server.api().with_token(session.tokens.access_token.reveal())
}

/// What the outlets somebody looks after ask for in November.
async fn outlet_months(api: &Api) -> Vec<Value> {
    let me: Value = api.get("/v1/me").await.unwrap();
    let project = me["project"].as_str().unwrap();
    let page: Value = api.get(&format!("/v1/projects/{project}/outlet-months/2026-11")).await.unwrap();
    page["items"].as_array().cloned().unwrap_or_else(|| panic!("{page}"))
}

/// Runs a command and types `input`.
fn typed(command: &mut Command, input: &str) -> Output {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

tests::scenarios! {
    async fn an_org_is_imported_beside_a_running_server_once(engine: Engine) {
        let server = ServerProcess::start(engine).await;
        let report = import(&server, DEMO).ok();
        assert_eq!(report["done"][0], json!({"what": "org", "code": "qingshan", "how": "created"}));
        assert_eq!(import(&server, DEMO).ok()["done"], json!([]));
        let accounts = Answer::of(&server.run(["--json", "user", "list", "--org", "qingshan"])).ok();
        assert!(accounts.as_array().unwrap().iter().any(|account| account["username"] == "lihua"));
    }

    async fn ov_3_an_imported_outlet_is_its_owners_from_the_day_it_opened(engine: Engine) {
        let server = ServerProcess::start(engine).await;
        server.api().set_clock("2026-11-21T01:00:00Z").await;
        let mut document: Value = serde_json::from_str(DEMO).unwrap();
        for outlet in document["outlets"].as_array_mut().unwrap() {
            outlet["grade"] = "A".into();
        }
        document["outlets"][0]["owner"] = "wangjianguo".into();
        document["outlets"][0]["opened_on"] = "2026-03-01".into();
        let names = [0, 1].map(|place: usize| document["outlets"][place]["name"].clone());
        import(&server, &document.to_string()).ok();
        assert_eq!(import(&server, &document.to_string()).ok()["done"], json!([]));
        let mut months = Vec::new();
        let (lead, other) = (user(&server, "lihua").await, user(&server, "zhoulan").await);
        for _ in 0..100 {
            months = outlet_months(&lead).await;
            if months.len() >= 2 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        let month = |name: &Value| months.iter().find(|row| row["name"] == *name).unwrap_or_else(|| panic!("{months:?}"));
        let (old, new) = (month(&names[0]), month(&names[1]));
        assert_eq!((&old["quota"], &old["owner"]["name"], &new["quota"], &new["owner"]), (&5.into(), &"王建国".into(), &2.into(), &Value::Null));
        assert!(old["team"].is_string() && new["team"].is_null());
        let others = outlet_months(&other).await;
        assert!(others.iter().all(|row| row["name"] != names[0]) && others.iter().any(|row| row["name"] == names[1]), "{others:?}");
    }

    async fn a_wrong_file_is_answered_with_all_its_mistakes_and_exit_code_3(engine: Engine) {
        let server = ServerProcess::start(engine).await;
        let mut document: Value = serde_json::from_str(DEMO).unwrap();
        document["teams"][0]["lead"] = "nobody".into();
        document["outlets"][0]["project"] = "nowhere".into();
        document["outlets"][1]["owner"] = "nobody".into();
        let answer = import(&server, &document.to_string());
        assert_eq!(answer.code, Some(3));
        let mistakes = answer.json["error"]["details"]["mistakes"].as_array().unwrap();
        let pointers: Vec<_> = mistakes.iter().map(|mistake| mistake["pointer"].as_str().unwrap()).collect();
        assert_eq!(pointers, ["/teams/0/lead", "/outlets/0/project", "/outlets/1/owner"]);
        let accounts = Answer::of(&server.run(["--json", "user", "list", "--org", "qingshan"]));
        assert_eq!(accounts.code, Some(3), "nothing was imported");
    }

    async fn a_password_set_beside_the_server_is_the_one_that_counts(engine: Engine) {
        let server = ServerProcess::start(engine).await;
        import(&server, DEMO).ok();
        let mut passwd = Command::new(binary());
        passwd.args(["--json", "user", "passwd", "--org", "qingshan", "--username", "lihua"]);
        passwd.env("BAOBEI_DATABASE_URL", server.database());
        assert_eq!(Answer::of(&typed(&mut passwd, "short\n")).code, Some(3));
        Answer::of(&typed(&mut passwd, "a-new-password\n")).ok();
        let phone = phone::Phone::new(&server, "lihua");
        assert_eq!(phone.try_login("lihua-demo-2026").code, Some(5));
        phone.login("a-new-password");
    }

    async fn a_one_time_code_logs_in_once_and_asks_for_a_password(engine: Engine) {
        let server = ServerProcess::start(engine).await;
        import(&server, DEMO).ok();
        let code = server.run(["--json", "user", "one-time-code", "--org", "qingshan", "--username", "lihua"]);
        let code = Answer::of(&code).ok()["code"].as_str().unwrap().to_owned();
        let phone = phone::Phone::new(&server, "lihua");
        assert_eq!(phone.login(&code)["must_change_password"], true);
        assert_eq!(phone.run(&["sync"]).code, Some(5));
        phone.passwd(&code, "my-own-password");
        assert_eq!(phone.run(&["sync"]).ok()["pending"], 0);
    }
}

#[test]
fn the_openapi_document_can_be_checked_for_drift() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("openapi.json");
    let check = || Command::new(binary()).args(["openapi", "--check", "--file"]).arg(&path).output().unwrap();
    assert_eq!(check().status.code(), Some(3));
    fs::write(&path, Command::new(binary()).arg("openapi").output().unwrap().stdout).unwrap();
    assert_eq!(check().status.code(), Some(0));
}

#[test]
fn a_wrong_command_line_is_exit_code_2_and_an_unreachable_database_4() {
    assert_eq!(Command::new(binary()).args(["serve", "--lissen"]).output().unwrap().status.code(), Some(2));
    let nowhere = "postgres://nobody@127.0.0.1:1/nothing";
    let list = Command::new(binary()).args(["user", "list", "--database", nowhere]).output().unwrap();
    assert_eq!(list.status.code(), Some(4), "{}", String::from_utf8_lossy(&list.stderr));
}
