//! What everybody records in two days, drawn from a seed.

use serde_json::{Map, Value, json};
use sync_core::kind::Kind;
use sync_core::kinds::{ASSIGNMENT, CANVASS, CHECKIN, DAILY_LOG, LEAD, OUTLET, REQUEST, VISIT, daily_log_id};
use sync_core::op::Action;
use sync_core::time::rfc3339;
use tests::chance::Chance;
use tests::world::{self, POST, PROJECT, SITE, id};
use uuid::Uuid;

/// Who holds each phone; some have two.
pub(crate) const PHONES: [&str; 11] = [
    "zhangwei", "zhangwei", "liuyang", "wangfang", "wangfang", "lihua", "lihua", "chenjing", "zhaolei", "sunli",
    "wuqiang",
];
/// The two days: a Sunday, and the last day of the month.
pub(crate) const DAYS: [&str; 2] = ["2026-11-29", "2026-11-30"];
/// When phones have signal, if they do.
pub(crate) const SIGNAL: [&str; 4] = [
    "2026-11-29T13:00:00+08:00",
    "2026-11-29T22:30:00+08:00",
    "2026-11-30T22:30:00+08:00",
    "2026-12-01T08:00:00+08:00",
];
/// Outlets whose cards everybody has from the beginning.
pub(crate) const CARDS: usize = 3;

const MINUTE: i64 = 60_000;

/// Something that is recorded, or happens to a phone.
#[derive(Debug, Clone)]
pub(crate) struct Deed {
    /// When, Unix ms.
    pub(crate) at: i64,
    /// On which of [`PHONES`].
    pub(crate) phone: usize,
    /// What.
    pub(crate) what: What,
    /// Records whose creation is on the server before this comes in.
    pub(crate) after: Vec<Uuid>,
    /// At which [`SIGNAL`] it comes in.
    pub(crate) signal: usize,
}

/// What is done.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// The phone is switched off and on, and knows no time.
    Reboot,
    /// An op is recorded.
    Op(&'static Kind, Uuid, Action),
}

/// The deeds of all phones, by time.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    pub(crate) deeds: Vec<Deed>,
}

impl Script {
    /// The script of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        let mut writer = Writer { chance: Chance::new(seed), deeds: Vec::new(), made: 0, checks: Vec::new() };
        let outlets: Vec<Uuid> = (0..CARDS).map(card).chain((0..4).map(|_| writer.id())).collect();
        for day in 0..DAYS.len() {
            writer.give_out_posts(day);
            for username in ["zhangwei", "liuyang", "wangfang", "lihua", "chenjing", "zhaolei", "sunli", "wuqiang"] {
                writer.attend(day, username);
                if username != "wuqiang" {
                    writer.write_log(day, username);
                }
                writer.ask(day, username);
            }
            writer.open(day, &outlets[CARDS + 2 * day..][..2]);
            writer.visit(day, &outlets);
        }
        writer.reboot();
        let mut deeds = writer.deeds;
        deeds.sort_by_key(|deed| deed.at);
        place(&mut deeds, &mut writer.chance);
        Self { deeds }
    }
}

/// The id of a card that everybody has.
pub(crate) fn card(number: usize) -> Uuid {
    Uuid::new_v5(&PROJECT, format!("card {number}").as_bytes())
}

/// Where an outlet is.
pub(crate) fn shop(outlet: Uuid, metres: f64) -> Value {
    let lane = f64::from(outlet.as_bytes()[0]) / 5_000.0;
    spot(SITE.0 + 0.1 + lane + metres / 110_858.0, 5.0, false)
}

fn spot(lat: f64, accuracy_m: f64, mocked: bool) -> Value {
    json!({"lat": lat, "lng": SITE.1, "accuracy_m": accuracy_m, "mocked": mocked})
}

/// When each deed comes in: at a later signal than the last one of its phone or at the same, and after what it depends on.
fn place(deeds: &mut [Deed], chance: &mut Chance) {
    let signals = SIGNAL.map(|at| rfc3339::parse(at).unwrap());
    let mut reached = [0; PHONES.len()];
    let mut known: Vec<(Uuid, usize)> = Vec::new();
    for deed in deeds {
        let next = signals.iter().position(|at| *at > deed.at).unwrap();
        let mut signal = reached[deed.phone].max(next);
        while signal + 1 < SIGNAL.len() && chance.hits(150) {
            signal += 1;
        }
        let needed = known.iter().filter(|(id, _)| deed.after.contains(id)).map(|(_, signal)| *signal).max();
        deed.signal = signal.max(needed.unwrap_or(0));
        reached[deed.phone] = deed.signal;
        if let What::Op(_, id, Action::Set(_)) = &deed.what {
            known.push((*id, deed.signal));
        }
    }
}

