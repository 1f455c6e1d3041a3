//! Floods of bookings: over a prefix, and taken back before anybody counts.

use api_spec::desk::SheetStatus::{Review, Valid};
use serde_json::json;
use server::jobs::Jobs;
use server::store::partner_days;
use sync_core::kinds::BOOKING;
use tests::world::{self, PARTNER, PROJECT};

use crate::flags;
use crate::house::{House, arrival, book, brought, told, verdict};

/// Ends the day; how many groups the partner booked, how many arrived, and what was ruled.
async fn end_the_day(house: &House) -> (i64, i64, String) {
    house.at("2026-11-24T00:00:00+08:00").await;
    Jobs::default().run(house.server.app()).await.unwrap();
    let mut db = house.server.app().db.read().await.unwrap();
    let day = partner_days::find(&mut db, PROJECT, PARTNER, "2026-11-23").await.unwrap().unwrap();
    (day.booked, day.arrived, day.outcome.unwrap_or_default())
}

tests::scenarios! {
    /// Every mask of a prefix, so that whoever comes is booked already.
    async fn bk_5_bk_8_bk_9_a_flood_over_a_prefix_wins_nobody_and_fails_the_day(engine: Engine) {
        let house = House::open(engine).await;
        let mut flood = house.phone("machao").await;
        let ids: Vec<_> = (0..120).map(|n| book(&mut flood, "王女士", &format!("138****{n:04}"))).collect();
        flood.sync().await.unwrap();
        // BK-8: from the hundred-and-first on a person looks, and the office sees them waiting
        assert_eq!(told(&mut flood, ids[99]).await.0, "live");
        assert_eq!(told(&mut flood, ids[100]).await, ("review".to_owned(), vec!["BK-8".to_owned()]));
        assert_eq!(flags(&house, "huangyan", "booking").await, vec!["BK-8"; 20]);
        assert_eq!(flags(&house, "lihua", "booking").await, vec![""; 0], "a partner's agents are no team's");
        house.at("10:00").await;
        let desk = house.desk().await;
        // BK-5: digits alone win nobody; the victim brings the customer and keeps them
        let mut body = brought(1, "13812340005", "zhangwei");
        body["customer"]["name"] = "李强".into();
        let sheet = desk.arrive(&body).await.unwrap();
        assert_eq!((sheet.status, sheet.holder.unwrap().user), (Valid, Some(world::id("zhangwei"))));
        // nobody brings the customer: a person looks, it is never a guess
        let sheet = desk.arrive(&arrival(2, "李强", "13812340006")).await.unwrap();
        assert_eq!((verdict(&sheet), sheet.holder), ((Review, vec!["BK-5"]), None));
        assert_eq!(flags(&house, "xujun", "confirmation").await, ["BK-5"]);
        // BK-9: the day loses its disputes
        assert_eq!(end_the_day(&house).await, (120, 0, "failed".to_owned()));
        house.replay().await;
    }

    /// A customer whose name happens to fit, too: the victim's earlier booking still ranks before the flood.
    async fn ds_3_a_flood_that_fits_by_chance_ranks_behind_the_earlier_booking(engine: Engine) {
        let house = House::open(engine).await;
        let (mut victim, won) = house.book("zhangwei", "王女士", "138****0005").await;
        house.at("09:01").await;
        let mut flood = house.phone("machao").await;
        let ids: Vec<_> = (0..12).map(|n| book(&mut flood, "王女士", &format!("138****{n:04}"))).collect();
        flood.sync().await.unwrap();
        house.at("10:00").await;
        let sheet = house.desk().await.booked(1, "王丽", "13812340005").await;
        assert_eq!((sheet.status, sheet.booking), (Valid, Some(won)));
        assert_eq!(told(&mut victim, won).await.0, "used");
        assert_eq!(told(&mut flood, ids[5]).await, ("void".to_owned(), vec!["DS-3".to_owned()]));
    }

    /// What came to nothing is taken back before the day is counted.
    async fn bk_9_cancelling_before_day_close_hides_nothing(engine: Engine) {
        let house = House::open(engine).await;
        let mut flood = house.phone("machao").await;
        let ids: Vec<_> = (0..10).map(|n| book(&mut flood, "王女士", &format!("138****{n:04}"))).collect();
        for id in ids {
            flood.command(&BOOKING, id, "cancel", json!({}));
        }
        flood.sync().await.unwrap();
        assert_eq!(end_the_day(&house).await, (10, 0, "failed".to_owned()));
        let office = house.phone("huangyan").await;
        let told: Vec<_> = office.replica.records().into_iter().filter(|view| view.kind == "notice").collect();
        assert_eq!(told.len(), 1, "the office has it in its feed");
    }

    /// Accepted by a person, a booking beyond the hundredth is as good as any other: diligence is not punished.
    async fn bk_8_what_a_person_accepts_counts(engine: Engine) {
        let house = House::open(engine).await;
        let mut diligent = house.phone("zhangwei").await;
        let ids: Vec<_> = (0..101).map(|n| book(&mut diligent, "王女士", &format!("138****{n:04}"))).collect();
        diligent.sync().await.unwrap();
        let lead = house.as_user("lihua").await;
        let path = format!("/v1/reviews?project={PROJECT}&kind=booking");
        let open: api_spec::primitives::Page<api_spec::rulings::Review> = lead.get(&path).await.unwrap();
        assert_eq!(open.items.len(), 1, "one waits");
        let review = &open.items[0];
        let decide = lead.with_header(reqwest::header::IF_MATCH, "*");
        let decision = json!({"outcome": "live", "reason": "a fair"});
        let path = format!("/v1/rulings/{}/decide", review.ruling.id);
        decide.post::<api_spec::rulings::Ruling>(&path, &decision).await.unwrap();
        assert_eq!(told(&mut diligent, ids[100]).await.0, "live");
        house.at("10:00").await;
        let sheet = house.desk().await.booked(1, "王丽", "13812340100").await;
        assert_eq!((sheet.status, sheet.booking), (Valid, Some(ids[100])));
        house.replay().await;
    }
}
