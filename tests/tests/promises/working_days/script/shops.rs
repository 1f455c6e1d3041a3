//! Outlets and who visits them; tallies and leads beside.

use serde_json::{Value, json};
use sync_core::kinds::{CANVASS, LEAD, OUTLET, VISIT};
use sync_core::op::Action;
use uuid::Uuid;

use super::{CARDS, MINUTE, PHONES, Writer, at, card, shop};

impl Writer {
    /// OV-1: cards are opened, graded by whoever has them, and deleted.
    pub(super) fn open(&mut self, day: usize, outlets: &[Uuid]) {
        for outlet in outlets {
            let username = *self.chance.pick(&["zhangwei", "liuyang", "zhaolei"]);
            let phone = self.phone(username);
            let opened = at(day, "10:00:00.000") + self.chance.between(0, 400) * MINUTE;
            let mut fields = json!({"name": format!("门店{}", &outlet.to_string()[..4]), "category": "broker"});
            fields["grade"] = json!(self.chance.pick(&["A", "C"]));
            if self.chance.hits(850) {
                fields["location"] = shop(*outlet, 0.0);
            }
            self.set(phone, opened, &OUTLET, *outlet, fields);
            if self.chance.hits(300) {
                let later = opened + self.chance.between(1, 120) * MINUTE;
                self.op(phone, later, &OUTLET, *outlet, Action::Delete);
            }
        }
        for number in 0..CARDS {
            for phone in 0..PHONES.len() {
                if self.chance.hits(80) {
                    let at = at(day, "08:30:00.000") + self.chance.between(0, 900) * MINUTE;
                    let grade = *self.chance.pick(&["A", "B", "C", "D"]);
                    self.set(phone, at, &OUTLET, card(number), json!({ "grade": grade }));
                }
            }
        }
    }

    /// OV-5, FW-8: visits that count, or not, are filled in later, or have a photo put to them.
    pub(super) fn visit(&mut self, day: usize, outlets: &[Uuid]) {
        for _ in 0..14 {
            let username = *self.chance.pick(&["zhangwei", "liuyang", "wangfang", "zhaolei", "sunli", "lihua"]);
            let (phone, id, outlet) = (self.phone(username), self.id(), *self.chance.pick(outlets));
            let begun = at(day, "09:40:00.000") + self.chance.between(0, 840) * MINUTE;
            let mut fields = json!({
                "visit_type": "outlet", "outlet": outlet, "location": shop(outlet, 0.0), "minutes": 12,
                "purpose": "政策宣讲", "result": "愿意推荐", "materials_checked": true,
            });
            let clear = |fields: &mut Value, name: &str| {
                fields.as_object_mut().and_then(|fields| fields.remove(name));
            };
            match self.chance.below(12) {
                0 => fields["minutes"] = json!(4),
                1 => clear(&mut fields, "minutes"),
                2 => clear(&mut fields, "result"),
                3 => fields["location"] = shop(outlet, 900.0),
                4 => fields["location"] = shop(outlet, 203.0),
                5 => clear(&mut fields, "location"),
                6 => fields["ended_location"] = shop(outlet, 5_000.0),
                7 => {
                    fields = json!({"visit_type": "cold", "purpose": "陌拜", "result": "名片"});
                }
                _ => {}
            }
            self.set(phone, begun, &VISIT, id, fields);
            if self.chance.hits(300) {
                let later = begun + self.chance.between(1, 60) * MINUTE;
                let minutes = self.chance.between(3, 9);
                self.set(phone, later, &VISIT, id, json!({"result": "再约", "minutes": minutes}));
            }
            if self.chance.hits(300) {
                let (other, later) = (self.phone(username), begun + self.chance.between(1, 90) * MINUTE);
                let tags = [("tags".to_owned(), vec!["重点".to_owned()])].into();
                self.op(other, later, &VISIT, id, Action::Tag(tags));
            }
        }
        for (phone, username) in PHONES.into_iter().enumerate() {
            if self.chance.hits(300) {
                let (id, at) = (self.id(), at(day, "10:00:00.000") + self.chance.between(0, 300) * MINUTE);
                self.set(phone, at, &CANVASS, id, json!({"place": "春熙路"}));
                let other = self.phone(username);
                for (phone, delta) in [(phone, 30), (other, 12), (other, -5)] {
                    let later = at + self.chance.between(1, 90) * MINUTE;
                    self.op(phone, later, &CANVASS, id, Action::Add([("contacts".to_owned(), delta)].into()));
                }
            }
            if self.chance.hits(200) {
                let (id, at) = (self.id(), at(day, "14:00:00.000"));
                let fields = json!({"name": "王女士", "phone_masked": "138****8001", "source": "canvass"});
                self.set(phone, at, &LEAD, id, fields);
            }
        }
    }
}
