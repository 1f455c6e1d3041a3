//! Lists as files: who may take them away, what stands in them, and that it is written down (DP-3).

use api_spec::audit::AuditEntry;
use api_spec::primitives::Page;
use reqwest::Method;
use reqwest::header::{ACCEPT_LANGUAGE, CONTENT_DISPOSITION, CONTENT_TYPE};
use serde_json::json;
use sync_core::kinds::{BOOKING, VISIT};
use tests::api::Api;
use tests::world::{PROJECT, id};

use crate::house::{DAY, House, check_in, hand_in};

/// Status, headers and bytes of a file.
async fn file(api: &Api, path: &str) -> (u16, String, String, Vec<u8>) {
    let answer = api.request(Method::GET, path).send().await.unwrap();
    let header = |name| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    let (status, kind, name) = (answer.status().as_u16(), header(CONTENT_TYPE), header(CONTENT_DISPOSITION));
    (status, kind, name, answer.bytes().await.unwrap().to_vec())
}

async fn read_text(api: &Api, path: &str) -> String {
    let (status, _, _, bytes) = file(api, path).await;
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(status, 200, "{path}: {text}");
    text
}

async fn book(house: &House, username: &str, name: &str) {
    let mut phone = house.phone(username).await;
    let note = "=HYPERLINK(\"http://evil\") 13812345678";
    phone.create(
        &BOOKING,
        json!({"customer_name": name, "phone_masked": "138****5678", "route": "booked", "note": note}),
    );
    house.sync(&mut phone).await;
}

tests::scenarios! {
    async fn dp_3_a_file_names_who_took_it_and_is_written_down(engine: Engine) {
        let house = House::open(engine).await;
        book(&house, "zhangwei", "王女士").await;
        book(&house, "machao", "=1+1").await;
        let office = house.user("huangyan").await;
        let bookings = format!("/v1/projects/{PROJECT}/bookings?day={DAY}");
        let (status, kind, name, bytes) = file(&office, &format!("{bookings}&format=csv&limit=1")).await;
        assert_eq!((status, name.as_str()), (200, "attachment; filename=\"bookings-2026-11-23.csv\""));
        assert!(kind.starts_with("text/csv; charset=utf-8"), "{kind}");
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.starts_with('\u{feff}'), "Excel reads it as UTF-8");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4, "heading, both bookings whatever the page, footer: {text}");
        assert!(lines[0].contains("Received,Customer,Number"), "{text}");
        assert!(lines[1].starts_with("2026-11-23 09:00:00,王女士,138****5678,booked,ZHANGWEI,,"), "{text}");
        assert!(lines[2].contains(",'=1+1,138****5678,booked,MACHAO,安居,"), "no formula: {text}");
        assert!(lines[3].contains("Exported by HUANGYAN (huangyan) · 2026-11-23 09:00:00 Asia/Shanghai · 2 行 / rows"), "{text}");
        assert!(!text.contains("13812345678") && text.contains("\"'=HYPERLINK"), "{text}");

        let (status, kind, name, bytes) = file(&office, &format!("{bookings}&format=xlsx")).await;
        assert_eq!((status, name.as_str()), (200, "attachment; filename=\"bookings-2026-11-23.xlsx\""));
        assert!(kind.contains("spreadsheetml") && bytes.starts_with(b"PK"), "{kind}");
        let chinese = read_text(&office.with_header(ACCEPT_LANGUAGE, "zh-CN"), &format!("{bookings}&format=csv")).await;
        assert!(chinese.contains("接收时间,客户,电话"), "{chinese}");

        let acts: Page<AuditEntry> = office.get("/v1/audit?act=export_bookings").await.unwrap();
        let mut formats: Vec<_> = acts.items.iter().map(|act| act.detail["format"].as_str().unwrap().to_owned()).collect();
        formats.sort();
        assert_eq!(formats, ["csv", "csv", "xlsx"]);
        for act in acts.items {
            assert_eq!((act.actor.unwrap().id, act.project, &act.detail["rows"]), (id("huangyan"), Some(PROJECT), &json!(2)));
            assert_eq!(act.detail["filters"]["day"], DAY);
        }
    }

    async fn dp_3_lists_are_taken_away_by_those_who_may(engine: Engine) {
        let house = House::open(engine).await;
        let project = format!("/v1/projects/{PROJECT}");
        let paths = [
            format!("{project}/bookings?format=csv"),
            format!("{project}/confirmations?format=csv"),
            format!("{project}/records?kind=visit&format=csv"),
            "/v1/reviews?format=csv".to_owned(),
            format!("/v1/daily-logs?day={DAY}&format=csv"),
            "/v1/audit?format=csv".to_owned(),
        ];
        for (somebody, expected) in [
            ("huangyan", [200, 200, 200, 200, 200, 200]),
            ("xujun", [200, 200, 200, 200, 200, 403]),
            ("lihua", [403, 403, 200, 200, 200, 403]),
            ("zhoumei", [403, 403, 403, 403, 403, 403]),
            ("zhangwei", [403, 403, 403, 403, 403, 403]),
            ("machao", [403, 403, 403, 403, 403, 403]),
            ("gaofei", [404, 404, 404, 200, 200, 403]),
        ] {
            let api = house.user(somebody).await;
            let mut found = Vec::new();
            for path in &paths {
                found.push(file(&api, path).await.0);
            }
            // a project that one does not work on is not there; a role that one has not is forbidden first
            let same = found.iter().zip(expected).all(|(found, expected)| *found == expected || (expected == 404 && *found == 403));
            assert!(same, "{somebody}: {found:?} instead of {expected:?}");
        }
        let refused: Page<AuditEntry> = house.user("huangyan").await.get("/v1/audit?actor=00000000-0000-0000-0000-000000001001").await.unwrap();
        assert_eq!(refused.items, [], "what was refused was not taken away");
    }

    async fn dp_1_a_team_lead_takes_away_the_own_teams_work_only(engine: Engine) {
        let house = House::open(engine).await;
        for username in ["zhangwei", "zhaolei"] {
            let mut phone = house.phone(username).await;
            phone.create(&VISIT, json!({"visit_type": "cold", "purpose": "致电 13812345678", "result": "约访"}));
            hand_in(&mut phone, "三个小区 13812345678");
            check_in(&mut phone, 0.0018);
            house.sync(&mut phone).await;
        }
        let (lead, office) = (house.user("lihua").await, house.user("huangyan").await);
        for path in [
            format!("/v1/projects/{PROJECT}/records?kind=visit&q=13812345678&format=csv"),
            format!("/v1/projects/{PROJECT}/records?kind=visit&format=csv"),
            format!("/v1/daily-logs?day={DAY}&format=csv"),
            "/v1/reviews?kind=checkin&format=csv".to_owned(),
        ] {
            let (own, all) = (read_text(&lead, &path).await, read_text(&office, &path).await);
            for text in [&own, &all] {
                assert!(!text.contains("13812345678"), "DP-2: {path}: {text}");
            }
            if path.contains("q=") {
                continue; // numbers are masked, so that nothing contains one
            }
            assert!(own.contains("ZHANGWEI") && !own.contains("ZHAOLEI"), "{path}: {own}");
            assert!(all.contains("ZHANGWEI") && all.contains("ZHAOLEI"), "{path}: {all}");
        }
        let acts = read_text(&office, "/v1/audit?format=csv").await;
        assert!(acts.contains("export_records") && acts.contains("138****5678") && !acts.contains("13812345678"), "{acts}");
    }
}
