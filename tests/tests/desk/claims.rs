//! Who brings, who booked, who comes along.

use api_spec::desk::SheetStatus::{Review, Valid, Void, WalkIn};
use api_spec::primitives::Holder;
use serde_json::json;
use tests::world::{self, PARTNER};

use crate::house::{House, MASK, NUMBER, arrival, brought, told, verdict};

tests::scenarios! {
    async fn bk_11_who_brings_a_new_customer_needs_no_booking(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.desk().await;
        let sheet = desk.brought(1, NUMBER, "zhangwei").await;
        assert_eq!((sheet.status, sheet.booking), (Valid, None));
        assert_eq!(sheet.holder, Some(Holder { user: Some(world::id("zhangwei")), partner: None }));

        let (mut phone, fell) = house.book("machao", "李女士", "139****0001").await;
        let mut body = brought(2, "13900000001", "machao");
        body["customer"]["name"] = "李丽".into();
        let sheet = desk.arrive(&body).await.unwrap();
        assert_eq!(sheet.status, Valid, "the booking came too late, the agent came along");
        assert_eq!(sheet.holder, Some(Holder { user: None, partner: Some(PARTNER) }), "the company's");
        assert_eq!(told(&mut phone, fell).await, ("void".to_owned(), vec!["BK-1".to_owned()]));
        house.replay().await;
    }

    async fn ds_3_brought_by_one_and_booked_by_another_is_for_a_human(engine: Engine) {
        let house = House::open(engine).await;
        let (mut phone, booking) = house.book("zhaolei", "王女士", MASK).await;
        house.at("10:00").await;
        let sheet = house.desk().await.brought(1, NUMBER, "zhangwei").await;
        assert_eq!(verdict(&sheet), (Review, vec!["DS-3"]));
        assert_eq!((sheet.holder, told(&mut phone, booking).await.0.as_str()), (None, "live"));
    }

    async fn ds_3_the_certainly_earliest_booking_wins_and_the_others_learn_it(engine: Engine) {
        let house = House::open(engine).await;
        let (mut first, won) = house.book("zhaolei", "王女士", MASK).await;
        house.at("09:05").await;
        let (mut second, lost) = house.book("zhangwei", "王丽", MASK).await;
        house.at("10:00").await;
        let sheet = house.desk().await.booked(1, "王丽", NUMBER).await;
        assert_eq!((sheet.status, sheet.booking), (Valid, Some(won)));
        assert_eq!(told(&mut first, won).await.0, "used");
        assert_eq!(told(&mut second, lost).await, ("void".to_owned(), vec!["DS-3".to_owned()]));
        house.replay().await;
    }

    async fn pt_29_a_suspended_partner_brings_nobody(engine: Engine) {
        let house = House::open(engine).await;
        house.suspend_partner().await;
        let desk = house.desk().await;
        assert_eq!(verdict(&desk.brought(1, NUMBER, "machao").await).0, Void);
        let mut body = arrival(2, "李丽", "13900000001");
        body["route"] = "brought".into();
        body["brought_by"] = json!({"partner": PARTNER, "agent_name": "赵强"});
        assert_eq!(verdict(&desk.arrive(&body).await.unwrap()), (Void, vec!["PT-29"]));
    }

    async fn bk_10_who_comes_along_counts_each_alone(engine: Engine) {
        let house = House::open(engine).await;
        house.lead("zhaolei", "李丽", "13900000001").await;
        house.book("zhangwei", "王女士", MASK).await;
        house.at("10:00").await;
        let desk = house.desk().await;
        let along = json!([{"name": "王强", "phone": "13900000002"}, {"name": "李丽", "phone": "13900000001"}]);
        let mut body = arrival(1, "王丽", NUMBER);
        body["companions"] = along;
        let sheet = desk.arrive(&body).await.unwrap();
        let companions: Vec<_> = sheet
            .companions
            .iter()
            .map(|each| (each.status, each.visitor.phone_masked.as_str(), each.reasons[0].rule.as_str()))
            .collect();
        assert_eq!(companions, [(Valid, "139****0002", "BK-10"), (Review, "139****0001", "PR-2")]);
        let later = desk.brought(2, "13900000002", "zhaolei").await;
        assert_eq!(verdict(&later), (Void, vec!["PR-3"]), "reserved for zhangwei");

        let mut body = arrival(3, "赵丽", "13900000003");
        body["companions"] = json!([{"name": "赵强", "phone": "13900000004"}]);
        let sheet = desk.arrive(&body).await.unwrap();
        assert_eq!((sheet.status, sheet.companions[0].status), (WalkIn, WalkIn));
        assert_eq!(verdict(&desk.brought(4, "13900000004", "zhaolei").await), (Void, vec!["BK-14"]));
        house.replay().await;
    }
}
