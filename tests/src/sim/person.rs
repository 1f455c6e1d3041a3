//! What people type: everything their phones let through, also what the server will refuse.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sync_core::kind::Kind;
use sync_core::kinds::{
    ASSIGNMENT, BOOKING, CANVASS, CHECKIN, DAILY_LOG, FOLLOWUP, LEAD, OUTLET, REQUEST, VISIT, daily_log_id,
};
use sync_core::op::Action;
use sync_core::replica::Draft;
use sync_core::time::rfc3339;
use uuid::Uuid;

use super::Sim;
use crate::phone::Phone;
use crate::world;

/// Numbers that customers have: few, so that they meet.
const NUMBERS: [&str; 5] = ["13800138001", "13800138002", "13900139003", "+85291234567", "13700137005"];
/// How these look in a booking.
const MASKED: [&str; 3] = ["138****8001", "138****8002", "139****9003"];
const NAMES: [&str; 5] = ["王女士", "李先生", "张伟", "欧阳娜", "陈总"];
const WORDS: [&str; 5] = ["扫楼", "留下名片", "约好再来", "没有人", "很感兴趣"];

/// A record somebody made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) kind: &'static Kind,
    pub(super) id: Uuid,
    /// Who made it.
    pub(super) maker: Uuid,
}

impl Sim {
    /// Somebody types something into a phone.
    pub(super) fn type_something(&mut self, at: usize) {
        match self.chance.below(100) {
            0..35 => self.make(at),
            35..40 => self.make_group(at),
            _ => self.change(at),
        }
        self.ledger.knows(&self.phones[at]);
    }

    fn make(&mut self, at: usize) {
        let kinds = [
            &VISIT,
            &CANVASS,
            &CANVASS,
            &LEAD,
            &BOOKING,
            &CHECKIN,
            &DAILY_LOG,
            &DAILY_LOG,
            &OUTLET,
            &REQUEST,
            &ASSIGNMENT,
        ];
        let kind = *self.chance.pick(&kinds);
        let fields = self.fields(at, kind);
        let id = match (kind.name, fields.get("day").and_then(Value::as_str)) {
            ("daily_log", Some(day)) => daily_log_id(self.phones[at].replica.user(), day.parse().expect("a day")),
            _ => self.phones[at].draw_id(),
        };
        if self.phones[at].try_record(kind, id, Action::Set(fields)).is_ok() {
            self.remember(at, kind, id);
        }
    }

    /// A lead with a follow-up and a booking, all or none.
    fn make_group(&mut self, at: usize) {
        let lead = self.fields(at, &LEAD);
        let booking = self.fields(at, &BOOKING);
        let phone = &mut self.phones[at];
        let ids = [(); 4].map(|()| phone.draw_id());
        let followup = object(json!({"lead": ids[0], "channel": "call", "summary": "第一次联系"}));
        let draft =
            |kind, id, fields| Draft::new(kind, id, world::PROJECT, Action::Set(fields)).with_salt(ids[3].into_bytes());
        let drafts =
            vec![draft(&LEAD, ids[0], lead), draft(&FOLLOWUP, ids[1], followup), draft(&BOOKING, ids[2], booking)];
        if phone.replica.record_group(ids[3], drafts, &phone.clock.tick()).is_ok() {
            for (kind, id) in [(&LEAD, ids[0]), (&FOLLOWUP, ids[1]), (&BOOKING, ids[2])] {
                self.remember(at, kind, id);
            }
        }
    }

    fn remember(&mut self, at: usize, kind: &'static Kind, id: Uuid) {
        self.records.push(Known { kind, id, maker: self.phones[at].replica.user() });
    }

    /// Something is done to a record: mostly one's own, whichever phone it was made on, or one that the phone shows.
    fn change(&mut self, at: usize) {
        let user = self.phones[at].replica.user();
        let shown = |phone: &Phone, known: &Known| phone.replica.view(known.id).is_some();
        let strangers = self.chance.hits(50);
        let likely: Vec<Known> = self.records.iter().rev().take(60).copied().collect();
        let likely: Vec<Known> = likely
            .into_iter()
            .filter(|known| strangers || known.maker == user || shown(&self.phones[at], known))
            .collect();
        if likely.is_empty() {
            return;
        }
        let Known { kind, id, .. } = *self.chance.pick(&likely);
        let action = self.action(at, kind, id);
        // what the phone refuses is not recorded
        let _ = self.phones[at].try_record(kind, id, action);
    }

