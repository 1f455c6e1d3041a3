//! P3, WL-4, WL-5: a log that nobody has read stands the same whichever order its author's phones arrive in, on both engines.

use std::sync::Mutex;

use serde_json::value::RawValue;
use serde_json::{Value, json};
use sync_core::exchange::Request;
use sync_core::kinds::DAILY_LOG;
use tests::chance::Chance;
use tests::phone::Phone;

use crate::house::{House, eventually, log_id, told};
use crate::{second_phone, visit};

/// What a phone does at a time of the day: minutes after 09:00.
type Deed = (usize, i64, &'static str);

/// Three days of somebody with two phones, and how the log stands at the end of each.
const DAYS: [(&[Deed], &str); 3] = [
    (
        &[
            (0, 0, "write"),
            (1, 10, "write"),
            (0, 540, "submit"),
            (1, 560, "submit"),
            (1, 600, "withdraw"),
            (0, 620, "edit"),
            (0, 700, "submit"),
        ],
        "submitted",
    ),
    (
        &[
            (1, 0, "write"),
            (0, 5, "write"),
            (0, 540, "submit"),
            (1, 541, "visit"),
            (1, 560, "submit"),
            (1, 600, "withdraw"),
            (0, 610, "edit"),
        ],
        "missed",
    ),
    // past midnight on the second phone
    (&[(0, 0, "write"), (1, 1, "write"), (0, 890, "submit"), (1, 905, "submit"), (1, 910, "edit")], "submitted"),
];

fn record(phones: &mut [Phone; 2], deeds: &[Deed]) {
    let mut now = 0;
    for (number, (who, minute, deed)) in deeds.iter().enumerate() {
        for phone in phones.iter_mut() {
            phone.clock.pass_minutes(minute - now);
        }
        now = *minute;
        let phone = &mut phones[*who];
        let id = log_id("zhangwei");
        match *deed {
            "write" => {
                phone.set(&DAILY_LOG, id, json!({"day": crate::house::DAY, "items": format!("第{number}项")}));
            }
            "edit" => {
                phone.set(&DAILY_LOG, id, json!({"progress": format!("第{number}项")}));
            }
            "visit" => {
                visit(phone);
            }
            command => {
                phone.command(&DAILY_LOG, id, command, json!({}));
            }
        }
    }
}

/// A request with these op texts.
fn request(ops: &[String]) -> Request {
    Request {
        protocol: 1,
        epoch: None,
        anchor: None,
        recorded: None,
        ops: ops.iter().map(|text| RawValue::from_string(text.clone()).unwrap()).collect(),
        cursors: std::collections::BTreeMap::new(),
        limit: 500,
    }
}

tests::scenarios! {
    async fn p3_wl_4_wl_5_a_log_nobody_has_read_stands_the_same_in_any_order_of_delivery(engine: Engine) {
        static SAME: Mutex<[Option<Value>; 3]> = Mutex::new([None, None, None]);
        for (day, (deeds, outcome)) in DAYS.into_iter().enumerate() {
            for seed in 0..3 {
                let house = House::open(engine).await;
                let mut phones = [house.phone("zhangwei").await, second_phone(&house, "zhangwei").await];
                record(&mut phones, deeds);
                let texts = phones.each_ref().map(|phone| phone.replica.texts().map(|(_, text)| text.to_owned()).collect::<Vec<_>>());
                let mut chance = Chance::new(seed);
                let mut sent = [0, 0];
                // some of it arrives in the evening, the rest after the day was closed
                let before = if day == 2 { 0 } else { chance.index(deeds.len() + 1) };
                house.server.api().set_clock("2026-11-23T23:59:59.999+08:00").await;
                for step in 0..deeds.len() {
                    if step == before {
                        house.at("2026-11-24", "08:00").await;
                        tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
                    }
                    let left = [0, 1].map(|who| texts[who].len() - sent[who]);
                    let who = usize::from(left[1] > 0 && (left[0] == 0 || !chance.hits(500)));
                    phones[who].send(&request(&texts[who][sent[who]..=sent[who]])).await.unwrap();
                    sent[who] += 1;
                }
                house.at("2026-11-24", "08:00").await;
                let mut fresh = Phone::new(&house.server.api(), "zhangwei", uuid::Uuid::from_u128(77));
                house.set(&mut fresh);
                fresh.log_in().await.unwrap();
                let id = log_id("zhangwei");
                eventually(async || {
                    house.sync(&mut fresh).await;
                    told(&fresh, id).0 == outcome && (outcome == "missed" || fresh.body(id).contains_key("facts"))
                })
                .await;
                let mut body = fresh.body(id);
                // when it was received is another matter
                if let Some(submitted) = body.get_mut("submitted") {
                    *submitted = submitted["claimed"].take();
                }
                let stands = json!([told(&fresh, id), body]);
                let known = SAME.lock().unwrap()[day].get_or_insert_with(|| stands.clone()).clone();
                assert_eq!(known, stands, "day {day}, seed {seed}, {engine:?}");
                house.replay().await;
            }
        }
    }
}
