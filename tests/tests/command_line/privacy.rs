//! DP-2, P11: a full number typed anywhere reaches no feed, list, file, log, metric, error or table in clear.

use std::fs;

use reqwest::Method;
use serde_json::{Value, json};
use server::clock::Clock;
use server::rules::calendar::Zone;
use sync_core::kinds::{
    self, BOOKING, CANVASS, CHECKIN, DAILY_LOG, FOLLOWUP, LEAD, OUTLET, REQUEST, VISIT, daily_log_id,
};
use tests::api::{Api, read};
use tests::phone::Phone;
use tests::postgres;
use tests::process::ServerProcess;
use tests::world::{self, ORG, PASSWORD, PROJECT};
use uuid::Uuid;

/// Typed into texts, where it does not belong.
const TYPED: &str = "13987654321";
/// The number of a lead, and of who arrives.
const OWN: &str = "13812345678";

/// Where a full number stands in a text, also with spaces or dashes.
fn full_number(text: &str) -> Option<String> {
    let digits: Vec<(usize, char)> = text.char_indices().filter(|(_, c)| !matches!(c, ' ' | '-')).collect();
    let bare: String = digits.iter().map(|(_, c)| *c).collect();
    let found = [TYPED, OWN].into_iter().find_map(|number| bare.find(number))?;
    let from = bare[..found].chars().count().saturating_sub(40);
    Some(bare.chars().skip(from).take(100).collect())
}

fn holds(bytes: &[u8], number: &str) -> bool {
    bytes.windows(number.len()).any(|window| window == number.as_bytes())
}

async fn user(server: &ServerProcess, username: &str) -> Api {
    let login = json!({"org": ORG, "username": username, "password": PASSWORD});
    let session: Value = server.api().post("/v1/auth/login", &login).await.unwrap();
    server.api().with_token(session["access_token"].as_str().unwrap())
}

async fn phone(server: &ServerProcess, username: &str) -> Phone {
    let mut phone = Phone::new(&server.api(), username, Uuid::new_v5(&Uuid::nil(), username.as_bytes()));
    phone.log_in().await.unwrap();
    phone.sync().await.unwrap();
    phone
}

/// Everything that a promoter types, with a number in every text. The day is the server's.
fn type_everywhere(phone: &mut Phone, today: &str) {
    let text = format!("致电 {TYPED} 或 139-8765-4321");
    phone.create(&CHECKIN, json!({"type": "on", "note": text}));
    phone.create(
        &VISIT,
        json!({
            "visit_type": "cold", "place": text, "purpose": text, "result": text, "next_step": text
        }),
    );
    phone.create(&CANVASS, json!({"place": text, "note": text}));
    let lead = phone.create(&LEAD, json!({
        "name": format!("王女士{TYPED}"), "phone": OWN, "wechat": TYPED, "source": "canvass", "budget": text, "area": text,
        "need": text, "note": text
    }));
    phone.create(&FOLLOWUP, json!({"lead": lead, "channel": "call", "summary": text}));
    phone.create(
        &BOOKING,
        json!({
            "customer_name": "王女士", "phone_masked": "138****5678", "route": "booked", "area": text, "note": text
        }),
    );
    phone.create(&OUTLET, json!({"name": text, "category": "broker", "address": text, "contact": text}));
    phone.create(&REQUEST, json!({"want": "leave", "reason": text, "from": "2026-11-23T09:00:00+08:00"}));
    phone.tag(&LEAD, lead, "tags", &[TYPED]);
    let log = daily_log_id(world::id(phone.username()), today.parse().unwrap());
    phone.set(
        &DAILY_LOG,
        log,
        json!({
            "day": today, "items": text, "progress": text, "problems": text, "suggestions": text, "results": text,
            "plan_tomorrow": text
        }),
    );
    phone.command(&DAILY_LOG, log, "submit", json!({}));
}

