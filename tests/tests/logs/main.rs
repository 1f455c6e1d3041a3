//! The daily log whole (WL), black box over HTTP on both engines: in time, read, returned, frozen, counted, missed, handed in.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod evening;
mod facts;
#[path = "../office/house.rs"]
mod house;
mod missing;
mod order;
mod queue;
mod reading;
mod time;
mod versions;
mod weeks;

use chrono::NaiveDate;
use serde_json::{Value, json};
use sync_core::kinds::{DAILY_LOG, VISIT, daily_log_id};
use tests::phone::Phone;
use tests::world;
use uuid::Uuid;

use crate::house::House;

/// One more phone of somebody, at the server's time.
async fn second_phone(house: &House, username: &str) -> Phone {
    let mut phone = Phone::new(&house.server.api(), username, Uuid::new_v5(&world::PROJECT, b"second"));
    house.set(&mut phone);
    phone.log_in().await.unwrap();
    phone.sync().await.unwrap();
    phone
}

/// The phone hands in its owner's log of a day.
fn hand_in_on(phone: &mut Phone, day: &str, items: &str) -> Uuid {
    let id = daily_log_id(world::id(phone.username()), day.parse::<NaiveDate>().unwrap());
    phone.set(&DAILY_LOG, id, json!({"day": day, "items": items}));
    phone.command(&DAILY_LOG, id, "submit", json!({}));
    id
}

/// Records a cold visit.
fn visit(phone: &mut Phone) -> Uuid {
    phone.create(&VISIT, json!({"visit_type": "cold", "purpose": "陌拜", "result": "名片"}))
}

/// The notices on a phone whose title begins so: title and text.
fn notices(phone: &Phone, rule: &str) -> Vec<(String, String)> {
    let text = |body: &serde_json::Map<String, Value>, name: &str| body[name].as_str().unwrap().to_owned();
    let all = phone.replica.records().into_iter().filter(|view| view.kind == "notice");
    let mut all: Vec<_> = all.map(|view| (text(&view.body, "title"), text(&view.body, "text"))).collect();
    all.retain(|(title, _)| title.starts_with(rule));
    all.sort();
    all
}
