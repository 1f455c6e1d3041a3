//! What everybody records in two days, drawn from a seed.

mod duty;
mod shops;

use serde_json::{Map, Value, json};
use sync_core::kind::Kind;
use sync_core::op::Action;
use sync_core::time::rfc3339;
use tests::chance::Chance;
use tests::world::{PROJECT, SITE};
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
}

/// A time of one of [`DAYS`], Unix ms; `24:40:00.000` is one of the next.
fn at(day: usize, time: &str) -> i64 {
    let midnight = rfc3339::parse(&format!("{}T00:00:00+08:00", DAYS[day])).unwrap();
    let number = |from: usize, to: usize| time[from..to].parse::<i64>().unwrap();
    midnight + ((number(0, 2) * 60 + number(3, 5)) * 60 + number(6, 8)) * 1_000 + number(9, 12)
}

fn object(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}
