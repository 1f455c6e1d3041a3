//! Days are closed when they are over (AT-1, AT-15), and shown while they last.

use api_spec::attendance::{AttendanceDay, DayOutcome};
use tests::world::{PROJECT, TEAMS, id};

use crate::house::{DAY, House, NEXT, refused};

/// Somebody works from one time to another, at the site.
async fn work(house: &House, username: &str, day: &str, (from, until): (&str, &str)) {
    house.at(day, from).await;
    house.check(username, "on").await;
    house.at(day, until).await;
    house.check(username, "off").await;
}

tests::scenarios! {
    async fn at_1_the_day_is_closed_for_everybody_when_it_is_over(engine: Engine) {
        let house = House::open(engine).await;
        house.at(DAY, "09:19").await;
        for username in ["zhangwei", "wangfang"] {
            house.check(username, "on").await;
        }
        house.at(DAY, "09:21").await;
        house.check("liuyang", "on").await;
        house.check("zhaolei", "on").await;
        house.at(DAY, "17:59").await;
        house.check("liuyang", "off").await;
        house.at(DAY, "18:00").await;
        house.check("zhangwei", "off").await;
        house.jobs_at(DAY, "23:59:59").await;
        assert_eq!(house.outcome("zhangwei", DAY).await, "-", "the day is not over");
        house.jobs_at(NEXT, "00:00").await;
        let rows = [
            ("zhangwei", "on_time"),
            ("liuyang", "early_leave"),
            // no witness yet
            ("wangfang", "review"),
            // no check-out
            ("zhaolei", "review"),
            ("lihua", "absent"),
            ("wuqiang", "absent"),
            // agents, desk, site lead and office are not taken
            ("machao", "-"),
            ("zhoumei", "-"),
            ("xujun", "-"),
            ("huangyan", "-"),
        ];
        for (username, outcome) in rows {
            assert_eq!(house.outcome(username, DAY).await, outcome, "{username}");
        }
        assert_eq!(house.outcome("zhangwei", NEXT).await, "-");
        let minutes: serde_json::Value = serde_json::from_str(&house.day("liuyang", DAY).await.unwrap().minutes).unwrap();
        assert_eq!(minutes, serde_json::json!({"late": 1, "early": 1, "worked": 518, "breaks": 0}));
        // told to the person and to the lead, and to nobody else
        for (reader, sees) in [("liuyang", true), ("lihua", true), ("zhangwei", false), ("chenjing", false)] {
            let phone = house.phone(reader).await;
            let days = phone.replica.records().into_iter().filter(|view| view.kind == "person_day");
            let told: Vec<_> = days.filter(|view| view.owner == Some(id("liuyang"))).collect();
            assert_eq!(told.len(), usize::from(sees), "{reader}");
            for view in told {
                assert_eq!(view.verdict.unwrap().outcome, "early_leave");
            }
        }
        let made = house.replay().await;
        house.jobs().await;
        assert_eq!(house.replay().await, made, "nothing changed, nothing is ruled again");
    }

    async fn at_1_a_running_day_shows_what_it_has_come_to(engine: Engine) {
        let house = House::open(engine).await;
        let path = format!("/v1/projects/{PROJECT}/attendance?team={}", TEAMS[0]);
        let shown = async |time: &str| {
            house.at(DAY, time).await;
            let sheet: AttendanceDay = house.user("lihua").await.get(&path).await.unwrap();
            assert!(sheet.people.iter().all(|each| !each.closed));
            sheet.people.into_iter().map(|each| (each.person.name, each.outcome)).collect::<Vec<_>>()
        };
        let nobody = |outcome| ["LIHUA", "LIUYANG", "WANGFANG", "ZHANGWEI"].map(|name| (name.to_owned(), outcome));
        assert_eq!(shown("09:00").await, nobody(None));
        assert_eq!(shown("13:30:59").await, nobody(None));
        assert_eq!(shown("13:31").await, nobody(Some(DayOutcome::Absent)));
        let house = House::open(engine).await;
        house.at(DAY, "09:10").await;
        house.check("zhangwei", "on").await;
        let sheet: AttendanceDay = house.user("zhangwei").await.get(&format!("/v1/projects/{PROJECT}/attendance")).await.unwrap();
        let [own] = &sheet.people[..] else { panic!("{sheet:?}") };
        assert_eq!((own.outcome, own.closed, own.arrived.is_some()), (Some(DayOutcome::OnTime), false, true));
    }

    async fn at_1_the_day_sheet_is_paged_exported_and_only_for_those_who_lead(engine: Engine) {
        let house = House::open(engine).await;
        work(&house, "zhangwei", DAY, ("09:30", "18:00")).await;
        house.jobs_at(NEXT, "08:00").await;
        let office = house.user("huangyan").await;
        let path = format!("/v1/projects/{PROJECT}/attendance?day={DAY}");
        let all: AttendanceDay = office.get(&path).await.unwrap();
        let names = |sheet: &AttendanceDay| sheet.people.iter().map(|each| each.person.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&all), ["CHENJING", "FENGLIN", "LIHUA", "LIUYANG", "SUNLI", "WANGFANG", "WUQIANG", "ZHANGWEI", "ZHAOLEI"]);
        let (mut paged, mut cursor) = (Vec::new(), String::new());
        for _ in 0..5 {
            let page: AttendanceDay = office.get(&format!("{path}&limit=2{cursor}")).await.unwrap();
            paged.extend(names(&page));
            let Some(next) = page.next_cursor else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(paged, names(&all));
        let zhang = all.people.iter().find(|each| each.person.id == id("zhangwei")).unwrap();
        assert_eq!((zhang.outcome, zhang.minutes.late, zhang.minutes.worked), (Some(DayOutcome::Late), Some(10), Some(510)));
        assert!(zhang.closed && zhang.arrived.is_some() && zhang.verdict.is_some());
        for (username, expected) in [("chenjing", 404), ("gaofei", 404), ("zhangwei", 404)] {
            let team = format!("{path}&team={}", TEAMS[0]);
            assert_eq!(refused(house.user(username).await.get::<AttendanceDay>(&team).await).0, expected, "{username}");
        }
        let lead = house.user("lihua").await;
        let csv = lead.request(reqwest::Method::GET, &format!("{path}&format=csv")).send().await.unwrap();
        let text = csv.text().await.unwrap();
        assert!(text.contains("ZHANGWEI") && text.contains("late") && !text.contains("ZHAOLEI"), "{text}");
        let promoter = house.user("zhangwei").await;
        assert_eq!(promoter.request(reqwest::Method::GET, &format!("{path}&format=csv")).send().await.unwrap().status(), 403);
    }

    async fn at_15_days_that_nobody_closed_are_caught_up_with_and_the_fourth_absence_is_severe(engine: Engine) {
        let house = House::open(engine).await;
        work(&house, "zhangwei", DAY, ("09:00", "18:00")).await;
        // the server was down for days
        house.jobs_at("2026-11-28", "08:00").await;
        let days = ["2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"];
        for (index, day) in days.into_iter().enumerate() {
            assert_eq!(house.outcome("zhangwei", day).await, "absent", "{day}");
            let flags = house.day("zhangwei", day).await.unwrap().flags;
            assert_eq!(flags.contains("AT-15"), index == 3, "{day}: {flags}");
        }
        assert_eq!(house.outcome("zhangwei", DAY).await, "on_time");
        let lead = house.phone("lihua").await;
        let notices: Vec<String> = lead
            .replica
            .records()
            .into_iter()
            .filter(|view| view.kind == "notice")
            .map(|view| view.body["title"].as_str().unwrap().to_owned())
            .collect();
        assert!(notices.contains(&"AT-1 2026-11-24 ZHANGWEI".to_owned()), "{notices:?}");
        assert!(notices.contains(&"AT-15 2026-11-27 ZHANGWEI".to_owned()), "{notices:?}");
        assert!(!notices.iter().any(|title| title.contains("ZHAOLEI")), "another team: {notices:?}");
        house.replay().await;
    }
}
