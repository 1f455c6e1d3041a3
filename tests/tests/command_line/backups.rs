//! `baobei backup` and `baobei restore`: whole files, right keys, empty databases, either engine.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sync_core::kinds::{LEAD, VISIT};
use tests::engine::Engine;
use tests::phone::Phone;
use tests::process::ServerProcess;
use tests::world;
use uuid::Uuid;

use crate::Answer;

const NUMBER: &str = "13812345678";

/// A server with a lead and a visit in it.
async fn worked(engine: Engine) -> (ServerProcess, Phone) {
    let server = ServerProcess::start(engine).await;
    world::found_at(server.database()).await;
    let mut phone = Phone::ready(&server.api(), "zhangwei", Uuid::from_u128(7)).await;
    phone.create(
        &LEAD,
        json!({"name": "王女士", "phone": NUMBER, "source": "canvass", "note": format!("手机 {NUMBER}")}),
    );
    phone.create(&VISIT, json!({"visit_type": "cold", "purpose": "扫楼"}));
    phone.sync().await.unwrap();
    (server, phone)
}

fn run(server: &ServerProcess, args: &[&str]) -> Answer {
    Answer::of(&server.run(["--json"].iter().chain(args)))
}

fn path(server: &ServerProcess, name: &str) -> String {
    server.home().join(name).to_str().unwrap().to_owned()
}

/// Backups in a folder; one that is being written is none.
fn backups(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.ends_with(".backup")).collect();
    names.sort_unstable();
    names
}

fn refused(answer: Answer, code: i32) -> String {
    assert_eq!(answer.code, Some(code), "{}", answer.json);
    answer.json["error"]["message"].as_str().unwrap().to_owned()
}

/// What the records of the project look like to the back office.
async fn seen(server: &ServerProcess) -> Value {
    let login = json!({"org": world::ORG, "username": "huangyan", "password": world::PASSWORD});
    let session: Value = server.api().post("/v1/auth/login", &login).await.unwrap();
    let office = server.api().with_token(session["access_token"].as_str().unwrap());
    let mut seen = Vec::new();
    for kind in ["lead", "visit"] {
        let path = format!("/v1/projects/{}/records?kind={kind}", world::PROJECT);
        let mut page: Value = office.get(&path).await.unwrap();
        assert!(!page["items"].as_array().unwrap().is_empty(), "{page}");
        seen.push(page["items"].take());
    }
    seen.into()
}

