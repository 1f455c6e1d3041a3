//! Who comes and goes, what a lead has to say about it, and the log of the day.

use serde_json::json;
use sync_core::kinds::{ASSIGNMENT, CHECKIN, DAILY_LOG, REQUEST, daily_log_id};
use sync_core::op::Action;
use sync_core::time::rfc3339;
use tests::world::{self, POST, SITE};
use uuid::Uuid;

use super::{DAYS, Deed, MINUTE, PHONES, What, Writer, at, spot};

impl Writer {
    /// A check-in at one of these times, or none; its id.
    fn check(&mut self, day: usize, username: &str, kind: &str, times: &[&str]) -> Option<(i64, usize, Uuid)> {
        let time = *self.chance.pick(times);
        if time.is_empty() {
            return None;
        }
        let (at, phone, id) = (at(day, time), self.phone(username), self.id());
        let mut fields = json!({"type": kind});
        let place = match self.chance.below(24) {
            0 => Some(spot(SITE.0, 10.0, true)),
            1 => Some(spot(SITE.0, 500.0, false)),
            2 => Some(spot(SITE.0 + 0.05, 10.0, false)),
            3 | 4 => Some(spot(SITE.0 + 0.01, 10.0, false)),
            5 if kind == "off" => None,
            _ => Some(spot(SITE.0, 10.0, false)),
        };
        if let Some(place) = place {
            fields["location"] = place;
        }
        self.set(phone, at, &CHECKIN, id, fields);
        self.checks.push((at, phone, id));
        Some((at, phone, id))
    }

    /// AT: comes, has breaks, goes, takes something back; a lead sees it, or takes it.
    pub(super) fn attend(&mut self, day: usize, username: &str) {
        let ons = [
            "08:50:00.000",
            "09:10:00.000",
            "09:20:59.999",
            "09:21:00.000",
            "10:30:00.000",
            "13:30:59.999",
            "13:31:00.000",
            "",
        ];
        let first = self.check(day, username, "on", &ons);
        if self.chance.hits(250) {
            self.check(day, username, "on", &ons);
        }
        if self.chance.hits(700) {
            self.check(day, username, "break_start", &["12:00:00.000", "12:00:00.001", ""]);
            self.check(day, username, "break_end", &["12:30:00.000", "12:30:00.002", "12:40:00.000", ""]);
        }
        let offs = ["17:30:00.000", "17:59:59.999", "18:00:00.000", "18:20:00.000", "18:30:00.000", ""];
        let last = self.check(day, username, "off", &offs);
        if self.chance.hits(250) {
            self.check(day, username, "off", &offs);
        }
        if let Some((at, _, id)) = [first, last].into_iter().flatten().last().filter(|_| self.chance.hits(200)) {
            let phone = self.phone(username);
            let later = at + self.chance.between(1, 40) * MINUTE;
            self.command(phone, later, &CHECKIN, id, "withdraw", json!({"reason": "点错了"}));
        }
        if self.chance.hits(150) {
            self.check(day, username, "spot", &["15:00:00.000"]);
        }
        let Some(lead) = lead_of(username) else { return };
        if let Some((at, _, id)) = first.filter(|_| self.chance.hits(500)) {
            let later = at + self.chance.between(1, 600) * MINUTE;
            let phone = self.phone(lead);
            self.command(phone, later, &CHECKIN, id, "witness", json!({}));
        }
        if self.chance.hits(200) {
            let (phone, id) = (self.phone(lead), self.id());
            let at = at(day, ["09:05:00.000", "09:25:00.000"][self.chance.index(2)]);
            let fields = json!({"type": "on", "subject": world::id(username), "location": spot(SITE.0, 10.0, false)});
            self.set(phone, at, &CHECKIN, id, fields);
        }
    }

    /// FW-9: posts are given out in the morning, some late, and some are taken back.
    pub(super) fn give_out_posts(&mut self, day: usize) {
        for username in ["zhangwei", "liuyang", "wangfang", "zhaolei", "sunli"] {
            let Some(lead) = lead_of(username).filter(|_| self.chance.hits(500)) else { continue };
            let (phone, id) = (self.phone(lead), self.id());
            let given = at(day, ["08:30:00.000", "11:00:00.000", "23:59:59.999"][self.chance.index(3)]);
            let fields = json!({"day": DAYS[day], "subject": world::id(username), "post": POST});
            self.set(phone, given, &ASSIGNMENT, id, fields);
            if self.chance.hits(300) {
                let taken = given + self.chance.between(1, 300) * MINUTE;
                self.op(phone, taken, &ASSIGNMENT, id, Action::Delete);
            }
        }
    }

