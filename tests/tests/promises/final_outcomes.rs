//! P5: no op blocks a phone: each gets a final outcome, and what is not understood yet is kept and judged later.

use serde_json::json;
use sync_core::exchange::Status;
use sync_core::kinds::{CANVASS, LEAD, VISIT};
use sync_core::op::Action;
use sync_core::replica::Draft;
use tests::phone::Phone;
use tests::world::{OTHER_PROJECT, PROJECT};
use uuid::Uuid;

use crate::house::{Chain, count, device, outcome, records, request, start, told};

const ID: &str = "0193e0a0-0000-7000-8000-0000000000ff";

/// The members of an op on [`ID`], but for its place.
fn members(kind: &str, v: u32, action: &str) -> String {
    format!(r#""kind":"{kind}","v":{v},"id":"{ID}","project":"{PROJECT}","do":{action},"time":{{}}"#)
}

/// What nobody should send, and the rule each is rejected or parked by.
fn nonsense() -> Vec<(String, Status, &'static str)> {
    use Status::{Parked, Rejected};
    let deep = format!(r#"{{"set":{{"visit_type":"cold","x":{}1{}}}}}"#, "[".repeat(40), "]".repeat(40));
    let long = format!(r#"{{"set":{{"visit_type":"cold","purpose":"{}"}}}}"#, "x".repeat(70_000));
    let text = format!(r#"{{"set":{{"visit_type":"cold","purpose":"{}"}}}}"#, "字".repeat(4_001));
    let cold = r#"{"set":{"visit_type":"cold"}}"#;
    vec![
        (members("visit", 1, &deep), Rejected, "op-ambiguous"),
        (members("visit", 1, &long), Rejected, "op-too-large"),
        (members("visit", 1, &text), Rejected, "value-invalid"),
        (members("visit", 1, r#"{"set":{"visit_type":"cold","visit_type":"cold"}}"#), Rejected, "op-ambiguous"),
        (members("visit", 1, r#"{"set":{"visit_type":"cold","purpose":"a\u0000b"}}"#), Rejected, "op-ambiguous"),
        (
            members("visit", 1, r#"{"set":{"visit_type":"cold","minutes":9223372036854775808}}"#),
            Rejected,
            "op-ambiguous",
        ),
        (members("visit", 1, r#"{"set":{"visit_type":"cold","minutes":2.5}}"#), Rejected, "value-invalid"),
        (members("visit", 1, r#"{"set":{},"delete":true}"#), Rejected, "op-malformed"),
        (members("visit", 1, "[]"), Rejected, "op-malformed"),
        (members("visit", 1, r#"{"set":{"visit_type":"outlet"}}"#), Rejected, "field-missing"),
        (
            format!(r#""kind":"visit","v":1,"id":"no id","project":"{PROJECT}","do":{cold},"time":{{}}"#),
            Rejected,
            "op-malformed",
        ),
        (
            format!(r#""kind":"visit","v":1,"id":"{ID}","project":"{OTHER_PROJECT}","do":{cold},"time":{{}}"#),
            Rejected,
            "not-permitted",
        ),
        (
            format!(r#""kind":"visit","v":1,"id":"{ID}","project":"{ID}","do":{cold},"time":{{}}"#),
            Rejected,
            "not-found",
        ),
        (
            members(
                "booking",
                1,
                r#"{"set":{"customer_name":"王女士","phone_masked":"13812345678","route":"booked"}}"#,
            ),
            Rejected,
            "BK-5",
        ),
        (
            members("lead", 1, r#"{"set":{"name":"王女士","phone":"13812345678","source":"canvass"}}"#),
            Rejected,
            "field-missing",
        ),
        (members("protection", 1, r#"{"set":{"state":"live"}}"#), Rejected, "server-owned"),
        (
            members("assignment", 1, &format!(r#"{{"set":{{"day":"2026-11-23","subject":"{ID}","post":"{ID}"}}}}"#)),
            Rejected,
            "not-permitted",
        ),
        (members("hologram", 1, cold), Parked, "not-understood"),
        (members("visit", 9, cold), Parked, "not-understood"),
        (members("visit", 1, r#"{"teleport":{}}"#), Parked, "not-understood"),
        (members("visit", 1, r#"{"command":{"name":"dance","args":{}}}"#), Parked, "not-understood"),
        (members("visit", 1, r#"{"tag":{"tags":["a"]}}"#), Parked, "record-unknown"),
        (members("visit", 1, r#"{"delete":true}"#), Parked, "record-unknown"),
    ]
}

tests::scenarios! {
    async fn p5_every_op_gets_its_final_outcome_and_the_next_one_goes_through(engine: Engine) {
        let server = start(engine).await;
        let phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        let mut chain = Chain::default();
        let (mut ops, mut expected) = (Vec::new(), Vec::new());
        for (index, (members, status, rule)) in nonsense().into_iter().enumerate() {
            ops.push(chain.op(&members));
            expected.push((u64::try_from(2 * index + 1).unwrap(), status, Some(rule)));
            ops.push(chain.visit(Uuid::from_u128(index as u128), ""));
        }
        let answer = phone.send(&request(&ops)).await.unwrap();
        assert_eq!(told(&answer), expected);
        assert!(answer.outcomes.iter().all(|told| told.message.as_ref().is_some_and(|text| text.contains('\n'))), "both languages");
        assert!(!format!("{answer:?}").contains("13812345678"), "P11");
        assert_eq!(answer.acked, ops.len() as u64);
        let fresh = Phone::ready(&server.api(), "zhangwei", device(2)).await;
        assert_eq!(records(&fresh).len(), nonsense().len(), "each visit between them took effect, and nothing else");
        let again = phone.send(&request(&ops)).await.unwrap();
        let refused: Vec<_> = told(&again).into_iter().filter(|told| told.1 != Status::Duplicate).collect();
        assert_eq!(refused, expected, "final is final");
    }

    async fn p5_what_came_before_its_record_is_judged_with_the_creation_and_told(engine: Engine) {
        let server = start(engine).await;
        let mut maker = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        let mut helper = Phone::ready(&server.api(), "zhangwei", device(2)).await;
        let id = maker.create(&CANVASS, json!({"place": "春熙路"}));
        let early = helper.add(&CANVASS, id, "flyers", 5);
        let refused = helper.tag(&CANVASS, id, "photos", &["ab"; 1].map(|hex| hex.repeat(32)).each_ref().map(String::as_str));
        let synced = helper.sync().await.unwrap();
        assert_eq!(outcome(&helper, early), (Status::Parked, Some("record-unknown".to_owned())));
        assert_eq!(synced.outcomes.len(), 2);
        maker.sync().await.unwrap();
        let synced = helper.sync().await.unwrap();
        assert_eq!(outcome(&helper, early).0, Status::Applied, "{synced:?}");
        assert_eq!(outcome(&helper, refused).0, Status::Applied);
        assert_eq!(count(&helper, id, "flyers"), 5);
        maker.sync().await.unwrap();
        assert_eq!(maker.body(id), helper.body(id));
    }

    async fn p5_an_early_op_of_somebody_who_may_not_is_told_its_rejection_later(engine: Engine) {
        let server = start(engine).await;
        let mut maker = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        let mut stranger = Phone::ready(&server.api(), "sunli", device(2)).await;
        let id = maker.create(&CANVASS, json!({"place": "春熙路"}));
        let early = stranger.add(&CANVASS, id, "flyers", 5);
        stranger.sync().await.unwrap();
        assert_eq!(outcome(&stranger, early).0, Status::Parked);
        maker.sync().await.unwrap();
        stranger.sync().await.unwrap();
        assert_eq!(outcome(&stranger, early), (Status::Rejected, Some("not-permitted".to_owned())));
        assert_eq!(count(&maker, id, "flyers"), 0);
    }

    async fn p5_ops_of_a_group_share_one_fate(engine: Engine) {
        let server = start(engine).await;
        let mut phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        let draft = |id, project, fields: serde_json::Value| {
            Draft::new(&VISIT, id, project, Action::Set(fields.as_object().cloned().unwrap()))
        };
        let cold = || json!({"visit_type": "cold"});
        let ids = [(); 4].map(|()| phone.draw_id());
        let tick = phone.clock.tick();
        let good = vec![draft(ids[0], PROJECT, cold()), draft(ids[1], PROJECT, cold())];
        let good = phone.replica.record_group(Uuid::from_u128(1), good, &tick).unwrap();
        let bad = vec![draft(ids[2], PROJECT, cold()), draft(ids[3], OTHER_PROJECT, cold())];
        let bad = phone.replica.record_group(Uuid::from_u128(2), bad, &tick).unwrap();
        phone.sync().await.unwrap();
        assert!(good.map(|seq| outcome(&phone, seq).0).all(|status| status == Status::Applied));
        let rules: Vec<_> = bad.map(|seq| outcome(&phone, seq)).collect();
        assert_eq!(rules, [(Status::Rejected, Some("group-rejected".into())), (Status::Rejected, Some("not-permitted".into()))]);
        assert_eq!(records(&phone).into_keys().collect::<std::collections::BTreeSet<_>>(), ids[..2].iter().copied().collect());
    }

    async fn p5_a_number_that_is_none_is_rejected_and_the_lead_may_be_registered_again(engine: Engine) {
        let server = start(engine).await;
        let mut phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        let id = phone.draw_id();
        let set = |phone: &mut Phone, number: &str| {
            phone.set(&LEAD, id, json!({"name": "王女士", "phone": number, "source": "canvass"}))
        };
        let wrong = set(&mut phone, "+999 1380013");
        phone.sync().await.unwrap();
        assert_eq!(outcome(&phone, wrong).0, Status::Rejected);
        let right = set(&mut phone, "+86 138-0013-8000");
        phone.sync().await.unwrap();
        assert_eq!(outcome(&phone, right).0, Status::Applied);
        assert_eq!(phone.body(id)["phone_masked"], "138****8000");
    }
}
