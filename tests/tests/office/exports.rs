//! Lists as files: who may take them away, what stands in them, and that it is written down (DP-3).

use api_spec::audit::AuditEntry;
use api_spec::info::{Info, Limits};
use api_spec::primitives::Page;
use reqwest::Method;
use reqwest::header::{ACCEPT_LANGUAGE, CONTENT_DISPOSITION, CONTENT_TYPE};
use serde_json::{Value, json};
use server::store::outlets::{self, Outlet};
use server::store::run_tx;
use sync_core::kinds::{BOOKING, VISIT};
use tests::api::Api;
use tests::world::{PROJECT, id};
use uuid::Uuid;

use crate::house::{DAY, House, check_in, hand_in};
use crate::workbook::{Cell, Sheet};

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

fn words(text: &str) -> Cell {
    Cell::Text(text.to_owned())
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
        assert!(kind.contains("spreadsheetml"), "{kind}");
        let sheet = Sheet::open(&bytes);
        assert_eq!(sheet.rows.len(), 4, "heading, both bookings, footer: {sheet:?}");
        assert_eq!(sheet.rows[0][..3], [words("Received"), words("Customer"), words("Number")]);
        assert_eq!(sheet.rows[1][..3], [words("2026-11-23 09:00:00"), words("王女士"), words("138****5678")]);
        assert_eq!(sheet.rows[2][1], words("=1+1"), "words, no formula");
        assert!(sheet.rows[1].iter().any(|cell| matches!(cell, Cell::Text(text) if text.starts_with("=HYPERLINK(\"http"))));
        assert!(!sheet.xml.contains("<f>") && !sheet.xml.contains("<hyperlink") && !format!("{sheet:?}").contains("13812345678"));
        assert!(format!("{:?}", sheet.rows[3][0]).contains("Exported by HUANGYAN (huangyan)"), "{sheet:?}");
        assert_eq!(sheet.author, "HUANGYAN (huangyan)");
        let week = Sheet::open(&file(&office, &format!("/v1/projects/{PROJECT}/week?week=2026-W48&format=xlsx")).await.3);
        assert_eq!((&week.rows[0][3], &week.rows[1][3]), (&words("People"), &Cell::Number(9.0)), "numbers are numbers: {week:?}");
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

    async fn dp_3_a_file_holds_as_many_rows_as_info_says_and_one_more_is_refused(engine: Engine) {
        let house = House::open(engine).await;
        let office = house.user("huangyan").await;
        let info: Info = office.get("/v1/info").await.unwrap();
        let most = usize::try_from(info.limits.export_rows).unwrap();
        let shop = |n: usize| Outlet {
            project: PROJECT,
            id: Uuid::from_u128(0x1_0000 + n as u128),
            name: format!("第{n}店"),
            name_folded: format!("第{n}店"),
            grade: None,
            position: None,
            cell: None,
            owner: None,
            team: None,
            opened_on: "2026-01-01".to_owned(),
            state: "open".to_owned(),
            ended_on: None,
            into: None,
            idle_from: "2026-01-01".to_owned(),
            keep_until: None,
        };
        let shops: Vec<Outlet> = (0..=most).map(shop).collect();
        let db = &house.server.app().db;
        run_tx(db, "shops", async |mut tx| outlets::save(&mut tx, &shops[1..]).await).await.unwrap();
        let path = format!("/v1/projects/{PROJECT}/outlets/idle?format=csv");
        let all = read_text(&office, &path).await;
        assert_eq!(all.lines().count(), most + 2, "heading and footer");
        run_tx(db, "one_more", async |mut tx| outlets::save(&mut tx, &shops[..1]).await).await.unwrap();
        let refused = office.get::<Value>(&path).await.unwrap_err();
        assert_eq!((refused.status, refused.code.as_str()), (413, "payload-too-large"));
        assert_eq!((&refused.members["limit"], &refused.members["max"]), (&json!(Limits::EXPORT_ROWS), &json!(most)));
        let acts: Page<AuditEntry> = office.get("/v1/audit?act=export_outlets").await.unwrap();
        assert_eq!(acts.items.len(), 1, "what was refused was not taken away");
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
