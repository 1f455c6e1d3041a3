//! Whole exchanges of one phone: the exact request, the answer, and what the phone holds afterwards.
//!
//! The requests are the replica's own. What the phone holds is worked out by the smallest phone there is, and both must agree.

mod phone;

use api_spec::{locale::Locale, messages, problem::Problem};
use chrono::{NaiveDate, Utc};
use phone::Phone;
use serde_json::{Map, Value, json};
use sync_core::checksum::Checksum;
use sync_core::kinds;
use sync_core::op::{Action, Digest};
use sync_core::replica::{Draft, Login, Next, Refusal, Replica, Tick};
use sync_core::time::Answer;
use uuid::Uuid;

use super::file;

const PROJECT: &str = "0193e0a0-0000-7000-8000-0000000000aa";
const USER: &str = "0193e0a0-0000-7000-8000-0000000000bb";
const MINE: &str = "user:0193e0a0-0000-7000-8000-0000000000bb";
const ALL: &str = "project:0193e0a0-0000-7000-8000-0000000000aa";

fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0193_e0a0_0000_7000_8000_0000_0000_0000 + n)
}

/// The day nobody has lived yet; its log has the one id it can have.
fn future_log() -> (NaiveDate, Uuid) {
    let day = "2027-01-01".parse().unwrap();
    (day, kinds::daily_log_id(USER.parse().unwrap(), day))
}

struct Scenario {
    replica: Replica,
    phone: Phone,
    monotonic_ms: i64,
    ticket: u64,
    request: String,
    steps: Vec<Value>,
}

impl Scenario {
    fn begin() -> Self {
        let replica = Replica::new(USER.parse().unwrap(), id(0xd1));
        let mut scenario = Self {
            replica,
            phone: Phone::default(),
            monotonic_ms: 0,
            ticket: 0,
            request: String::new(),
            steps: Vec::new(),
        };
        let login = Login { anchor: Some("anchor-1".into()), ..Login::new(USER.parse().unwrap(), id(0xd1)) };
        let tick = scenario.tick();
        scenario.replica.login(login, &tick).unwrap();
        scenario
    }

    /// A minute later.
    fn tick(&mut self) -> Tick {
        self.monotonic_ms += 60_000;
        Tick { boot: "b7".into(), monotonic_ms: self.monotonic_ms, wall: None }
    }

    fn record(&mut self, kind: &'static sync_core::kind::Kind, record: Uuid, action: Action) {
        let tick = self.tick();
        self.replica.record(Draft::new(kind, record, PROJECT.parse().unwrap(), action), &tick).unwrap();
    }

    fn set(&mut self, kind: &'static sync_core::kind::Kind, record: Uuid, fields: &Value) {
        self.record(kind, record, Action::Set(fields.as_object().unwrap().clone()));
    }

    /// The phone makes a request; whether it is ever heard is another question.
    fn ask(&mut self) {
        self.replica.poke();
        let tick = self.tick();
        let exchange = self.replica.next_request(&tick).unwrap();
        self.ticket = exchange.ticket;
        self.request = serde_json::to_string(&exchange.request).unwrap();
    }

    fn answered(&mut self, name: &str, answer: &Value) {
        let tick = self.tick();
        let taken =
            self.replica.take_response(self.ticket, serde_json::from_value(answer.clone()).unwrap(), &tick).unwrap();
        assert_eq!(taken.unequal, Vec::<String>::new(), "{name}");
        self.phone.apply(answer);
        for bucket in self.replica.status().buckets {
            assert_eq!((bucket.count, bucket.checksum), self.phone.proof(&bucket.bucket), "{name}");
        }
        assert_eq!(self.replica.status().acknowledged, self.phone.acked(), "{name}");
        self.keep(name, 200, answer);
    }

    fn refused(&mut self, name: &str, problem: &Problem) -> Next {
        let tick = self.tick();
        let body = problem.render(Locale::En, Some("0193e0a0-0000-7000-8000-0000000000ff".to_owned()));
        let body = serde_json::to_value(body).unwrap();
        let refusal = Refusal::read(problem.status(), body.as_object().unwrap(), None);
        let next = self.replica.take_refusal(self.ticket, refusal, &tick).unwrap();
        self.keep(name, problem.status(), &body);
        next
    }

