//! Canvassing: tallies that two phones add to, from contacts to deals, and customers that are handed over (FW-4).

use serde_json::{Value, json};
use sync_core::kinds::{BOOKING, CANVASS, LEAD};
use tests::world::{POST, TEAMS, id};
use uuid::Uuid;

use crate::house::{House, items, on_project, refused};

tests::scenarios! {
    async fn a_tally_that_two_phones_add_to_offline_counts_both_and_never_falls_below_zero(engine: Engine) {
        let house = House::open(engine).await;
        let (mut zhang, mut liu) = (house.phone("zhangwei").await, house.phone("liuyang").await);
        let stint = zhang.create(&CANVASS, json!({"post": POST, "place": "地铁口"}));
        house.sync(&mut zhang).await;
        house.sync(&mut liu).await;
        for (phone, contacts) in [(&mut zhang, 12), (&mut liu, 8)] {
            phone.add(&CANVASS, stint, "contacts", contacts);
            phone.add(&CANVASS, stint, "interested", 1);
        }
        zhang.add(&CANVASS, stint, "flyers", -5);
        for order in 0..2 {
            house.sync(if order == 0 { &mut liu } else { &mut zhang }).await;
        }
        let lead = house.user("lihua").await;
        let span = "from=2026-11-01&until=2026-11-30";
        for filter in [String::new(), format!("&post={POST}"), format!("&team={}", TEAMS[0]), format!("&owner={}", id("zhangwei"))] {
            let days = items(&lead, &on_project(&format!("funnel?{span}{filter}"))).await;
            let [day] = &days[..] else { panic!("{days:?}") };
            let brief = [&day["day"], &day["contacts"], &day["interested"], &day["flyers"]].map(Value::clone);
            assert_eq!(brief, [json!("2026-11-02"), json!(20), json!(2), json!(0)], "{filter}");
        }
        assert!(items(&lead, &on_project(&format!("funnel?{span}&post={}", Uuid::from_u128(7)))).await.is_empty());
        let other_lead = house.user("chenjing").await;
        assert!(items(&other_lead, &on_project(&format!("funnel?{span}"))).await.is_empty(), "another team's");
        let path = on_project(&format!("funnel?{span}"));
        assert_eq!(refused(house.user("zhangwei").await.get::<Value>(&path).await).0, 403);
        assert_eq!(refused(house.user("gaofei").await.get::<Value>(&path).await).0, 404);
        assert_eq!(refused(lead.get::<Value>(&on_project("funnel?from=2026-11-02&until=2026-11-01")).await).0, 400);
        assert_eq!(refused(lead.get::<Value>(&on_project("funnel?from=2026-11-02&until=2027-02-02")).await).0, 400);
    }

    async fn fw_4_a_canvassers_customer_is_handed_over_with_both_signatures(engine: Engine) {
        let house = House::open(engine).await;
        let mut zhang = house.phone("zhangwei").await;
        let stint = zhang.create(&CANVASS, json!({"post": POST}));
        zhang.add(&CANVASS, stint, "contacts", 3);
        zhang.create(&LEAD, json!({"name": "王丽", "phone": "13812345678", "source": "canvass"}));
        zhang.create(&BOOKING, json!({"customer_name": "王丽", "phone_masked": "138****5678", "route": "booked"}));
        house.sync(&mut zhang).await;
        house.at("2026-11-02", "10:00").await;
        let desk = house.user("zhoumei").await;
        let body = json!({"id": Uuid::from_u128(1), "customer": {"name": "王丽", "phone": "13812345678"}, "companions": [], "route": "booked"});
        let sheet: Value = desk.post(&on_project("arrivals"), &body).await.unwrap();
        assert_eq!((&sheet["status"], &sheet["holder"]["user"]), (&json!("valid"), &json!(id("zhangwei"))), "{sheet}");
        let act = |act: &str| format!("/v1/confirmations/{}/{act}", Uuid::from_u128(1));
        let site_lead = house.user("xujun").await;
        assert_eq!(refused(site_lead.post::<Value>(&act("confirm"), &json!({})).await).0, 409, "the consultant is first");
        let consultant = if sheet["consultant"]["id"] == json!(id("wuqiang")) { "wuqiang" } else { "fenglin" };
        house.user(consultant).await.post::<Value>(&act("sign"), &json!({})).await.unwrap();
        let signed: Value = site_lead.post(&act("confirm"), &json!({})).await.unwrap();
        assert_eq!(signed["state"], "confirmed");
        let days = items(&site_lead, &on_project("funnel?from=2026-11-02&until=2026-11-02")).await;
        let steps = ["contacts", "leads", "bookings", "arrivals", "deals"].map(|step| days[0][step].clone());
        assert_eq!(steps, [3, 1, 1, 1, 0].map(|count| json!(count)));
        let csv = site_lead.request(reqwest::Method::GET, &on_project("funnel?from=2026-11-02&until=2026-11-02&format=csv"));
        let text = csv.send().await.unwrap().text().await.unwrap();
        assert!(text.contains("2026-11-02,0,3,0,0,1,1,1,0"), "{text}");
    }
}
