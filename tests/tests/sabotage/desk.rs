//! A friendly desk: sheets that are entered late, with a time that suits somebody.

use api_spec::desk::SheetStatus::{Review, Valid, Void};
use api_spec::desk::{Confirmation, SheetStatus};
use api_spec::primitives::Page;
use serde_json::json;
use tests::world::PROJECT;

use crate::house::{House, MASK, NUMBER, arrival, book, brought, instant, told, verdict};

/// What the site lead reads in the list of the day: status and rules of every sheet.
async fn listed(house: &House) -> Vec<(SheetStatus, Vec<String>)> {
    let path = format!("/v1/projects/{PROJECT}/confirmations?day=2026-11-23");
    let page: Page<Confirmation> = house.as_user("xujun").await.get(&path).await.unwrap();
    let rules = |sheet: Confirmation| sheet.reasons.into_iter().map(|reason| reason.rule).collect();
    page.items.into_iter().map(|sheet| (sheet.status, rules(sheet))).collect()
}

tests::scenarios! {
    /// The arrival is moved back, so that the rival's booking comes too late: it shows on the sheet, and the rival learns it at once.
    async fn cf_3_an_arrival_moved_back_is_flagged_on_the_sheet(engine: Engine) {
        let house = House::open(engine).await;
        house.at("09:20").await;
        let (mut rival, booking) = house.book("zhaolei", "王女士", MASK).await;
        house.at("10:00").await;
        let mut body = brought(1, NUMBER, "zhangwei");
        body["arrived_at"] = instant("09:44").into();
        let sheet = house.desk().await.arrive(&body).await.unwrap();
        assert_eq!(verdict(&sheet), (Valid, vec!["BK-11", "CF-3"]));
        assert_eq!(listed(&house).await, [(Valid, vec!["BK-11".to_owned(), "CF-3".to_owned()])]);
        assert_eq!(told(&mut rival, booking).await, ("void".to_owned(), vec!["BK-1".to_owned()]), "and may open a case");
        house.replay().await;
    }

    async fn cf_3_fifteen_minutes_are_not_flagged_and_the_future_and_yesterday_are_refused(engine: Engine) {
        let house = House::open(engine).await;
        house.at("10:00").await;
        let desk = house.desk().await;
        for (n, at, flagged) in [(1, "09:45", false), (2, "09:44:59", true)] {
            let mut body = brought(n, &format!("1390000000{n}"), "zhangwei");
            body["arrived_at"] = instant(at).into();
            let sheet = desk.arrive(&body).await.unwrap();
            assert_eq!(verdict(&sheet).1.contains(&"CF-3"), flagged, "{at}");
        }
        for at in ["10:00:01", "2026-11-22T09:59:59+08:00"] {
            let mut body = brought(3, NUMBER, "zhangwei");
            body["arrived_at"] = instant(at).into();
            assert_eq!(crate::house::rule_of(desk.arrive(&body).await).1, "CF-3", "{at}");
        }
    }

    /// The customer is there; a friend books now, offline, and says it was earlier; the desk waits for the booking.
    async fn bk_13_a_booking_received_after_the_arrival_never_passes(engine: Engine) {
        let house = House::open(engine).await;
        let mut friend = house.phone("zhangwei").await;
        let booking = book(&mut friend, "王女士", MASK); // it says 09:00
        house.at("10:05").await;
        friend.sync().await.unwrap();
        let mut body = arrival(1, "王丽", NUMBER);
        body["arrived_at"] = instant("10:00").into();
        let desk = house.desk().await;
        let sheet = desk.arrive(&body).await.unwrap();
        assert_eq!(verdict(&sheet), (Review, vec!["BK-1"]));
        assert_eq!(told(&mut friend, booking).await.0, "live");
        // booked online after the customer came, it is void, however late the sheet is entered
        let (mut friend, late) = house.book("zhangwei", "李女士", "139****0001").await;
        house.at("10:40").await;
        let body = json!({
            "id": crate::house::sheet(2), "customer": {"name": "李丽", "phone": "13900000001"}, "route": "booked",
            "arrived_at": instant("10:00")
        });
        assert_eq!(verdict(&desk.arrive(&body).await.unwrap()), (Void, vec!["BK-1", "CF-3"]));
        assert_eq!(told(&mut friend, late).await.0, "void");
        house.replay().await;
    }
}
