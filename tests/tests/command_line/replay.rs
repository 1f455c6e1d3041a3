//! `baobei replay`, beside a running server.

use serde_json::json;
use server::store::{rulings, run_tx};
use sync_core::kinds::CHECKIN;
use tests::phone::Phone;
use tests::process::ServerProcess;
use tests::world::{self, PROJECT};
use uuid::Uuid;

use crate::Answer;

fn replay(server: &ServerProcess, options: &[&str]) -> std::process::Output {
    server.run(["--json", "replay"].iter().chain(options))
}

tests::scenarios! {
    async fn p9_every_stored_ruling_is_decided_again_and_a_difference_is_exit_code_1(engine: Engine) {
        let server = ServerProcess::start(engine).await;
        world::found_at(server.database()).await;
        let mut phone = Phone::new(&server.api(), "zhangwei", Uuid::from_u128(7));
        phone.log_in().await.unwrap();
        let id = phone.create(&CHECKIN, json!({"type": "on"}));
        phone.sync().await.unwrap();
        let all = Answer::of(&replay(&server, &[])).ok();
        assert_eq!((&all["rulings"], &all["differences"]), (&json!(1), &json!([])));
        let none = Answer::of(&replay(&server, &["--project", "jinjiang"])).ok();
        assert_eq!((&none["projects"], &none["rulings"]), (&json!(1), &json!(0)));
        assert_eq!(Answer::of(&replay(&server, &["--to", "2020-01-01"])).ok()["rulings"], 0);
        assert_eq!(replay(&server, &["--project", "nowhere"]).status.code(), Some(1));

        let db = world::open(server.database()).await;
        run_tx(&db, "test", async |mut tx| {
            let known = rulings::of_subjects(&mut tx, PROJECT, &[id]).await?.remove(0);
            let forged = |way: &str, outcome: &str, facts: String, policy_version| rulings::RulingRow {
                id: Uuid::new_v5(&known.id, way.as_bytes()),
                outcome: outcome.to_owned(),
                facts,
                policy_version,
                ..known.clone()
            };
            let forged = [
                forged("ruled", "on_time", known.facts.clone(), 0),
                forged("unreadable", "review", "{\"decision\":\"oracle\"}".to_owned(), 0),
                forged("no_policy", "review", known.facts.clone(), 9),
            ];
            rulings::add(&mut tx, &forged).await
        })
        .await
        .unwrap();
        db.close().await;
        let output = replay(&server, &[]);
        assert_eq!(output.status.code(), Some(1));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["rulings"], 4);
        let mut ways: Vec<_> =
            report["differences"].as_array().unwrap().iter().map(|each| each["difference"].as_str().unwrap()).collect();
        ways.sort_unstable();
        assert_eq!(ways, ["no_policy", "ruled", "unreadable"], "none is skipped");
    }
}
