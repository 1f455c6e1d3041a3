//! What is recorded: a realistic mix of kinds, from a seed, 350 to 400 bytes of body each, through the real replica.
//!
//! Of ten ops four are visits, two belong to a canvassing stint (one opens it, one adds to its tallies), two are leads, one is a check-in and
//! one a booking.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};
use sync_core::kind::Kind;
use sync_core::kinds;
use sync_core::op::Action;
use sync_core::replica::Draft;
use tests::chance::Chance;
use uuid::Uuid;

use super::field::Phone;

const WORDS: [&str; 12] = [
    "万象城地铁口",
    "和客户谈了户型",
    "加了微信",
    "想看样板间",
    "预算两百万左右",
    "周末带家人来",
    "首次置业",
    "关注学区",
    "同事推荐",
    "需要停车位",
    "对比了隔壁楼盘",
    "下周再联系",
];
const SURNAMES: [&str; 8] = ["王", "李", "张", "刘", "陈", "杨", "赵", "黄"];
const GIVEN: [&str; 8] = ["伟", "芳", "娜", "敏", "静", "丽", "强", "磊"];
const CHECKS: [&str; 4] = ["on", "break_start", "break_end", "off"];

/// One exchange that pushes, built before the clock starts.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    /// The request up to the cursors.
    pub(crate) head: Vec<u8>,
    /// The request after the cursors.
    pub(crate) tail: Vec<u8>,
    /// The last op it carries.
    pub(crate) upto: u64,
    /// How many ops it carries.
    pub(crate) ops: usize,
}

/// Records what a promoter records, on one phone after the other.
#[derive(Debug)]
pub(crate) struct Recorder {
    chance: Chance,
    numbers: u64,
    outlets: Vec<Uuid>,
    tally: Option<Uuid>,
    step: usize,
}

impl Recorder {
    /// A recorder with a seed of its own; `numbers` is where its customers' phone numbers begin.
    pub(crate) fn new(seed: u64, numbers: u64, outlets: Vec<Uuid>) -> Self {
        Self { chance: Chance::new(seed), numbers, outlets, tally: None, step: 0 }
    }

    /// Records so many ops and builds the request that pushes them.
    pub(crate) fn batch(&mut self, phone: &mut Phone, ops: usize, limit: u32) -> Batch {
        for _ in 0..ops {
            let draft = self.next(phone.project);
            let tick = phone.tick();
            phone.replica.record(draft, &tick).expect("what the mix makes is valid");
        }
        request(phone, ops, limit)
    }

    fn next(&mut self, project: Uuid) -> Draft {
        let step = self.step;
        self.step += 1;
        let id = self.id();
        match step % 10 {
            0 | 3 | 5 | 8 => Draft::new(&kinds::VISIT, id, project, self.visit()),
            1 => {
                self.tally = Some(id);
                Draft::new(&kinds::CANVASS, id, project, self.stint())
            }
            6 => {
                let (flyers, contacts) = (self.chance.between(5, 40), self.chance.between(1, 9));
                let deltas = [("flyers".to_owned(), flyers), ("contacts".to_owned(), contacts)];
                let tally = self.tally.unwrap_or(id);
                Draft::new(&kinds::CANVASS, tally, project, Action::Add(deltas.into_iter().collect()))
            }
            2 | 7 => {
                let salt: [u8; 16] = Uuid::from_u128(u128::from(self.numbers) << 17 | 0x5a17).into_bytes();
                Draft::new(&kinds::LEAD, id, project, self.lead()).with_salt(salt)
            }
            4 => Draft::new(&kinds::CHECKIN, id, project, self.check(step / 10)),
            _ => Draft::new(&kinds::BOOKING, id, project, self.booking()),
        }
    }

    /// As phones make them: UUIDv7.
    fn id(&mut self) -> Uuid {
        let random = u128::from(self.chance.below(u64::MAX)) << 16 | u128::from(self.chance.below(1 << 16));
        let mut bytes = [0; 10];
        bytes.copy_from_slice(&random.to_be_bytes()[6..]);
        uuid::Builder::from_unix_timestamp_millis(super::now_ms().cast_unsigned(), &bytes).into_uuid()
    }

    /// Some words, about so many bytes.
    fn text(&mut self, bytes: usize) -> String {
        let mut text = String::new();
        while text.len() < bytes {
            text.push_str(WORDS[self.chance.index(WORDS.len())]);
            text.push('，');
        }
        text
    }

    fn name(&mut self) -> String {
        format!("{}{}{}", self.chance.pick(&SURNAMES), self.chance.pick(&GIVEN), self.chance.pick(&GIVEN))
    }

    fn place(&mut self) -> Value {
        let metre =
            |chance: &mut Chance| f64::from(i32::try_from(chance.between(-3_000, 3_000)).unwrap_or_default()) * 1e-5;
        let (lat, lng) = (30.5 + metre(&mut self.chance), 104.06 + metre(&mut self.chance));
        json!({ "lat": lat, "lng": lng, "accuracy_m": self.chance.between(4, 40), "mocked": false, "datum": "gcj02" })
    }