    fn action(&mut self, at: usize, kind: &'static Kind, id: Uuid) -> Action {
        let word = *self.chance.pick(&WORDS);
        let version = self.phones[at].replica.view(id).map_or(1, |view| view.version.max(1));
        let command = |name: &str, args: Value| Action::Command { name: name.to_owned(), args: object(args) };
        let set = |fields: Value| Action::Set(object(fields));
        let names = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        if self.chance.hits(40) {
            return Action::Delete;
        }
        if self.chance.hits(10) {
            return command("dance", json!({}));
        }
        match kind.name {
            "canvass" if self.chance.hits(300) => set(json!({ "note": word })),
            "canvass" => {
                let counter = *self.chance.pick(&["flyers", "contacts"]);
                Action::Add(BTreeMap::from([(counter.to_owned(), self.chance.between(-3, 30))]))
            }
            "visit" | "lead" => match self.chance.below(5) {
                0 => Action::Tag(BTreeMap::from([("tags".to_owned(), names(&[word]))])),
                1 => Action::Untag(BTreeMap::from([("tags".to_owned(), names(&[word]))])),
                2 if kind.name == "lead" => set(json!({ "phone": self.chance.pick(&NUMBERS) })),
                3 if kind.name == "lead" => set(json!({"need": word, "area": Value::Null})),
                _ if kind.name == "lead" => set(json!({ "intent": self.chance.pick(&["A", "B", "C"]) })),
                _ => set(json!({"result": word, "minutes": self.chance.between(0, 90)})),
            },
            "daily_log" => match self.chance.below(6) {
                0 => command("submit", json!({})),
                1 => command("withdraw", json!({})),
                2 => command("approve", json!({ "version": version })),
                3 => command("return", json!({"version": version, "reason": word})),
                _ => set(json!({"progress": word, "items": word})),
            },
            "checkin" => match self.chance.below(3) {
                0 => command("witness", json!({})),
                1 => command("withdraw", json!({ "reason": word })),
                _ => set(json!({ "note": word })),
            },
            "booking" if self.chance.hits(300) => command("cancel", json!({})),
            "request" if self.chance.hits(500) => command("approve", json!({})),
            "request" => command("decline", json!({ "reason": word })),
            "outlet" => set(json!({"grade": self.chance.pick(&["A", "B", "C", "D"]), "address": word})),
            "followup" => set(json!({ "summary": word })),
            _ => set(json!({ "note": word })),
        }
    }

    /// What a new record of this kind begins with.
    fn fields(&mut self, at: usize, kind: &Kind) -> Map<String, Value> {
        let day = rfc3339::text(self.now_ms + 8 * 3_600_000)[..10].to_owned();
        let word = *self.chance.pick(&WORDS);
        let name = *self.chance.pick(&NAMES);
        let near = f64::from(u32::try_from(self.chance.below(40)).expect("a small number")) / 10_000.0;
        let here = json!({"lat": world::SITE.0 + near, "lng": world::SITE.1, "accuracy_m": 20.0, "mocked": false});
        let colleague = ["zhangwei", "wangfang", "zhaolei"][self.chance.index(3)];
        let colleague = world::id(colleague);
        let user = self.phones[at].replica.user();
        object(match kind.name {
            "visit" => json!({"visit_type": "cold", "purpose": word, "location": here}),
            "canvass" => json!({"place": word}),
            "lead" => json!({"name": name, "phone": self.chance.pick(&NUMBERS), "source": "canvass", "area": word}),
            "booking" => {
                json!({"customer_name": name, "phone_masked": self.chance.pick(&MASKED), "route": "booked"})
            }
            "checkin" => json!({"type": self.chance.pick(&["on", "off", "spot"]), "location": here}),
            "daily_log" => json!({"day": day, "items": word}),
            "outlet" => json!({"name": word, "category": "broker", "location": here}),
            "request" => json!({"want": "leave", "reason": word}),
            "assignment" => {
                json!({"day": day, "subject": if user == colleague { user } else { colleague }, "post": world::POST})
            }
            other => unreachable!("nobody makes a {other}"),
        })
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        other => unreachable!("fields are an object: {other}"),
    }
}