    fn keep(&mut self, name: &str, status: u16, answer: &Value) {
        let step = json!({"name": name, "request": self.request, "status": status, "answer": answer, "phone": self.phone.shown()});
        self.steps.push(step);
    }

    fn digest(&self, seq: u64) -> String {
        let text = self.replica.texts().find(|(at, _)| *at == seq).unwrap().1;
        Digest::of(text).to_string()
    }
}

fn live(bucket: &str, rev: u64, kind: &str, record: Uuid, body: &Value, owner: Option<&str>) -> Value {
    json!({"bucket": bucket, "rev": rev, "kind": kind, "id": record, "v": 1, "project": PROJECT, "version": 1, "body": body,
        "phase": "open", "verdict": null, "owner": owner,
        "created": {"earliest": "2026-11-22T01:00:00.000Z", "latest": "2026-11-22T01:30:00.000Z", "grade": "bracketed"}})
}

fn bucket(name: &str, rev: u64, members: &[(Uuid, u64)], reset: bool) -> Value {
    json!({"bucket": name, "rev": rev, "count": members.len(), "checksum": Checksum::of(members.iter().copied()), "reset": reset})
}

/// An answer; the named members replace those of a plain one.
fn answer(anchor: &str, acked: u64, members: Value) -> Value {
    let mut answer = json!({"epoch": "epoch-1", "server_time": "2026-11-22T01:30:00.000Z", "anchor": anchor, "acked": acked,
        "keep_from": 1, "sync_after_ms": 60_000, "outcomes": [], "buckets": [], "changes": [], "cursors": {}, "more": false});
    let Value::Object(members) = members else { panic!("members of an answer are an object") };
    answer.as_object_mut().unwrap().extend(members);
    answer
}

