//! P10: nobody receives a record outside their scope; who leaves a scope loses the copy; work done inside it still counts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use sync_core::exchange::Status;
use sync_core::kinds::{BOOKING, OUTLET};
use sync_core::time::rfc3339;
use tests::phone::Phone;
use tests::world::{self, OTHER_PROJECT, PEOPLE};
use uuid::Uuid;

use crate::house::{device, outcome, records, start, visit};

/// Who sees what: the readers of each record, by name.
type Readers = BTreeMap<Uuid, BTreeSet<&'static str>>;

tests::scenarios! {
    async fn p10_everybody_receives_exactly_the_records_of_their_scope(engine: Engine) {
        let server = start(engine).await;
        let mut readers = Readers::new();
        let on_project: Vec<_> = PEOPLE.iter().filter(|person| person.team != Some(2)).map(|person| person.username).collect();
        for (n, person) in PEOPLE.iter().enumerate() {
            let mut phone = Phone::ready(&server.api(), person.username, device(n as u128)).await;
            if person.team == Some(2) {
                phone = phone.on_project(OTHER_PROJECT);
            }
            let lead = person.team.map(|team| PEOPLE.iter().find(|lead| lead.team == Some(team)).unwrap().username);
            let own: BTreeSet<_> = [Some(person.username), lead].into_iter().flatten().collect();
            readers.insert(visit(&mut phone, "扫楼"), own.clone());
            let outlet = phone.create(&OUTLET, json!({"name": person.username, "category": "broker"}));
            let project = if person.team == Some(2) { vec!["gaofei", "yangtao"] } else { on_project.clone() };
            readers.insert(outlet, project.into_iter().collect());
            if person.employment.is_some() {
                let fields = json!({"customer_name": "王女士", "phone_masked": "138****8000", "route": "booked"});
                let feed: &[&str] = match (person.team, person.username) {
                    (Some(2), _) => &["gaofei"],
                    _ => &["zhoumei", "xujun", "lihua", "chenjing", "huangyan"],
                };
                let agents: &[&str] = if lead.is_none() { &["machao", "linna"] } else { &[] };
                readers.insert(phone.create(&BOOKING, fields), own.iter().chain(feed).chain(agents).copied().collect());
            }
            phone.sync().await.unwrap();
        }
        for (n, person) in PEOPLE.iter().enumerate() {
            let phone = Phone::ready(&server.api(), person.username, device(100 + n as u128)).await;
            let has: BTreeSet<Uuid> = records(&phone).into_keys().collect();
            let may: BTreeSet<Uuid> =
                readers.iter().filter(|(_, names)| names.contains(person.username)).map(|(id, _)| *id).collect();
            assert_eq!(has, may, "{}", person.username);
        }
    }

    async fn p10_who_leaves_a_project_loses_the_copy_and_work_done_before_counts(engine: Engine) {
        let server = start(engine).await;
        let mut phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        let mut colleague = Phone::ready(&server.api(), "wangfang", device(2)).await;
        let outlet = colleague.create(&OUTLET, json!({"name": "安居", "category": "broker"}));
        colleague.sync().await.unwrap();
        phone.sync().await.unwrap();
        assert!(phone.replica.view(outlet).is_some());
        phone.clock.pass_minutes(2);
        visit(&mut phone, "扫楼");
        let before = phone.replica.status().recorded;
        let leaves = rfc3339::parse("2026-11-23T01:05:00Z").unwrap();
        world::change_team(&server.app().db, "zhangwei", leaves, None).await;
        phone.clock.pass_minutes(7);
        server.api().set_clock("2026-11-23T01:09:00Z").await;
        phone.sync().await.unwrap();
        assert_eq!(outcome(&phone, before).0, Status::Applied, "recorded at 01:02, when the membership lasted");
        assert!(phone.replica.view(outlet).is_none(), "the copy of the project is gone");
        visit(&mut phone, "扫楼");
        let after = phone.replica.status().recorded;
        phone.sync().await.unwrap();
        assert_eq!(outcome(&phone, after), (Status::Rejected, Some("not-permitted".to_owned())));
        let lead = Phone::ready(&server.api(), "lihua", device(3)).await;
        assert_eq!(records(&lead).len(), 2, "the outlet, and the visit that counts");
    }

    async fn p10_a_record_stays_with_the_team_it_was_recorded_in(engine: Engine) {
        let server = start(engine).await;
        let mut phone = Phone::ready(&server.api(), "liuyang", device(1)).await;
        let mut leads = [Phone::ready(&server.api(), "lihua", device(2)).await, Phone::ready(&server.api(), "chenjing", device(3)).await];
        phone.clock.pass_minutes(1);
        let first = visit(&mut phone, "在一组");
        let moves = rfc3339::parse("2026-11-23T01:05:00Z").unwrap();
        world::change_team(&server.app().db, "liuyang", moves, Some(1)).await;
        server.api().set_clock("2026-11-23T01:06:00Z").await;
        phone.clock.pass_minutes(5);
        let between = visit(&mut phone, "还没听说");
        phone.sync().await.unwrap();
        let second = visit(&mut phone, "在二组");
        phone.sync().await.unwrap();
        let mut seen = Vec::new();
        for lead in &mut leads {
            lead.sync().await.unwrap();
            seen.push([first, between, second].map(|id| lead.replica.view(id).is_some()));
        }
        assert!(!seen[1][0] || !seen[0][0], "one team's lead sees a record, not two: {seen:?}");
        assert_eq!((seen[0][2], seen[1][2]), (false, true), "after the change the second team's lead sees it");
        assert_eq!(records(&phone).len(), 3, "the author keeps all");
    }
}