tests::scenarios! {
    async fn a_backup_of_either_engine_becomes_a_database_of_either(engine: Engine) {
        let (server, _) = worked(engine).await;
        let known = seen(&server).await;
        let file = path(&server, "monday.backup");
        let told = run(&server, &["backup", &file]).ok();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(told["bytes"], fs::metadata(&file).unwrap().len());
        let whole = run(&server, &["restore", &file, "--check"]).ok();
        assert_eq!((&whole["rows"], &whole["backup"]["taken_at"]), (&told["rows"], &told["taken_at"]));

        for other in [Engine::Sqlite, Engine::Postgres] {
            let mut heir = ServerProcess::start(other).await;
            heir.lose_database(other);
            let keys = path(&server, "keys");
            let restored = run(&heir, &["restore", &file, "--keys", &keys]).ok();
            assert_eq!(restored["rows"], told["rows"]);
            fs::remove_dir_all(path(&heir, "keys")).unwrap();
            fs::rename(copy_of(&keys), path(&heir, "keys")).unwrap();
            heir.restart().await;
            assert_eq!(seen(&heir).await, known);
            // everything is there again: what a restored database is backed up to, differs in its history alone
            let again = run(&heir, &["backup", &path(&heir, "again.backup")]).ok();
            assert_eq!(again["tables"], told["tables"]);
            assert!(again["rows"].as_u64() > told["rows"].as_u64(), "the restore is in the audit trail, the gap in the meta data");
        }
    }

    async fn p11_a_backup_has_no_number_in_clear_and_none_of_the_keys(engine: Engine) {
        let (server, _) = worked(engine).await;
        let file = path(&server, "monday.backup");
        run(&server, &["backup", &file]).ok();
        let text = String::from_utf8(zstd::decode_all(fs::File::open(&file).unwrap()).unwrap()).unwrap();
        assert!(text.contains("王女士") && text.contains("138****5678"), "it is the right text");
        assert!(!text.contains(NUMBER));
        let keys = fs::read_dir(path(&server, "keys")).unwrap().map(|entry| entry.unwrap().path());
        let keys: Vec<_> = keys.filter(|path| path.extension().is_some_and(|ending| ending == "key")).collect();
        assert_eq!(keys.len(), 4);
        for key in keys {
            let secret = fs::read_to_string(key).unwrap();
            assert!(secret.trim().len() == 64 && !text.contains(secret.trim()));
        }
    }

    async fn nothing_is_restored_over_a_database_from_a_damaged_file_or_without_the_keys(engine: Engine) {
        let (mut server, _) = worked(engine).await;
        let file = path(&server, "monday.backup");
        run(&server, &["backup", &file]).ok();
        assert!(refused(run(&server, &["backup", &file]), 5).contains("is there already"));
        assert!(refused(run(&server, &["restore", &file]), 5).contains("is not empty"));

        server.lose_database(engine);
        let bytes = fs::read(&file).unwrap();
        let short = path(&server, "short.backup");
        fs::write(&short, &bytes[..bytes.len() / 2]).unwrap();
        assert!(refused(run(&server, &["restore", &short]), 3).contains("cut short"));
        assert!(refused(run(&server, &["restore", &short, "--check"]), 3).contains("cut short"));
        let other = path(&server, "other.backup");
        fs::write(&other, "SQLite format 3").unwrap();
        assert!(refused(run(&server, &["restore", &other]), 3).contains("not a backup"));
        let strange = ServerProcess::start(engine).await;
        let keys = path(&strange, "keys");
        assert!(refused(run(&server, &["restore", &file, "--keys", &keys]), 5).contains("not those of the backup"));
        // none of it left anything behind
        run(&server, &["restore", &file]).ok();
        server.restart().await;
        seen(&server).await;
    }

    async fn backups_follow_each_other_and_the_oldest_goes(engine: Engine) {
        let (server, mut phone) = worked(engine).await;
        let folder = server.home().join("backups");
        assert!(refused(run(&server, &["backup", folder.to_str().unwrap(), "--follow"]), 1).contains("no folder"));
        fs::create_dir(&folder).unwrap();
        let mut follower = server.spawn(["backup", folder.to_str().unwrap(), "--follow", "--every", "1s", "--keep", "2"]);
        let since = Instant::now();
        let mut seen = std::collections::BTreeSet::new();
        while seen.len() < 4 {
            assert!(since.elapsed() < Duration::from_mins(1), "{seen:?}");
            seen.extend(backups(&folder));
            phone.create(&VISIT, json!({"visit_type": "cold", "purpose": "扫楼"}));
            phone.sync().await.unwrap();
            // the clock of the test stands still, and files are named after it
            server.api().set_clock(&chrono::DateTime::from_timestamp_millis(1_795_000_000_000 + i64::try_from(since.elapsed().as_millis()).unwrap()).unwrap().to_rfc3339()).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        follower.kill().unwrap();
        follower.wait().unwrap();
        let left = backups(&folder);
        assert!((2..=3).contains(&left.len()), "{left:?}");
        let newest = folder.join(left.last().unwrap());
        run(&server, &["restore", newest.to_str().unwrap(), "--check"]).ok();
    }
}

/// A copy of a folder with keys, as private as they are.
fn copy_of(keys: &str) -> String {
    let copy = format!("{keys}.copy");
    let copied = std::process::Command::new("cp").args(["-rp", keys, &copy]).status().unwrap();
    assert!(copied.success());
    copy
}