    fn visit(&mut self) -> Action {
        let mut fields = object(json!({
            "visit_type": "cold", "location": self.place(), "place": self.text(30), "minutes": self.chance.between(10, 90),
            "purpose": self.text(40), "result": self.text(60), "next_step": self.text(30),
        }));
        if !self.outlets.is_empty() && self.chance.hits(200) {
            fields.insert("visit_type".into(), "outlet".into());
            fields.insert("outlet".into(), self.chance.pick(&self.outlets).to_string().into());
        }
        Action::Set(fields)
    }

    fn stint(&mut self) -> Action {
        Action::Set(object(json!({ "location": self.place(), "place": self.text(40), "note": self.text(180) })))
    }

    fn lead(&mut self) -> Action {
        self.numbers += 1;
        Action::Set(object(json!({
            "name": self.name(), "phone": number(self.numbers), "source": "canvass", "intent": *self.chance.pick(&["A", "B", "C"]),
            "budget": "180-220万", "area": "89-120㎡", "need": self.text(60), "note": self.text(90), "next_follow_on": "2026-12-01",
        })))
    }

    fn check(&mut self, turn: usize) -> Action {
        Action::Set(object(
            json!({ "type": CHECKS[turn % CHECKS.len()], "location": self.place(), "note": self.text(200) }),
        ))
    }

    fn booking(&mut self) -> Action {
        let (head, tail) = (self.chance.between(30, 99), self.chance.between(0, 9_999));
        Action::Set(object(json!({
            "customer_name": self.name(), "phone_masked": format!("1{head}****{tail:04}"), "route": "booked", "area": "高新区",
            "note": self.text(210),
        })))
    }
}

/// The cards of so many outlets, as one promoter of a project records them.
pub(crate) fn outlets(phone: &mut Phone, count: usize) -> (Batch, Vec<Uuid>) {
    let ids: Vec<Uuid> = (0..count).map(|n| Uuid::new_v5(&phone.project, &n.to_be_bytes())).collect();
    for (n, id) in ids.iter().enumerate() {
        let location = json!({ "lat": 30.5 + n as f64 * 1e-4, "lng": 104.06, "accuracy_m": 10, "mocked": false });
        let card = json!({ "name": format!("门店{n}号"), "category": "broker", "grade": "C", "location": location });
        record(phone, &kinds::OUTLET, *id, object(card));
    }
    (request(phone, count, 1), ids)
}

/// A check-in in the morning.
pub(crate) fn morning(phone: &mut Phone) -> Batch {
    let location = json!({ "lat": 30.5, "lng": 104.06, "accuracy_m": 10, "mocked": false });
    record(
        phone,
        &kinds::CHECKIN,
        Uuid::new_v5(&phone.user, b"on"),
        object(json!({ "type": "on", "location": location })),
    );
    request(phone, 1, 500)
}

/// A day's rest in the evening: twenty ops of the mix, and the daily log, handed in.
pub(crate) fn evening(phone: &mut Phone, recorder: &mut Recorder, today: NaiveDate) -> Batch {
    for _ in 0..20 {
        let draft = recorder.next(phone.project);
        let tick = phone.tick();
        phone.replica.record(draft, &tick).expect("what the mix makes is valid");
    }
    let log = kinds::daily_log_id(phone.user, today);
    let items = "上午在地铁口发单，下午回访三位客户";
    record(
        phone,
        &kinds::DAILY_LOG,
        log,
        object(json!({ "day": today.to_string(), "items": items, "progress": items })),
    );
    let submit = Action::Command { name: "submit".into(), args: Map::new() };
    let tick = phone.tick();
    phone.replica.record(Draft::new(&kinds::DAILY_LOG, log, phone.project, submit), &tick).expect("a log to hand in");
    request(phone, 22, 500)
}

fn record(phone: &mut Phone, kind: &'static Kind, id: Uuid, fields: Map<String, Value>) {
    let tick = phone.tick();
    let draft = Draft::new(kind, id, phone.project, Action::Set(fields));
    phone.replica.record(draft, &tick).expect("a valid record");
}

/// The request for everything that is pending on the phone; from then on the phone believes that it was acknowledged.
fn request(phone: &mut Phone, ops: usize, limit: u32) -> Batch {
    phone.replica.set_limit(limit);
    let tick = phone.tick();
    let exchange = phone.replica.next_request(&tick).expect("there are ops to push");
    assert_eq!(exchange.request.ops.len(), ops, "one request carries the batch");
    let upto = exchange.request.recorded.unwrap_or_default();
    let text = serde_json::to_string(&exchange.request).expect("a request is JSON");
    let (head, tail) = text.rsplit_once(r#""cursors":{}"#).expect("a phone that has pulled nothing has no cursors");
    let batch = Batch { head: format!(r#"{head}"cursors":"#).into(), tail: tail.into(), upto, ops };
    phone.pretend_acked(exchange.ticket, upto);
    batch
}

/// A mainland mobile number of its own for each `n`.
pub(crate) fn number(n: u64) -> String {
    format!("1{}{:09}", 3 + n / 1_000_000_000 % 6, n % 1_000_000_000)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
