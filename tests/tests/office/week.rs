//! The back office's week.

use api_spec::office_week::OfficeWeek;
use api_spec::primitives::Page;
use serde_json::Value;
use tests::api::Api;
use tests::world::{OTHER_PROJECT, PROJECT};
use uuid::Uuid;

use crate::house::{House, check_in, eventually, hand_in, refused};

fn path(project: Uuid, query: &str) -> String {
    format!("/v1/projects/{project}/week{query}")
}

async fn week(api: &Api, query: &str) -> Page<OfficeWeek> {
    api.get(&path(PROJECT, query)).await.unwrap()
}

fn counted(of: &std::collections::BTreeMap<String, u32>, word: &str) -> u32 {
    of.get(word).copied().unwrap_or(0)
}

tests::scenarios! {
    async fn the_office_sees_what_the_week_came_to_for_the_project_and_each_team(engine: Engine) {
        let house = House::open(engine).await;
        let (mut zhang, mut zhao) = (house.phone("zhangwei").await, house.phone("zhaolei").await);
        check_in(&mut zhang, 0.0);
        check_in(&mut zhao, 0.0);
        hand_in(&mut zhang, "发单 200 份");
        house.sync(&mut zhang).await;
        house.sync(&mut zhao).await;
        let office = house.user("huangyan").await;
        let before = week(&office, "").await;
        assert_eq!((before.items[0].week.as_str(), before.items[0].team.as_ref()), ("2026-W48", None));
        assert_eq!(before.items[0].days.len(), 0, "no day is closed yet");
        house.at("2026-11-24", "08:00").await;
        eventually(async || !week(&office, "").await.items[0].days.is_empty()).await;
        let page = week(&office, "?week=2026-W48").await;
        let names: Vec<_> = page.items.iter().map(|row| row.team.as_ref().map(|team| team.name.clone())).collect();
        assert_eq!(names, [None, Some("1组".to_owned()), Some("2组".to_owned())], "only teams of the project");
        let [whole, one, two] = &page.items[..] else { panic!("three rows") };
        assert!(whole.people > one.people + two.people, "consultants have no team");
        let all: u32 = whole.days.values().sum();
        assert_eq!(all, whole.people, "one day of everybody");
        let there = |row: &OfficeWeek| row.people - counted(&row.days, "absent") - counted(&row.days, "off");
        assert_eq!((there(whole), there(one), there(two)), (2, 1, 1), "{page:?}");
        assert_eq!((counted(&whole.logs, "submitted"), counted(&one.logs, "submitted")), (1, 1));
        assert_eq!(counted(&two.logs, "submitted"), 0);
        assert_eq!(whole.open_disputes.zip(whole.overdue_sheets), Some((0, 0)));
        assert_eq!((one.open_disputes, one.team.as_ref().unwrap().lead.as_ref().unwrap().name.as_str()), (None, "LIHUA"));
        assert_eq!(week(&office, "?week=2026-W47").await.items[0].days.len(), 0);
        assert_eq!(one.team.as_ref().map(|team| (team.handed_in_at, team.hand_in_late)), Some((None, false)));
        house.at("2026-11-30", "12:00").await;
        let due = week(&office, "?week=2026-W48").await;
        assert!(due.items[1].team.as_ref().unwrap().hand_in_late, "WL-9: the logs were due");
        house.at("2026-11-24", "08:00").await;
        let first = week(&office, "?limit=2").await;
        let rest = week(&office, &format!("?limit=2&cursor={}", first.next_cursor.clone().unwrap())).await;
        assert_eq!([first.items, rest.items].concat(), week(&office, "").await.items);
        assert_eq!(rest.next_cursor, None);
    }

    async fn the_week_is_taken_away_as_a_file_by_the_office_alone(engine: Engine) {
        let house = House::open(engine).await;
        let office = house.user("huangyan").await;
        let csv = office.request(reqwest::Method::GET, &path(PROJECT, "?format=csv")).send().await.unwrap();
        assert!(csv.status().is_success());
        let text = csv.text().await.unwrap();
        assert!(text.starts_with('\u{feff}') && text.contains("2026-W48") && text.contains("1组"), "{text}");
        for (who, project, expected) in [
            ("zhangwei", PROJECT, (403, "forbidden")),
            ("lihua", PROJECT, (403, "forbidden")),
            ("huangyan", OTHER_PROJECT, (404, "not-found")),
        ] {
            let answer = house.user(who).await.get::<Value>(&path(project, "")).await;
            assert_eq!(refused(answer), (expected.0, expected.1.to_owned()), "{who}");
        }
        assert!(house.user("xujun").await.get::<Value>(&path(PROJECT, "")).await.is_ok());
        let wrong = office.get::<Value>(&path(PROJECT, "?week=2026-48")).await;
        assert_eq!(refused(wrong), (400, "bad-parameter".to_owned()));
    }
}