tests::scenarios! {
    async fn dp_1_dp_2_p11_a_number_typed_anywhere_is_nowhere_in_clear(engine: Engine) {
        let mut server = ServerProcess::start(engine).await;
        world::found_at(server.database()).await;
        let info: Value = read(server.api().request(Method::GET, "/v1/info")).await.unwrap();
        assert!(full_number(&info.to_string()).is_none());
        let mut promoter = phone(&server, "zhangwei").await;
        let zone: Zone = "Asia/Shanghai".parse().unwrap();
        type_everywhere(&mut promoter, &zone.day_of(Clock::process(0).now()).to_string());
        promoter.sync().await.unwrap();
        let (desk, office, lead) = (user(&server, "zhoumei").await, user(&server, "huangyan").await, user(&server, "lihua").await);
        let arrivals = format!("/v1/projects/{PROJECT}/arrivals");
        let arrival = json!({
            "id": Uuid::from_u128(9), "customer": {"name": "王女士", "phone": OWN},
            "companions": [{"name": "李先生", "phone": TYPED}], "route": "brought", "brought_by": world::id("zhangwei")
        });
        let sheet: Value = desk.post(&arrivals, &arrival).await.unwrap();
        let mut seen = vec![("the sheet".to_owned(), sheet.to_string())];
        for wrong in [
            json!({"id": TYPED, "customer": {"name": 1, "phone": OWN}, "route": "walk_in"}),
            json!({"id": Uuid::from_u128(8), "customer": {"name": "王", "phone": format!("{OWN}{TYPED}")}, "route": TYPED}),
            json!({"id": Uuid::from_u128(8), "customer": {"name": "王", "phone": OWN}, "route": "brought", "brought_by": TYPED}),
        ] {
            let problem = desk.post::<Value>(&arrivals, &wrong).await.unwrap_err();
            seen.push((format!("the problem {}", problem.code), serde_json::to_string(&problem).unwrap()));
        }
        let void = json!({"reason": format!("登记有误，{TYPED}")});
        let voided: Value = user(&server, "xujun").await.post(&format!("/v1/confirmations/{}/void", Uuid::from_u128(9)), &void).await.unwrap();
        seen.push(("the void sheet".to_owned(), voided.to_string()));

        let mut paths: Vec<String> = ["csv", "json"].into_iter().flat_map(|format| [
            format!("/v1/projects/{PROJECT}/bookings?format={format}"),
            format!("/v1/projects/{PROJECT}/confirmations?format={format}"),
            format!("/v1/reviews?format={format}"),
            format!("/v1/daily-logs?format={format}"),
            format!("/v1/audit?format={format}"),
        ]).collect();
        let typed = [CHECKIN, VISIT, CANVASS, LEAD, FOLLOWUP, BOOKING, OUTLET, REQUEST, DAILY_LOG];
        for kind in &typed {
            let list = format!("/v1/projects/{PROJECT}/records?kind={}", kind.name);
            let page: Value = office.get(&list).await.unwrap();
            let records = page["items"].as_array().unwrap();
            assert!(!records.is_empty(), "{}: nothing to look at", kind.name);
            for record in records {
                let id = record["id"].as_str().unwrap();
                paths.extend([format!("/v1/records/{id}/history"), format!("/v1/rulings?subject={id}")]);
            }
            paths.extend([list.clone(), format!("{list}&format=csv"), format!("{list}&q={TYPED}&format=csv")]);
        }
        for path in &paths {
            let answer = office.request(Method::GET, path).send().await.unwrap();
            let status = answer.status();
            seen.push((path.clone(), answer.text().await.unwrap()));
            assert!(status.is_success(), "{path}: {}", seen.last().unwrap().1);
        }
        seen.push(("/metrics".to_owned(), server.api().request(Method::GET, "/metrics").send().await.unwrap().text().await.unwrap()));
        for reader in ["lihua", "huangyan", "zhoumei", "xujun"] {
            let mut reader = phone(&server, reader).await;
            reader.sync().await.unwrap();
            seen.push((format!("the feed of {}", reader.username()), format!("{:?}", reader.replica.records())));
        }
        drop(lead);
        for (place, text) in &seen {
            assert_eq!(full_number(text), None, "{place}");
        }
        assert!(seen.iter().any(|(_, text)| text.contains("139****4321")), "the numbers were there, and masked");

        server.stop().await;
        assert_eq!(full_number(&server.log()), None, "the log");
        match engine {
            Engine::Sqlite => {
                for entry in fs::read_dir(server.home()).unwrap() {
                    let path = entry.unwrap().path();
                    if path.is_file() {
                        let bytes = fs::read(&path).unwrap();
                        for number in [TYPED, OWN] {
                            assert!(!holds(&bytes, number), "{number} stands in {}", path.display());
                        }
                    }
                }
            }
            Engine::Postgres => {
                let tables = postgres::query(server.database(), "SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
                for table in tables.lines() {
                    let rows = postgres::query(server.database(), &format!("SELECT t::text FROM \"{table}\" t"));
                    for number in [TYPED, OWN] {
                        let hex = number.bytes().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
                        assert!(!rows.contains(number) && !rows.contains(&hex), "{number} stands in {table}");
                    }
                }
            }
        }
    }
}

#[test]
fn dp_6_no_kind_asks_for_biometrics() {
    const WORDS: [&str; 8] = ["face", "finger", "iris", "voice", "biometric", "retina", "palm", "gait"];
    for kind in kinds::ALL {
        for field in kind.fields {
            let name = field.name.to_lowercase();
            assert!(!WORDS.iter().any(|word| name.contains(word)), "{}.{name}", kind.name);
        }
    }
}
