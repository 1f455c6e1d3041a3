//! `baobei jobs`, beside a running server.

use serde_json::{Value, json};
use tests::process::ServerProcess;
use tests::world;

use crate::Answer;

fn jobs(server: &ServerProcess, options: &[&str]) -> Answer {
    Answer::of(&server.run(["--json", "jobs"].iter().chain(options)))
}

/// The job in the list.
fn listed(server: &ServerProcess, job: &str, project: Value) -> Value {
    let all = jobs(server, &["list"]).ok();
    let found = all.as_array().unwrap().iter().find(|row| row["job"] == job && row["project"] == project);
    found.cloned().unwrap_or_else(|| panic!("{job} is not listed: {all}"))
}

tests::scenarios! {
    async fn jobs_are_listed_and_run_beside_the_server(engine: Engine) {
        let server = ServerProcess::start(engine).await;
        server.api().set_clock(world::MORNING).await;
        world::found_at(server.database()).await;
        let ran = jobs(&server, &["run", "end_days", "--project", "tianfu"]).ok();
        assert_eq!(ran, json!([{"project": "tianfu", "org": "qingshan", "slot": "2026-11-23", "done": 0, "error": null}]));
        let row = listed(&server, "end_days", json!("tianfu"));
        assert_eq!((&row["when"], &row["next"]), (&json!("daily 00:00"), &json!("2026-11-24T00:00:00+08:00")));
        assert_eq!((&row["last"]["slot"], &row["last"]["state"]), (&json!("2026-11-23"), &json!("done")));
        let again = jobs(&server, &["run", "end_days", "--project", "tianfu", "--day", "2026-11-20"]).ok();
        assert_eq!(again[0]["slot"], "2026-11-20");
        assert_eq!(listed(&server, "end_days", json!("tianfu"))["last"]["slot"], "2026-11-23", "the newest counts");
        assert_eq!(jobs(&server, &["run", "end_days"]).ok().as_array().unwrap().len(), 2, "each project");
        assert_eq!(jobs(&server, &["run", "tell_office"]).ok()[0]["project"], Value::Null);
        let whole = listed(&server, "purge_feed", Value::Null);
        assert_eq!(whole["when"], "every 1 h");
    }

    async fn a_wrong_job_day_or_project_is_told_what_would_be_right(engine: Engine) {
        let server = ServerProcess::start(engine).await;
        server.api().set_clock(world::MORNING).await;
        world::found_at(server.database()).await;
        for (options, code) in [
            (&["run", "end_day"][..], 3),
            (&["run", "end_days", "--day", "2026-11-24"], 3),
            (&["run", "watch_disputes", "--day", "2026-11-23"], 3),
            (&["run", "purge_feed", "--project", "tianfu"], 3),
            (&["run", "end_days", "--project", "nowhere"], 1),
        ] {
            let answer = jobs(&server, options);
            assert_eq!(answer.code, Some(code), "{options:?}: {}", answer.json);
            assert!(answer.json["error"]["remedy"].is_string(), "{}", answer.json);
        }
    }
}