pub(super) fn exchanges() -> Value {
    let mut day = Scenario::begin();
    let (checkin, tally, leaving, outlet, news) = (id(1), id(9), id(4), id(20), id(30));
    let (future, log) = future_log();

    day.set(&kinds::CHECKIN, checkin, &json!({"type": "on", "note": "天府"}));
    day.set(&kinds::DAILY_LOG, log, &json!({"day": future, "items": "太早"}));
    day.record(&kinds::CANVASS, tally, Action::Add([("flyers".to_owned(), 40)].into()));
    let too_early = messages::message("WL-4", Answer::No, &json!({"case": "future_day"}), &Utc).both();
    let unknown = api_spec::problem::Code::RecordUnknown.message(&Map::new()).both();
    let rejected = json!({"seq": 2, "status": "rejected", "rule": "WL-4", "message": too_early, "record": log});
    let parked = json!({"seq": 3, "status": "parked", "rule": "record-unknown", "message": unknown, "record": tally});
    let own = live(MINE, 1, "checkin", checkin, &json!({"type": "on", "note": "天府"}), Some(USER));
    let shop = |rev, name| live(ALL, rev, "outlet", outlet, &json!({"name": name, "category": "broker"}), None);
    let first = json!({"outcomes": [rejected, parked], "cursors": {MINE: "c-1", ALL: "c-7"}, "changes": [own, shop(7, "安居店")],
        "buckets": [bucket(MINE, 1, &[(checkin, 1)], true), bucket(ALL, 7, &[(outlet, 7)], true)]});
    day.ask();
    day.ask();
    let mut again = first.clone();
    again["outcomes"] = json!([{"seq": 1, "status": "duplicate", "record": checkin}, rejected, parked]);
    day.answered(
        "first contact, for the second time, since the first answer was lost: one op took effect before, one is rejected, one parked; none blocks the queue",
        &answer("anchor-2", 3, again),
    );

    day.ask();
    let body = json!({"device": id(0xd1), "seq": 3, "status": "applied", "record": tally});
    let changes = [
        live(MINE, 2, "canvass", tally, &json!({"flyers": 40}), None),
        live(MINE, 3, "op_outcome", news, &body, None),
        shop(8, "安居地产店"),
    ];
    day.answered(
        "the tally's creation arrived from a colleague and the parked op took effect; the outlet changed",
        &answer("anchor-3", 3, json!({"cursors": {MINE: "c-3", ALL: "c-8"}, "changes": changes,
            "buckets": [bucket(MINE, 3, &[(checkin, 1), (tally, 2), (news, 3)], false), bucket(ALL, 8, &[(outlet, 8)], false)]})),
    );

    day.ask();
    let gone = json!({"bucket": MINE, "rev": 4, "id": news, "gone": "expired"});
    day.answered(
        "a record leaves one bucket; another bucket is listed no more and is dropped whole: the membership ended",
        &answer(
            "anchor-4",
            3,
            json!({"cursors": {MINE: "c-4"}, "changes": [gone],
            "buckets": [bucket(MINE, 4, &[(checkin, 1), (tally, 2)], false)]}),
        ),
    );

    day.set(&kinds::CHECKIN, leaving, &json!({"type": "off"}));
    day.ask();
    let gap = Problem::seq_gap(2, day.digest(1));
    assert_eq!(
        day.refused("meanwhile the server was restored from a backup that knows op 1 only: a hole", &gap),
        Next::Again
    );
    day.ask();
    let off = live(MINE, 2, "checkin", leaving, &json!({"type": "off"}), Some(USER));
    let epoch_2 = json!({"epoch": "epoch-2", "outcomes": [rejected, parked], "cursors": {MINE: "d-2"}, "changes": [own, off],
        "buckets": [bucket(MINE, 2, &[(checkin, 1), (leaving, 2)], true)]});
    day.answered(
        "the phone fills the hole from what it kept, and pulls its copy anew for the new epoch",
        &answer("anchor-5", 4, epoch_2),
    );

    let visit = id(5);
    day.set(&kinds::VISIT, visit, &json!({"visit_type": "cold"}));
    day.ask();
    let cold = live(MINE, 3, "visit", visit, &json!({"visit_type": "cold"}), Some(USER));
    let members = [(checkin, 1), (leaving, 2), (visit, 3)];
    day.answered(
        "a plain exchange: one op pushed, the record pulled in the same answer",
        &answer(
            "anchor-6",
            5,
            json!({"epoch": "epoch-2", "cursors": {MINE: "d-3"}, "changes": [cold],
            "buckets": [bucket(MINE, 3, &members, false)]}),
        ),
    );

    let spot_check = id(6);
    day.set(&kinds::CHECKIN, spot_check, &json!({"type": "spot"}));
    day.ask();
    let forked = Problem::device_forked(6, "6".repeat(64));
    let next = day.refused("a clone of this phone sent another op 6: nothing is stored", &forked);
    assert!(matches!(next, Next::Fork(fork) if fork.seq == 6 && fork.forked_from == id(0xd1)));
    let login = Login { anchor: Some("anchor-7".into()), ..Login::new(USER.parse().unwrap(), id(0xd2)) };
    let tick = day.tick();
    day.replica.fork(login, &tick).unwrap();
    day.ask();
    let spot = live(MINE, 4, "checkin", spot_check, &json!({"type": "spot"}), Some(USER));
    let members = [(checkin, 1), (leaving, 2), (visit, 3), (spot_check, 4)];
    day.answered(
        "the phone registered a new device with POST /v1/devices; op 6 is op 1 of its log and names its old place",
        &answer(
            "anchor-8",
            1,
            json!({"epoch": "epoch-2", "cursors": {MINE: "d-4"}, "changes": [spot],
            "buckets": [bucket(MINE, 4, &members, false)]}),
        ),
    );

    file(
        "One phone, step by step. `request` is the exact body of POST /v1/sync, `answer` what the server says, `phone` what the phone holds afterwards: the members of each bucket as `[id, rev]`, sorted by id, and the bodies of the records held.",
        day.steps,
    )
}
