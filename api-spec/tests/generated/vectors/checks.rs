//! What a phone checks while a person types: fields against their kinds, masked numbers, ids.

use serde_json::{Value, json};
use sync_core::kinds;
use sync_core::op::Op;
use sync_core::value::Type;
use uuid::Uuid;

use super::file;

pub(super) fn checks() -> Value {
    let location = json!({"lat": 30.5269, "lng": 104.0576, "accuracy_m": 12.5, "mocked": false, "datum": "gcj02"});
    let far = json!({"lat": 91, "lng": 104.0576, "accuracy_m": 12.5, "mocked": false});
    let booking = |phone: &str| json!({"set": {"customer_name": "王女士", "phone_masked": phone, "route": "booked"}});
    let cases = [
        ("visit", json!({"set": {"visit_type": "cold", "minutes": 5, "location": location}})),
        ("visit", json!({"set": {"visit_type": "cold", "location": far}})),
        ("visit", json!({"set": {"visit_type": "cold", "not_known_here": [1, {"a": null}]}})),
        ("visit", json!({"set": {"minutes": 5}})),
        ("visit", json!({"set": {"minutes": null}})),
        ("visit", json!({"set": {"minutes": "5"}})),
        ("visit", json!({"set": {"minutes": 1441}})),
        ("visit", json!({"set": {"visit_type": "outlet"}})),
        ("visit", json!({"set": {"tags": ["a"]}})),
        ("visit", json!({"tag": {"tags": ["a", "b"]}})),
        ("visit", json!({"untag": {"tags": ["a"]}})),
        ("visit", json!({"tag": {"tags": (0..51).map(|n| n.to_string()).collect::<Vec<_>>()}})),
        ("visit", json!({"tag": {"photos": ["not a digest"]}})),
        ("visit", json!({"add": {"minutes": 1}})),
        ("canvass", json!({"add": {"flyers": 40, "contacts": -1}})),
        ("canvass", json!({"add": {"flyers": 1_000_001}})),
        ("canvass", json!({"set": {"flyers": 40}})),
        ("lead", json!({"set": {"name": "王女士", "source": "visit", "phone": "13812345678"}})),
        ("lead", json!({"set": {"name": " ", "source": "visit", "wechat": "w"}})),
        ("lead", json!({"set": {"name": "王".repeat(65), "source": "visit", "wechat": "w"}})),
        ("lead", json!({"set": {"name": "王女士", "source": "visit"}})),
        ("lead", json!({"set": {"intent": "E"}})),
        ("lead", json!({"set": {"status": "won"}})),
        ("booking", booking("138****5678")),
        ("booking", booking("13812345678")),
        ("booking", booking("138***5678")),
        ("booking", json!({"command": {"name": "cancel", "args": {}}})),
        ("daily_log", json!({"command": {"name": "approve", "args": {"version": 2}}})),
        ("daily_log", json!({"command": {"name": "return", "args": {"version": 2}}})),
        ("daily_log", json!({"set": {"day": "2026-02-29", "items": "x"}})),
        ("person_day", json!({"set": {"outcome": "on_time"}})),
        ("lead", json!({"delete": true})),
    ];
    let cases = cases.into_iter().map(|(kind, action)| {
        let text = json!({"seq": 1, "prev": "0".repeat(64), "kind": kind, "v": 1, "id": Uuid::nil(), "project": Uuid::nil(),
            "salt": "00112233445566778899aabbccddeeff", "do": action, "time": {}});
        let op = Op::parse(&text.to_string()).unwrap();
        let fault = op.check(kinds::find(kind, 1).unwrap()).err();
        json!({"kind": kind, "do": action, "rejected": fault.as_ref().map(sync_core::op::OpFault::code),
            "rule": fault.and_then(|fault| fault.rule())})
    });
    file(
        "`rejected` is the code an op with this `do` is rejected with, null when it is fine; `rule` the rule behind it. Every op carries a salt.",
        cases,
    )
}

/// Full numbers and the masks a phone writes for them; the masks are written by hand from BK-5.
pub(super) fn masks() -> Value {
    let masked = [
        ("13812345678", "138****5678"),
        ("+86 138 1234 5678", "138****5678"),
        ("0086-138-1234-5678", "138****5678"),
        ("１３８１２３４５６７８", "138****5678"),
        ("+852 9123 4567", "+852 91****67"),
        ("+1 415 555 2671", "+1 41****71"),
    ];
    let mut cases: Vec<_> = masked
        .into_iter()
        .map(|(number, mask)| {
            assert_eq!(Type::MaskedPhone.check(&mask.into()), Ok(()), "{mask}");
            json!({"number": number, "mask": mask})
        })
        .collect();
    for text in ["138****5678", "+852 91****67", "13812345678", "138***5678", "138****567", "238****5678", "", "王女士"]
    {
        cases.push(json!({"mask": text, "valid": Type::MaskedPhone.check(&text.into()).is_ok()}));
    }
    file(
        "`mask` is how a phone writes `number` (BK-5; without a country code it is Chinese). Without `number`: whether `mask` is a valid mask.",
        cases,
    )
}

pub(super) fn ids() -> Value {
    let cases = [
        ("0193e0a0-0000-7000-8000-000000000001", "2026-11-22"),
        ("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "2024-02-29"),
    ];
    let cases = cases.into_iter().map(|(owner, day)| {
        let id = kinds::daily_log_id(owner.parse().unwrap(), day.parse().unwrap());
        json!({"owner": owner, "day": day, "id": id})
    });
    file("`id` of a daily_log: UUIDv5 (RFC 9562 5.5) with the owner's id as namespace and the day as name.", cases)
}
