//! What happens by itself (BK-2, BK-6), and what the office learns (P5).

use serde_json::json;
use sync_core::kinds::{BOOKING, VISIT};
use tests::phone::Phone;

use crate::house::{House, eventually, told};

fn book(phone: &mut Phone) -> uuid::Uuid {
    phone.create(&BOOKING, json!({"customer_name": "王女士", "phone_masked": "138****5678", "route": "booked"}))
}

tests::scenarios! {
    async fn bk_2_bk_6_unused_bookings_expire_at_midnight_and_leave_the_bookings_of_the_day(engine: Engine) {
        let house = House::open(engine).await;
        let mut booker = house.phone("zhangwei").await;
        let (open, cancelled) = (book(&mut booker), book(&mut booker));
        booker.command(&BOOKING, cancelled, "cancel", json!({}));
        house.sync(&mut booker).await;
        let mut desk = house.phone("zhoumei").await;
        assert!(desk.replica.view(open).is_some() && desk.replica.view(cancelled).is_some());
        house.at("2026-11-23", "23:59").await;
        house.sync(&mut booker).await;
        assert_eq!(told(&booker, open).1, "live");
        house.at("2026-11-24", "00:00").await;
        eventually(async || {
            house.sync(&mut desk).await;
            desk.replica.view(open).is_none() && desk.replica.view(cancelled).is_none()
        })
        .await;
        house.sync(&mut booker).await;
        assert_eq!((told(&booker, open).1.as_str(), told(&booker, cancelled).1.as_str()), ("expired", "cancelled"));
        assert_eq!(house.replay().await, 4, "two received, one cancelled, one expired");
    }

    async fn p5_the_office_learns_of_what_was_refused(engine: Engine) {
        let house = House::open(engine).await;
        let mut office = house.phone("huangyan").await;
        let (mut zhang, mut liu) = (house.phone("zhangwei").await, house.phone("liuyang").await);
        let id = zhang.create(&VISIT, json!({"visit_type": "cold"}));
        house.sync(&mut zhang).await;
        let seq = liu.set(&VISIT, id, json!({"visit_type": "cold"}));
        assert_eq!(house.sync(&mut liu).await, [(seq, "rejected".to_owned(), Some("id-taken".to_owned()))]);
        let outcomes = |office: &Phone| {
            let all = office.replica.records();
            all.into_iter().filter(|view| view.kind == "op_outcome").map(|view| view.body).collect::<Vec<_>>()
        };
        eventually(async || {
            house.sync(&mut office).await;
            !outcomes(&office).is_empty()
        })
        .await;
        let [told] = &outcomes(&office)[..] else { panic!("told once") };
        assert_eq!((&told["seq"], &told["status"], &told["rule"]), (&json!(seq), &json!("rejected"), &json!("id-taken")));
        assert_eq!(told["record"], json!(id));
        house.sync(&mut liu).await;
        assert!(outcomes(&liu).is_empty(), "the phone had its answer");
    }
}
