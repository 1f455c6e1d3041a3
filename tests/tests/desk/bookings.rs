//! Bookings at the desk: in time, of the day, of the customer.

use api_spec::desk::{Booking, SheetStatus};
use api_spec::primitives::{Holder, Page};
use sync_core::kinds::BOOKING;
use tests::world::{self, PROJECT};

use crate::house::{House, MASK, NUMBER, arrival, book, instant, told, verdict};

tests::scenarios! {
    async fn bk_1_a_booking_of_exactly_30_minutes_counts(engine: Engine) {
        let house = House::open(engine).await;
        let (mut early, used) = house.book("zhangwei", "王女士", MASK).await;
        let (mut late, void) = house.book("zhaolei", "李先生", "139****0001").await;
        let desk = house.desk().await;
        house.at("09:29:59").await;
        let sheet = desk.booked(1, "李强", "13900000001").await;
        assert_eq!(verdict(&sheet), (SheetStatus::Void, vec!["BK-1"]));
        assert_eq!((sheet.holder, sheet.booking), (None, None));
        house.at("09:30").await;
        let sheet = desk.booked(2, "王丽", NUMBER).await;
        assert_eq!(verdict(&sheet), (SheetStatus::Valid, vec!["BK-6", "BK-1"]));
        assert_eq!(sheet.holder, Some(Holder { user: Some(world::id("zhangwei")), partner: None }));
        assert_eq!((sheet.booking, sheet.customer.phone_masked.as_str()), (Some(used), MASK));
        // BK-15: both learn it at once
        assert_eq!(told(&mut early, used).await, ("used".to_owned(), vec!["BK-6".to_owned(), "BK-1".to_owned()]));
        assert_eq!(told(&mut late, void).await, ("void".to_owned(), vec!["BK-1".to_owned()]));
        assert_eq!(house.replay().await, 6, "P9");
    }

    async fn bk_1_what_the_evidence_leaves_open_is_reviewed_and_stays_reserved(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("zhangwei").await;
        phone.clock.pass_minutes(10);
        phone.clock.reboot(); // no proof of when, between the anchor and the receipt
        let booking = book(&mut phone, "王女士", MASK);
        house.at("09:35").await;
        phone.sync().await.unwrap();
        let desk = house.desk().await;
        house.at("09:50").await;
        let sheet = desk.booked(1, "王丽", NUMBER).await;
        assert_eq!(verdict(&sheet), (SheetStatus::Review, vec!["BK-1"]));
        assert_eq!((sheet.holder, sheet.booking), (None, Some(booking)));
        let reserved = house.standing("sheet", &[house.customer(sheet.id).await]).await;
        assert_eq!(reserved.len(), 1);
        assert_eq!((reserved[0].state.as_str(), reserved[0].holder_user, reserved[0].until_at), ("reserved", None, None));
        assert_eq!(told(&mut phone, booking).await.0, "live", "unclear suspends nothing");
        assert_eq!(desk.brought(2, NUMBER, "zhaolei").await.status, SheetStatus::Review, "nobody gets the customer meanwhile");
    }

    async fn bk_5_a_booking_fits_when_digits_and_name_fit(engine: Engine) {
        let house = House::open(engine).await;
        let (mut phone, booking) = house.book("zhangwei", "欧阳女士", MASK).await;
        let desk = house.desk().await;
        house.at("10:00").await;
        let sheet = desk.booked(1, "王丽", NUMBER).await;
        assert_eq!(verdict(&sheet), (SheetStatus::Review, vec!["BK-5"]), "never a guess");
        assert_eq!(told(&mut phone, booking).await.0, "live");
        let other = desk.booked(2, "欧阳 娜娜", "138 9999 5678").await;
        assert_eq!((other.status, other.booking), (SheetStatus::Valid, Some(booking)), "another number with the same digits");
        let nobody = desk.booked(3, "欧阳娜娜", "13812340000").await;
        assert_eq!(verdict(&nobody), (SheetStatus::WalkIn, vec![]), "other digits");
    }

    async fn bk_6_a_booking_is_good_on_its_day_only(engine: Engine) {
        let house = House::open(engine).await;
        house.at("23:50").await;
        let (_, of_yesterday) = house.book("zhangwei", "王女士", MASK).await;
        let mut open = house.phone("zhaolei").await;
        open.clock.pass_minutes(5);
        open.clock.reboot();
        book(&mut open, "李先生", "139****0001");
        house.at("2026-11-24T00:10:00+08:00").await;
        open.sync().await.unwrap();
        house.at("2026-11-24T10:00:00+08:00").await;
        let desk = house.desk().await;
        let sheet = desk.booked(1, "王丽", NUMBER).await;
        assert_eq!((sheet.status, sheet.booking), (SheetStatus::WalkIn, None), "{of_yesterday} was of yesterday");
        assert_eq!(verdict(&desk.booked(2, "李强", "13900000001").await), (SheetStatus::Review, vec!["BK-6"]));
    }

    async fn bk_13_what_comes_in_after_the_arrival_never_passes_for_certain(engine: Engine) {
        let house = House::open(engine).await;
        let mut offline = house.phone("zhangwei").await;
        let booking = book(&mut offline, "王女士", MASK);
        house.at("09:55").await;
        offline.clock.set_ms(house.server.app().clock.now());
        offline.sync().await.unwrap();
        house.at("10:00").await;
        let desk = house.desk().await;
        let mut body = arrival(1, "王丽", NUMBER);
        body["arrived_at"] = instant("09:50").into();
        let sheet = desk.arrive(&body).await.unwrap();
        assert_eq!((verdict(&sheet), sheet.booking), ((SheetStatus::Review, vec!["BK-1"]), Some(booking)));
    }

    async fn bk_2_the_feed_of_the_day_is_in_server_order_and_masked(engine: Engine) {
        let house = House::open(engine).await;
        let (mut phone, first) = house.book("zhangwei", "王女士", MASK).await;
        let (_, second) = house.book("machao", "李先生", "139****0001").await;
        phone.command(&BOOKING, first, "cancel", serde_json::json!({}));
        phone.sync().await.unwrap();
        let path = format!("/v1/projects/{PROJECT}/bookings");
        let lead = house.as_user("lihua").await;
        let mut feed: Vec<Booking> = Vec::new();
        let mut cursor = String::new();
        loop {
            let page: Page<Booking> = lead.get(&format!("{path}?limit=1{cursor}")).await.unwrap();
            assert_eq!(page.items.len(), 1);
            feed.extend(page.items);
            let Some(next) = page.next_cursor else { break };
            cursor = format!("&cursor={next}");
        }
        let ids: std::collections::BTreeSet<_> = feed.iter().map(|booking| booking.id).collect();
        assert_eq!(ids, [first, second].into());
        let of = |id| feed.iter().find(|booking| booking.id == id).unwrap();
        assert_eq!((of(first).phase.as_str(), of(first).verdict.as_ref().unwrap().outcome.as_str()), ("cancelled", "cancelled"));
        assert_eq!((of(second).partner, of(second).owner.name.as_str()), (Some(world::PARTNER), "MACHAO"));
        let empty: Page<Booking> = lead.get(&format!("{path}?day=2026-11-24")).await.unwrap();
        assert_eq!(empty.items, []);
        let own = house.as_user("zhangwei").await;
        assert_eq!(crate::house::refused(own.get::<Page<Booking>>(&path).await), (403, "forbidden".to_owned()));
    }
}