/// Writes a script.
struct Writer {
    chance: Chance,
    deeds: Vec<Deed>,
    made: u32,
    /// Check-ins: when, on which phone, whose.
    checks: Vec<(i64, usize, Uuid)>,
}

impl Writer {
    fn id(&mut self) -> Uuid {
        self.made += 1;
        Uuid::new_v5(&PROJECT, format!("deed {}", self.made).as_bytes())
    }

    /// One of somebody's phones.
    fn phone(&mut self, username: &str) -> usize {
        let own: Vec<usize> = (0..PHONES.len()).filter(|phone| PHONES[*phone] == username).collect();
        *self.chance.pick(&own)
    }

    fn op(&mut self, phone: usize, at: i64, kind: &'static Kind, id: Uuid, action: Action) {
        self.deeds.push(Deed { at, phone, what: What::Op(kind, id, action), after: Vec::new(), signal: 0 });
    }

    fn set(&mut self, phone: usize, at: i64, kind: &'static Kind, id: Uuid, fields: Value) {
        self.op(phone, at, kind, id, Action::Set(object(fields)));
    }

    fn command(&mut self, phone: usize, at: i64, kind: &'static Kind, id: Uuid, name: &str, args: Value) {
        self.op(phone, at, kind, id, Action::Command { name: name.to_owned(), args: object(args) });
    }

    /// A check-in at one of these times, or none; its id.
    fn check(&mut self, day: usize, username: &str, kind: &str, times: &[&str]) -> Option<(i64, usize, Uuid)> {
        let time = *self.chance.pick(times);
        if time.is_empty() {
            return None;
        }
        let (at, phone, id) = (at(day, time), self.phone(username), self.id());
        let mut fields = json!({"type": kind});
        let place = match self.chance.below(12) {
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
    fn attend(&mut self, day: usize, username: &str) {
        let ons = ["08:50:00.000", "09:20:59.999", "09:21:00.000", "10:30:00.000", "13:30:59.999", "13:31:00.000", ""];
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
    fn give_out_posts(&mut self, day: usize) {
        for username in ["zhangwei", "liuyang", "wangfang", "zhaolei", "sunli"] {
            let Some(lead) = lead_of(username).filter(|_| self.chance.hits(500)) else { continue };
            let (phone, id) = (self.phone(lead), self.id());
            let given = at(day, ["08:30:00.000", "11:00:00.000", "23:59:59.999"][self.chance.index(3)]);
            let fields = json!({"day": DAYS[day], "subject": world::id(username), "post": POST});
            self.set(phone, given, &ASSIGNMENT, id, fields);
            if self.chance.hits(300) {
                self.op(phone, given + self.chance.clone().between(1, 300) * MINUTE, &ASSIGNMENT, id, Action::Delete);
            }
        }
    }

    /// AT-9: leave, and checks that were missed or are wrong, with the lead's answer.
    fn ask(&mut self, day: usize, username: &str) {
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
            match self.chance.hits(800) {
                true => self.command(phone, answered, &REQUEST, id, "approve", json!({})),
                false => self.command(phone, answered, &REQUEST, id, "decline", json!({"reason": "不属实"})),
            }
            if let Some(answer) = self.deeds.last_mut() {
                answer.after = after;
            }
        }
    }

    /// OV-1: cards are opened, graded by whoever has them, and deleted.
    fn open(&mut self, day: usize, outlets: &[Uuid]) {
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
    fn visit(&mut self, day: usize, outlets: &[Uuid]) {
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
        for phone in 0..PHONES.len() {
            if self.chance.hits(300) {
                let (id, at) = (self.id(), at(day, "10:00:00.000") + self.chance.between(0, 300) * MINUTE);
                self.set(phone, at, &CANVASS, id, json!({"place": "春熙路"}));
                let other = self.phone(PHONES[phone]);
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

    /// WL: a log is written on whichever phone is at hand, handed in, taken back, handed in again, in time or not.
    fn write_log(&mut self, day: usize, username: &str) {
        if self.chance.hits(200) {
            return;
        }
        let id = daily_log_id(id(username), DAYS[day].parse().unwrap());
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
    fn reboot(&mut self) {
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

/// A time of one of [`DAYS`], Unix ms; `24:40:00.000` is one of the next.
fn at(day: usize, time: &str) -> i64 {
    let midnight = rfc3339::parse(&format!("{}T00:00:00+08:00", DAYS[day])).unwrap();
    let number = |from: usize, to: usize| time[from..to].parse::<i64>().unwrap();
    midnight + ((number(0, 2) * 60 + number(3, 5)) * 60 + number(6, 8)) * 1_000 + number(9, 12)
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}
