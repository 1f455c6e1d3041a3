use serde_json::json;

use super::*;
use crate::kinds;

fn text(kind: &str, action: &Value) -> String {
    json!({
        "seq": 1, "prev": "0".repeat(64), "kind": kind, "v": 1, "id": Uuid::from_u128(1), "project": Uuid::from_u128(2),
        "salt": "0123456789abcdef0123456789abcdef", "do": action, "time": {"anchor": "a", "elapsed_ms": 5}
    })
    .to_string()
}

fn check(kind: &str, action: &Value) -> Result<(), &'static str> {
    let op = Op::parse(&text(kind, action)).map_err(|fault| fault.code())?;
    op.check(kinds::find(kind, 1).unwrap()).map_err(|fault| fault.code())
}

#[test]
fn an_op_reads_and_writes() {
    let op = Op::parse(&text("lead", &json!({"set": {"name": "王女士", "source": "visit", "wechat": "w"}}))).unwrap();
    assert_eq!(Op::parse(&op.to_text()).unwrap(), op);
    assert_eq!(Place::read(&op.to_text()).unwrap(), op.place);
    assert!(op.creates(&kinds::LEAD));
}

#[test]
fn ambiguous_json_is_rejected() {
    let good = text("visit", &json!({"set": {"visit_type": "cold"}}));
    for (from, to) in [
        ("\"cold\"", "\"cold\",\"visit_type\":\"cold\""),
        ("\"cold\"", "\"co\\u0000ld\""),
        ("\"elapsed_ms\":5", "\"elapsed_ms\":9223372036854775808"),
        ("\"elapsed_ms\":5", "\"elapsed_ms\":99999999999999999999999"),
        ("\"elapsed_ms\":5", "\"elapsed_ms\":1e400"),
    ] {
        let bad = good.replace(from, to);
        assert_ne!(bad, good);
        assert_eq!(Op::parse(&bad).unwrap_err().code(), "op-ambiguous", "{to}");
    }
    let nested = |levels: usize| good.replace("\"a\"", &format!("{}{}", "[".repeat(levels), "]".repeat(levels)));
    assert!(Op::parse(&nested(OP_DEPTH - 2)).is_ok());
    assert_eq!(Op::parse(&nested(OP_DEPTH - 1)).unwrap_err().code(), "op-ambiguous");
    let large = text("visit", &json!({"set": {"visit_type": "cold", "x": "y".repeat(OP_BYTES)}}));
    assert_eq!(Op::parse(&large).unwrap_err(), OpFault::TooLarge);
}

#[test]
fn nothing_inside_time_rejects_an_op() {
    let good = text("visit", &json!({"set": {"visit_type": "cold"}}));
    for time in ["null", "5", "{\"anchor\":7,\"elapsed_ms\":\"soon\"}", "{\"elapsed_ms\":1.5}"] {
        let odd = good.replace("{\"anchor\":\"a\",\"elapsed_ms\":5}", time);
        assert_ne!(odd, good);
        assert_eq!(Op::parse(&odd).unwrap().time, TimeClaim::default(), "{time}");
    }
}

#[test]
fn fields_are_checked_by_rule_and_type() {
    assert_eq!(check("visit", &json!({"set": {"visit_type": "cold", "minutes": 5, "later_field": [1]}})), Ok(()));
    assert_eq!(
        check("visit", &json!({"set": {"visit_type": "outlet"}})),
        Err("field-immutable"),
        "outlet is missing, so it is no creation"
    );
    assert_eq!(check("visit", &json!({"set": {"minutes": 5}})), Ok(()));
    assert_eq!(check("visit", &json!({"set": {"location": null}})), Err("field-immutable"));
    assert_eq!(check("visit", &json!({"set": {"minutes": "5"}})), Err("value-invalid"));
    assert_eq!(check("visit", &json!({"set": {"tags": ["a"]}})), Err("wrong-verb"));
    assert_eq!(check("visit", &json!({"tag": {"tags": ["a"]}})), Ok(()));
    assert_eq!(check("canvass", &json!({"add": {"flyers": -3}})), Ok(()));
    assert_eq!(check("canvass", &json!({"add": {"note": 1}})), Err("wrong-verb"));
    assert_eq!(check("canvass", &json!({"add": {"flyers": 1.5}})), Err("op-malformed"));
    assert_eq!(check("person_day", &json!({"set": {"outcome": "on_time"}})), Err("server-owned"));
    assert_eq!(check("daily_log", &json!({"command": {"name": "approve", "args": {}}})), Err("field-missing"));
    assert_eq!(
        check("booking", &json!({"set": {"customer_name": "王", "phone_masked": "13812345678", "route": "booked"}})),
        Err("full-number")
    );
    assert_eq!(check("lead", &json!({"delete": false})), Err("op-malformed"));
    assert_eq!(check("lead", &json!({"delete": true, "set": {}})), Err("op-malformed"));
}

#[test]
fn sealed_fields_want_a_salt() {
    let op = |salt: &str| {
        text("lead", &json!({"set": {"phone": "13812345678"}})).replace("0123456789abcdef0123456789abcdef", salt)
    };
    let check = |salt: &str| Op::parse(&op(salt)).unwrap().check(&kinds::LEAD);
    assert_eq!(check("0123456789abcdef0123456789abcdef"), Ok(()));
    assert_eq!(check("short"), Err(OpFault::Missing("salt".into())));
}

#[test]
fn p14_unknown_kinds_versions_and_verbs_are_parked() {
    for (kind, action, unknown) in [
        ("drone", json!({"set": {}}), true),
        ("visit", json!({"teleport": {}}), true),
        ("visit", json!({"command": {"name": "sing", "args": {}}}), true),
        ("visit", json!({"set": {"visit_type": "cold"}}), false),
    ] {
        assert_eq!(Op::parse(&text(kind, &action)).unwrap().is_unknown(), unknown, "{kind} {action}");
    }
    let later = text("visit", &json!({"set": {}})).replace("\"v\":1", "\"v\":2");
    assert!(Op::parse(&later).unwrap().is_unknown());
}
