//! The same records, whichever order they are delivered in, give the same days.

use std::collections::BTreeMap;

use serde_json::json;
use sync_core::kinds::CHECKIN;
use tests::chance::Chance;
use tests::phone::Phone;
use tests::world::id;

use crate::house::{DAY, House, NEXT, check, check_with};

/// The phones of a day, with everything on them and nothing sent.
async fn phones(house: &House) -> Vec<Phone> {
    let mut wang = house.phone("wangfang").await;
    let mut zhang = house.phone("zhangwei").await;
    let mut liu = house.phone("liuyang").await;
    let mut sun = house.phone("sunli").await;
    let mut lead = house.phone("lihua").await;
    let mut other = house.phone("chenjing").await;
    wang.clock.pass_minutes(12);
    let own = check(&mut wang, "on");
    zhang.clock.pass_minutes(19);
    check(&mut zhang, "on");
    check(&mut zhang, "on");
    liu.clock.pass_minutes(25);
    check(&mut liu, "on");
    lead.clock.pass_minutes(30);
    check(&mut lead, "on");
    lead.command(&CHECKIN, own, "witness", json!({}));
    other.clock.pass_minutes(40);
    check(&mut other, "on");
    check_with(&mut other, "on", json!({"subject": id("sunli")}));
    for phone in [&mut wang, &mut zhang, &mut liu, &mut lead] {
        phone.clock.set_ms(phone.clock.now_ms().max(house.server.app().clock.now()) + 3 * 3_600_000);
        check(phone, "break_start");
        phone.clock.pass_minutes(31);
        check(phone, "break_end");
    }
    // leaves at 17:30, comes back, leaves again
    for phone in [&mut wang, &mut liu] {
        phone.clock.set_ms(house.server.app().clock.now() + (8 * 60 + 30) * 60_000);
        let left = check(phone, "off");
        phone.clock.pass_minutes(40);
        if phone.username() == "wangfang" {
            check(phone, "off");
        } else {
            phone.command(&CHECKIN, left, "withdraw", json!({"reason": "came back"}));
        }
    }
    sun.clock.pass_minutes(10 * 60);
    check(&mut sun, "off");
    zhang.clock.set_ms(house.server.app().clock.now() + 10 * 3_600_000);
    check(&mut zhang, "off");
    vec![wang, zhang, liu, sun, lead, other]
}

tests::scenarios! {
    async fn at_1_days_are_the_same_in_any_order_of_delivery_and_with_closings_between(engine: Engine) {
        let expected = BTreeMap::from([
            ("wangfang", "on_time"),
            ("zhangwei", "on_time"),
            ("liuyang", "review"),
            ("sunli", "late"),
            ("lihua", "review"),
            ("chenjing", "review"),
            ("zhaolei", "absent"),
        ]);
        let mut first: Option<BTreeMap<&str, (String, String)>> = None;
        for seed in 0..4 {
            let house = House::open(engine).await;
            let mut phones = phones(&house).await;
            let mut chance = Chance::new(seed);
            house.at(NEXT, "08:00").await;
            house.jobs().await;
            while !phones.is_empty() {
                let mut phone = phones.swap_remove(chance.index(phones.len()));
                house.sync(&mut phone).await;
                if chance.below(2) == 0 {
                    house.jobs().await;
                }
            }
            house.jobs().await;
            let mut days = BTreeMap::new();
            for username in expected.keys() {
                let day = house.day(username, DAY).await.unwrap();
                assert_eq!(day.outcome.as_deref(), Some(expected[username]), "{username}, seed {seed}");
                days.insert(*username, (day.minutes, day.flags));
            }
            assert_eq!(*first.get_or_insert_with(|| days.clone()), days, "seed {seed}");
            house.replay().await;
        }
    }
}
