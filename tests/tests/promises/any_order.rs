//! P3: the same ops with the same moments, between the same rulings, give the same record: any order, split or repetition, both engines.

use std::sync::Mutex;

use serde_json::{Value, json};
use sync_core::kinds::{CANVASS, DAILY_LOG, VISIT, daily_log_id};
use tests::phone::Phone;
use tests::world;

use crate::house::{device, records, request, start};

/// Which phone sends how many ops, in turn, until both have sent all.
const ORDERS: [&[(usize, usize)]; 6] =
    [&[(0, 99)], &[(1, 99)], &[(0, 1), (1, 1)], &[(1, 3), (0, 2)], &[(1, 1), (1, 1), (0, 5)], &[(0, 4), (1, 7)]];

/// Two phones of one person speak of the same records, minute by minute.
fn work(phones: &mut [Phone; 2]) {
    let [canvass, visit] =
        [(&CANVASS, json!({"place": "春熙路"})), (&VISIT, json!({"visit_type": "cold", "result": "a"}))]
            .map(|(kind, fields)| phones[0].create(kind, fields));
    let log = daily_log_id(world::id("zhangwei"), "2026-11-23".parse().unwrap());
    for turn in 0..12 {
        let phone = &mut phones[turn % 2];
        phone.clock.pass_minutes(i64::try_from(turn % 5).unwrap());
        phone.add(&CANVASS, canvass, "flyers", 10 + i64::try_from(turn).unwrap());
        phone.tag(&VISIT, visit, "tags", &["意向", ["甲", "乙", "丙"][turn % 3]]);
        if turn % 4 == 1 {
            phone.untag(&VISIT, visit, "tags", &["意向", "甲"]);
        }
        phone.set(&DAILY_LOG, log, json!({"day": "2026-11-23", "items": format!("第{turn}项"), "progress": "好"}));
    }
    for (phone, result) in phones.iter_mut().zip(["b", "c"]) {
        phone.clock.pass_minutes(1);
        // the second phone has not pulled the visit: it knows of it from the first one
        let seq = phone.try_record(
            &VISIT,
            visit,
            sync_core::op::Action::Set(json!({ "result": result }).as_object().cloned().unwrap()),
        );
        assert_eq!(seq.is_err(), result == "c", "a phone without the record wants all that is required");
    }
}

tests::scenarios! {
    async fn p3_any_order_and_split_and_repetition_gives_the_same_records(engine: Engine) {
        static SAME: Mutex<Option<Value>> = Mutex::new(None);
        for (number, order) in ORDERS.into_iter().enumerate() {
            let server = start(engine).await;
            let api = server.api();
            let mut phones = [Phone::ready(&api, "zhangwei", device(1)).await, Phone::ready(&api, "zhangwei", device(2)).await];
            work(&mut phones);
            api.set_clock("2026-11-23T03:00:00Z").await;
            // the tokens are as old as the work; what counts is what the phones recorded before they got new ones
            let texts = phones.each_ref().map(|phone| phone.replica.texts().map(|(_, text)| text.to_owned()).collect::<Vec<_>>());
            for phone in &mut phones {
                phone.refresh().await.unwrap();
            }
            let mut sent = [0, 0];
            for &(who, count) in order.iter().cycle().take(200).chain(&[(0, 99), (1, 99)]) {
                let end = texts[who].len().min(sent[who] + count);
                // what was sent last is sent again with it
                let again = sent[who].saturating_sub(2);
                phones[who].send(&request(&texts[who][again..end])).await.unwrap();
                sent[who] = end;
            }
            let mut fresh = Phone::new(&api, "zhangwei", device(3));
            fresh.log_in().await.unwrap();
            fresh.sync().await.unwrap();
            let records = serde_json::to_value(records(&fresh)).unwrap();
            assert_eq!(records.as_object().unwrap().len(), 3);
            let mut same = SAME.lock().unwrap();
            assert_eq!(same.get_or_insert_with(|| records.clone()), &records, "order {number} on {engine:?}");
        }
    }
}
