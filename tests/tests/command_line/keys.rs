//! `baobei keys`, beside a running server.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use serde_json::{Value, json};
use sync_core::kinds::LEAD;
use tests::phone::Phone;
use tests::process::ServerProcess;
use tests::world;
use uuid::Uuid;

use crate::Answer;

/// A number that several register.
const NUMBER: &str = "13812345678";

fn keys(server: &ServerProcess, line: &str) -> Answer {
    Answer::of(&server.run(["--json", "keys"].into_iter().chain(line.split(' '))))
}

async fn phone(server: &ServerProcess, username: &str) -> Phone {
    let mut phone = Phone::new(&server.api(), username, Uuid::new_v5(&Uuid::nil(), username.as_bytes()));
    phone.log_in().await.unwrap();
    phone
}

/// Registers the number; the verdict.
async fn register(server: &ServerProcess, username: &str) -> String {
    let mut phone = phone(server, username).await;
    let id = phone.create(&LEAD, json!({"name": "王女士", "phone": NUMBER, "source": "canvass"}));
    phone.sync().await.unwrap();
    phone.sync().await.unwrap();
    phone.replica.view(id).unwrap().verdict.unwrap().outcome
}

fn rows(list: &Value, key: &str) -> Option<i64> {
    list.as_array().unwrap().iter().find(|each| each["key"] == key).map(|each| each["rows"].as_i64().unwrap_or(-1))
}

tests::scenarios! {
    async fn dp_2_keys_rotate_while_serving_and_a_number_stays_the_same_customer(engine: Engine) {
        let mut server = ServerProcess::start(engine).await;
        world::found_at(server.database()).await;
        assert_eq!(register(&server, "zhangwei").await, "protected");
        let made = keys(&server, "rotate").ok();
        assert_eq!(made["made"], json!(["sealing-2", "index-2", "tokens-2"]));
        assert_eq!(register(&server, "zhaolei").await, "contested", "PR-2: found under the old key");
        let list = keys(&server, "list").ok();
        assert!(rows(&list, "sealing-1").unwrap() > 0 && rows(&list, "sealing-2").unwrap() > 0, "{list}");
        for key in ["sealing-1", "sealing-2", "anchors-1"] {
            assert_eq!(keys(&server, &format!("retire {key}")).code, Some(5), "{key} is needed");
        }
        assert_eq!(keys(&server, "retire sealing-9").code, Some(1));
        let resealed = keys(&server, "reseal").ok()["resealed"].clone();
        assert_eq!(resealed["customers"], 1, "{resealed}");
        assert_eq!(keys(&server, "reseal").ok()["resealed"]["segments"], 0, "again changes nothing");
        for key in ["sealing-1", "index-1", "tokens-1"] {
            assert_eq!(keys(&server, &format!("retire {key}")).ok()["retired"], key);
        }
        let list = keys(&server, "list").ok();
        assert_eq!((rows(&list, "sealing-1"), rows(&list, "index-1"), rows(&list, "index-2")), (None, None, Some(1)));
        assert_eq!(register(&server, "sunli").await, "contested", "found under the new key");
        server.stop().await;
        server.restart().await;
        assert_eq!(register(&server, "liuyang").await, "contested", "the keys are still this database's");
    }

    async fn dp_2_a_reseal_that_is_killed_loses_nothing_and_goes_on(engine: Engine) {
        let server = ServerProcess::start(engine).await;
        world::found_at(server.database()).await;
        let mut phone = phone(&server, "zhangwei").await;
        for n in 0..300 {
            phone.create(&LEAD, json!({"name": "王女士", "phone": format!("1381234{n:04}"), "source": "canvass"}));
            if n % 10 == 9 {
                phone.sync().await.unwrap();
            }
        }
        keys(&server, "rotate --use sealing --use index").ok();
        for pause_ms in [60, 90, 130, 180] {
            let mut reseal = server.spawn(["keys", "reseal"]);
            tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            reseal.kill().unwrap();
            reseal.wait().unwrap();
        }
        keys(&server, "reseal").ok();
        for key in ["sealing-1", "index-1"] {
            keys(&server, &format!("retire {key}")).ok();
        }
        let list = keys(&server, "list").ok();
        assert_eq!(rows(&list, "index-2"), Some(300));
        assert_eq!(register_all(&server, 5).await, ["contested"; 5]);
    }

    /// A folder that was put back from before a rotation would open half of the data, and seal new data with keys of the same names.
    async fn keys_are_exported_and_an_old_copy_of_them_is_refused(engine: Engine) {
        let mut server = ServerProcess::start(engine).await;
        world::found_at(server.database()).await;
        let [folder, copy, aside] = ["keys", "copy", "aside"].map(|name| server.home().join(name));
        let export = format!("export {}", copy.display());
        let told = keys(&server, &export).ok();
        assert_eq!(told["keys"], "sealing-1,index-1,anchors-1,tokens-1");
        assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(keys(&server, &export).code, Some(1), "nothing is written over");
        let remarks = |server: &ServerProcess| Answer::of(&server.run(["--json", "doctor"])).ok()["remarks"].to_string();
        assert!(!remarks(&server).contains("export"));
        keys(&server, "rotate").ok();
        assert!(remarks(&server).contains("rotated since they were exported"));

        server.kill();
        std::fs::rename(&folder, &aside).unwrap();
        std::fs::rename(&copy, &folder).unwrap();
        let refused = Answer::of(&server.run(["--json", "serve", "--listen", "127.0.0.1:0"]));
        // beside lines of its log
        let told = refused.json.to_string();
        assert!(refused.code == Some(1) && told.contains("lacks sealing-2, index-2, tokens-2"), "{told}");
        std::fs::remove_dir_all(&folder).unwrap();
        std::fs::rename(&aside, &folder).unwrap();
        server.restart().await;
    }
}

/// Somebody else registers some of the numbers; the verdicts.
async fn register_all(server: &ServerProcess, count: usize) -> Vec<String> {
    let mut phone = phone(server, "zhaolei").await;
    let ids: Vec<_> = (0..count)
        .map(|n| phone.create(&LEAD, json!({"name": "王女士", "phone": format!("1381234{n:04}"), "source": "canvass"})))
        .collect();
    phone.sync().await.unwrap();
    phone.sync().await.unwrap();
    ids.into_iter().map(|id| phone.replica.view(id).unwrap().verdict.unwrap().outcome).collect()
}