    /// AT-9: leave, and checks that were missed or are wrong, with the lead's answer.
    pub(super) fn ask(&mut self, day: usize, username: &str) {
        let Some(lead) = lead_of(username).filter(|_| self.chance.hits(350)) else { return };
        let (phone, id) = (self.phone(username), self.id());
        let asked = at(day, "19:00:00.000") + self.chance.between(0, 200) * MINUTE;
        let text = |at: i64| rfc3339::text(at);
        let mut after = Vec::new();
        let own: Vec<_> = self.checks.iter().filter(|(_, phone, _)| PHONES[*phone] == username).copied().collect();
        let fields = match self.chance.below(3) {
            0 => {
                json!({"want": "leave", "from": text(at(day, "00:00:00.000")), "until": text(at(day, "23:00:00.000"))})
            }
            1 if !own.is_empty() => {
                let (_, _, about) = *self.chance.pick(&own);
                after = vec![about, id];
                json!({"want": "wrong_check", "about": about, "at": text(at(day, "09:10:00.000"))})
            }
            _ => {
                let kind = *self.chance.pick(&["on", "off"]);
                let missed = at(day, if kind == "on" { "09:15:00.000" } else { "18:05:00.000" });
                json!({"want": "missed_check", "type": kind, "at": text(missed)})
            }
        };
        let mut fields = fields;
        fields["reason"] = json!("手机没电");
        self.set(phone, asked, &REQUEST, id, fields);
        // a check-in that is corrected is not taken back as well: which of the two stands is the answer's time
        let withdrawn = |deed: &Deed| matches!(&deed.what, What::Op(_, of, Action::Command { name, .. }) if after.contains(of) && name == "withdraw");
        self.deeds.retain(|deed| !withdrawn(deed));
        if self.chance.hits(850) {
            let (phone, answered) = (self.phone(lead), asked + self.chance.between(1, 60) * MINUTE);
            let (name, args) = if self.chance.hits(800) {
                ("approve", json!({}))
            } else {
                ("decline", json!({"reason": "不属实"}))
            };
            self.command(phone, answered, &REQUEST, id, name, args);
            if let Some(answer) = self.deeds.last_mut() {
                answer.after = after;
            }
        }
    }

    /// WL: a log is written on whichever phone is at hand, handed in, taken back, handed in again, in time or not.
    pub(super) fn write_log(&mut self, day: usize, username: &str) {
        if self.chance.hits(200) {
            return;
        }
        let id = daily_log_id(world::id(username), DAYS[day].parse().unwrap());
        let acts = 2 + self.chance.below(5);
        for number in 0..acts {
            let phone = self.phone(username);
            let time = ["17:00:00.000", "20:00:00.000", "23:30:00.000", "23:59:59.999", "24:00:00.000", "24:40:00.000"];
            let at = at(day, time[self.chance.index(time.len())]) - self.chance.between(0, 1) * 20 * MINUTE;
            match self.chance.below(6) {
                0..3 => {
                    let items = format!("第{number}项，拜访3家");
                    self.set(
                        phone,
                        at,
                        &DAILY_LOG,
                        id,
                        json!({"day": DAYS[day], "items": items, "results": "留电2组"}),
                    );
                }
                3 => self.command(phone, at, &DAILY_LOG, id, "withdraw", json!({})),
                _ => self.command(phone, at, &DAILY_LOG, id, "submit", json!({})),
            }
        }
    }

    /// Some phones lose their clocks.
    pub(super) fn reboot(&mut self) {
        for phone in 0..PHONES.len() {
            if self.chance.hits(200) {
                let at = at(0, "08:00:00.000") + self.chance.between(0, 40 * 60) * MINUTE;
                self.deeds.push(Deed { at, phone, what: What::Reboot, after: Vec::new(), signal: 0 });
            }
        }
    }
}

/// Who leads somebody, on this project.
fn lead_of(username: &str) -> Option<&'static str> {
    match username {
        "zhangwei" | "liuyang" | "wangfang" => Some("lihua"),
        "zhaolei" | "sunli" => Some("chenjing"),
        _ => None,
    }
}
