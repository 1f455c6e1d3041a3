//! P13: a server restored from a backup gets the claims back from the phones, with the moments they had.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use server::store::audit::{self, Filter};
use sync_core::kind::Origin;
use sync_core::kinds::{self, BOOKING, CANVASS, CHECKIN, LEAD};
use sync_core::time::{Moment, rfc3339};
use tests::engine::Engine;
use tests::phone::Phone;
use tests::process::ServerProcess;
use tests::world;
use uuid::Uuid;

use crate::house::{Shown, device, records, tally, visit};

/// A server that goes by the real clock: the gap is as long as the test lets it be.
async fn start(engine: Engine) -> ServerProcess {
    let server = ServerProcess::start_with(engine, &["--password-cost", "cheap"]).await;
    world::found_at(server.database()).await;
    server
}

/// The whole audit trail of the only organisation.
fn all_acts() -> Filter<'static> {
    Filter { org: 1, between: (0, i64::MAX), actor: None, act: None, subject: None, projects: None, before: None }
}

/// Runs a command that must go well and answers JSON.
fn run(server: &ServerProcess, args: &[&str]) -> Value {
    let output = server.run(["--json"].iter().chain(args));
    let (told, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{args:?}: {complaint}");
    serde_json::from_str(&told).unwrap()
}

fn back_up(server: &ServerProcess, name: &str) -> (String, Value) {
    let file = server.home().join(name).to_str().unwrap().to_owned();
    let told = run(server, &["backup", &file]);
    (file, told)
}

/// When each record a phone holds was made, and what was ruled on it.
fn judged(phone: &Phone) -> BTreeMap<Uuid, (Option<Moment>, Option<String>)> {
    // what the server makes of claims, such as protections, is made anew
    let made = |kind: &str| kinds::find(kind, 1).is_some_and(|kind| kind.origin == Origin::Phone);
    let views = phone.replica.records().into_iter().filter(|view| made(&view.kind));
    views.map(|view| (view.id, (view.created, view.verdict.map(|verdict| verdict.outcome)))).collect()
}

struct Copy {
    records: BTreeMap<Uuid, Shown>,
    judged: BTreeMap<Uuid, (Option<Moment>, Option<String>)>,
}

impl Copy {
    fn of(phone: &Phone) -> Self {
        Self { records: records(phone), judged: judged(phone) }
    }
}

/// A lead with a number, a booking, a check-in and a tally: what others lose and gain by.
fn work(phone: &mut Phone, name: &str, number: &str) {
    phone.create(&LEAD, json!({"name": name, "phone": number, "source": "canvass"}));
    let masked = format!("{}****{}", &number[..3], &number[7..]);
    phone.create(&BOOKING, json!({"customer_name": name, "phone_masked": masked, "route": "booked"}));
    phone.create(&CHECKIN, json!({"type": "spot"}));
    tally(phone, 5);
}

tests::scenarios! {
    /// The drill: back up, work on, back up again, work on, destroy, restore the older backup, sync, compare.
    async fn p13_a_server_restored_from_an_older_backup_gets_everything_back_with_the_moments_it_had(engine: Engine) {
        let mut server = start(engine).await;
        let api = server.api();
        let mut phones = vec![
            Phone::ready(&api, "zhangwei", device(1)).await,
            Phone::ready(&api, "zhaolei", device(2)).await,
            Phone::ready(&api, "lihua", device(3)).await,
        ];
        let day = tally(&mut phones[0], 1);
        phones[0].sync().await.unwrap();
        let (older, told) = back_up(&server, "older.backup");
        let first_epoch = told["epoch"].clone();

        work(&mut phones[0], "王女士", "13812345678");
        phones[0].add(&CANVASS, day, "flyers", 10);
        phones[0].sync().await.unwrap();
        back_up(&server, "newer.backup");
        // the same customer, claimed second
        work(&mut phones[1], "王女士", "13812345678");
        phones[1].sync().await.unwrap();
        // somebody's first day with a phone, and tokens that were traded since
        phones.push(Phone::ready(&api, "liuyang", device(4)).await);
        work(&mut phones[3], "李先生", "13912345678");
        phones[3].sync().await.unwrap();
        phones[0].refresh().await.unwrap();
        visit(&mut phones[0], "扫楼");
        for phone in &mut phones {
            phone.sync().await.unwrap();
        }
        for phone in &mut phones {
            phone.sync().await.unwrap();
        }
        let before: Vec<Copy> = phones.iter().map(Copy::of).collect();
        let last_contact = rfc3339::parse(run(&server, &["backup", server.home().join("last.backup").to_str().unwrap()])["taken_at"].as_str().unwrap()).unwrap();
        // recorded when there was no server to tell
        let late = visit(&mut phones[0], "断网");

        server.lose_database(engine);
        let restored = run(&server, &["restore", &older]);
        assert_eq!(restored["old_epoch"], first_epoch);
        assert_ne!(restored["epoch"], first_epoch);
        assert_eq!(restored["gap"]["from"], told["taken_at"]);
        server.restart().await;

        for place in [2, 3, 0, 1, 0, 1, 2, 3] {
            let synced = phones[place].sync_patiently().await.unwrap();
            assert_eq!(synced.forks, 0, "no phone had to begin a new log");
        }
        for (phone, before) in phones.iter().zip(&before) {
            let after = Copy::of(phone);
            assert_eq!((phone.replica.status().pending, phone.replica.status().epoch.as_deref()), (0, restored["epoch"].as_str()));
            let without_late: BTreeMap<_, _> = after.records.into_iter().filter(|(id, _)| *id != late).collect();
            assert_eq!(without_late, before.records, "{}", phone.username());
            for (id, (was, outcome)) in &before.judged {
                let (is, now) = &after.judged[id];
                assert_eq!(now, outcome, "{id} of {}", phone.username());
                let (Some(was), Some(is)) = (was, is) else { continue };
                assert_eq!((is.earliest, is.claimed, is.grade), (was.earliest, was.claimed, was.grade));
                assert!(was.latest <= is.latest && is.latest <= last_contact, "{was:?} became {is:?}");
            }
        }
        assert!(records(&phones[0]).contains_key(&late));
        assert_eq!(run(&server, &["replay"])["differences"], json!([]));
        assert_eq!(run(&server, &["doctor"])["findings"], json!([]));
        let gaps = run(&server, &["gaps"]);
        assert_eq!((&gaps[0]["from"], &gaps[0]["until"]), (&restored["gap"]["from"], &restored["gap"]["until"]));
        let to_look_at = gaps[0]["rulings"].as_array().unwrap();
        let contested = |outcome: &Value| outcome == "contested";
        assert!(to_look_at.iter().any(|each| contested(&each["outcome"])), "who came second is for the office: {gaps}");
        assert!(to_look_at.iter().all(|each| each["subject"] != day.to_string()), "what the backup had is not");
        let db = world::open(server.database()).await;
        let acts = Filter { act: Some("restore"), ..all_acts() };
        let acts = audit::list(&mut db.read().await.unwrap(), &acts, 10).await.unwrap();
        let detail: Value = serde_json::from_str(&acts[0].detail).unwrap();
        assert_eq!((acts.len(), &detail["gap"]), (1, &restored["gap"]), "an admin reads of it in the audit trail");
        db.close().await;
    }

    /// A database that was put back by other means, such as a snapshot of its disk, is told that it is older than the phones.
    async fn p13_a_database_put_back_by_other_means_begins_a_new_history(engine: Engine) {
        let mut server = start(engine).await;
        let mut phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        visit(&mut phone, "扫楼");
        phone.sync().await.unwrap();
        let epoch = phone.replica.status().epoch;
        server.stop().await;
        let told = run(&server, &["restore", "--adopt"]);
        assert_eq!(Some(told["old_epoch"].as_str().unwrap()), epoch.as_deref());
        server.restart().await;
        phone.sync_patiently().await.unwrap();
        assert_eq!((records(&phone).len(), phone.replica.status().epoch.as_deref()), (1, told["epoch"].as_str()));
    }
}
