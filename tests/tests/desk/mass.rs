//! BK-9: what a partner's bookings of a day came to.

use serde_json::json;
use server::jobs::Jobs;
use server::store::partner_days::{self, PartnerDay};
use sync_core::kinds::BOOKING;
use tests::phone::Phone;
use tests::world::{PARTNER, PROJECT};
use uuid::Uuid;

use crate::house::{House, book, refused};

const DAY: &str = "2026-11-23";
const NEXT: &str = "2026-11-24";

/// Books customers by number.
fn book_some(phone: &mut Phone, customers: std::ops::Range<u32>) -> Vec<Uuid> {
    customers.map(|n| book(phone, "王女士", &format!("139****{n:04}"))).collect()
}

/// The first customers arrive.
async fn arrive(house: &House, customers: std::ops::Range<u32>) {
    let desk = house.desk().await;
    for n in customers {
        let sheet = desk.booked(n.into(), "王丽", &format!("1390000{n:04}")).await;
        assert!(sheet.booking.is_some());
    }
}

/// What the jobs make of a partner's day at this time of the next day.
async fn counted(house: &House, day: &str, time: &str) -> Option<PartnerDay> {
    house.at(&format!("{NEXT}T{time}:00+08:00")).await;
    Jobs::default().run(house.server.app()).await.unwrap();
    let mut db = house.server.app().db.read().await.unwrap();
    let found = partner_days::find(&mut db, PROJECT, PARTNER, day).await.unwrap();
    let failed = partner_days::failed(&mut db, PROJECT, PARTNER, day).await.unwrap();
    assert_eq!(failed, found.as_ref().is_some_and(|day| day.outcome.as_deref() == Some("failed")));
    found
}

fn brief(day: Option<PartnerDay>) -> (i64, i64, String) {
    let day = day.unwrap();
    (day.booked, day.arrived, day.outcome.unwrap_or_default())
}

/// The notices of the office about days, by text.
async fn notices(house: &House) -> Vec<(Uuid, String, String)> {
    let office = house.phone("huangyan").await;
    let all = office.replica.records().into_iter().filter(|view| view.kind == "notice");
    all.map(|view| (view.id, view.verdict.unwrap().outcome, view.body["text"].as_str().unwrap().to_owned())).collect()
}

tests::scenarios! {
    async fn bk_9_ten_groups_of_which_four_arrived_fail_the_day_cancelled_ones_count(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("machao").await;
        let booked = book_some(&mut phone, 0..10);
        phone.sync().await.unwrap();
        house.at("10:00").await;
        arrive(&house, 0..4).await;
        // to look better at the end of the day
        for id in &booked[4..] {
            phone.command(&BOOKING, *id, "cancel", json!({}));
        }
        phone.sync().await.unwrap();
        assert_eq!(brief(counted(&house, DAY, "00:00").await), (10, 4, "failed".to_owned()));
        let notices = notices(&house).await;
        assert_eq!(notices.len(), 1, "the office is told once");
        let (subject, outcome, text) = &notices[0];
        assert_eq!(outcome, "failed");
        assert!(text.contains("Of 10 groups booked that day 4 arrived"), "{text}");
        // why, for the office alone
        let path = format!("/v1/rulings?subject={subject}");
        let rulings: serde_json::Value = house.as_user("huangyan").await.get(&path).await.unwrap();
        assert_eq!((&rulings[0]["reasons"][0]["rule"], &rulings[0]["reasons"][0]["facts"]["groups"]), (&json!("BK-9"), &json!(10)));
        for stranger in ["machao", "lihua", "gaofei"] {
            let stranger = house.as_user(stranger).await;
            assert_eq!(refused(stranger.get::<serde_json::Value>(&path).await), (404, "not-found".to_owned()));
        }
        assert_eq!(crate::house::told(&mut phone, booked[0]).await.0, "used", "void only when disputed");
        house.replay().await;
    }

    async fn bk_9_exactly_half_passes_and_nine_groups_are_not_many(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("machao").await;
        book_some(&mut phone, 0..9);
        book_some(&mut phone, 0..3); // the same customers again are no more groups
        phone.sync().await.unwrap();
        assert_eq!(brief(counted(&house, DAY, "00:00").await), (9, 0, String::new()));
        let mut phone = house.phone("machao").await;
        book_some(&mut phone, 0..10);
        phone.sync().await.unwrap();
        house.at(&format!("{NEXT}T10:00:00+08:00")).await;
        arrive(&house, 0..5).await;
        house.at("2026-11-25T00:00:00+08:00").await;
        Jobs::default().run(house.server.app()).await.unwrap();
        let mut db = house.server.app().db.read().await.unwrap();
        let day = partner_days::find(&mut db, PROJECT, PARTNER, NEXT).await.unwrap();
        assert_eq!(brief(day), (10, 5, "passed".to_owned()));
        drop(db);
        assert_eq!(notices(&house).await, [], "nothing to tell");
    }

    async fn bk_9_a_late_booking_of_the_day_turns_passed_into_failed(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("machao").await;
        let mut late = house.phone("linna").await;
        book_some(&mut phone, 0..10);
        phone.sync().await.unwrap();
        house.at("10:00").await;
        arrive(&house, 0..5).await;
        late.clock.pass_minutes(60);
        book_some(&mut late, 10..11);
        assert_eq!(brief(counted(&house, DAY, "00:00").await), (10, 5, "passed".to_owned()));
        house.at(&format!("{NEXT}T00:01:00+08:00")).await;
        late.clock.set_ms(house.server.app().clock.now());
        late.sync().await.unwrap();
        assert_eq!(brief(counted(&house, DAY, "00:02").await), (11, 5, "failed".to_owned()));
        // its moment straddles midnight, so it may lie on the next day, too
        house.at("2026-11-25T00:00:00+08:00").await;
        Jobs::default().run(house.server.app()).await.unwrap();
        let mut db = house.server.app().db.read().await.unwrap();
        let next = partner_days::find(&mut db, PROJECT, PARTNER, NEXT).await.unwrap();
        assert_eq!(brief(next), (1, 0, String::new()));
        drop(db);
        assert_eq!(notices(&house).await.len(), 1);
        house.replay().await;
    }

    async fn bk_9_own_staff_are_never_counted(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("zhangwei").await;
        book_some(&mut phone, 0..12);
        phone.sync().await.unwrap();
        assert_eq!(counted(&house, DAY, "00:00").await, None);
        assert_eq!(notices(&house).await, []);
    }
}
