//! Bookings in the feed and against each other: who reads them (BK-2), on whose behalf (BK-3, BK-4), how often (BK-7), whose customer is new
//! (BK-14, BK-15).

use serde_json::json;
use sync_core::kinds::BOOKING;
use tests::phone::Phone;
use tests::world;
use uuid::Uuid;

use crate::house::{House, MASK, NUMBER, book, told};

async fn sees(house: &House, username: &str, record: Uuid) -> bool {
    house.phone(username).await.replica.view(record).is_some()
}

fn outcome(text: &str, rules: &[&str]) -> (String, Vec<String>) {
    (text.to_owned(), rules.iter().map(ToString::to_string).collect())
}

/// Books at the server's time on a phone that is there.
async fn book_again(house: &House, phone: &mut Phone) -> (Uuid, (String, Vec<String>)) {
    phone.clock.set_ms(house.server.app().clock.now());
    let id = book(phone, "王女士", MASK);
    let told = told(phone, id).await;
    (id, told)
}

tests::scenarios! {
    async fn bk_2_the_desk_the_leads_the_office_and_the_bookers_company_read_the_feed(engine: Engine) {
        let house = House::open(engine).await;
        let (_, of_partner) = house.book("machao", "王女士", MASK).await;
        let (_, of_staff) = house.book("zhangwei", "李先生", "139****0001").await;
        for reader in ["zhoumei", "xujun", "lihua", "chenjing", "huangyan"] {
            assert!(sees(&house, reader, of_partner).await && sees(&house, reader, of_staff).await, "{reader}");
        }
        assert!(sees(&house, "linna", of_partner).await, "a colleague of the same company");
        for stranger in ["linna", "zhaolei", "liuyang", "wuqiang", "gaofei"] {
            assert!(!sees(&house, stranger, of_staff).await, "{stranger}");
        }
        for stranger in ["zhangwei", "wuqiang", "gaofei"] {
            assert!(!sees(&house, stranger, of_partner).await, "{stranger}");
        }
    }

    async fn bk_3_bk_4_on_behalf_of_somebody_is_flagged_and_reaches_the_company(engine: Engine) {
        let house = House::open(engine).await;
        let mut office = house.phone("huangyan").await;
        let fields = json!({
            "customer_name": "王女士", "phone_masked": MASK, "route": "booked", "subject": world::id("machao")
        });
        let id = office.create(&BOOKING, fields.clone());
        assert_eq!(told(&mut office, id).await, outcome("live", &["BK-4"]));
        assert!(sees(&house, "machao", id).await && sees(&house, "linna", id).await);
        house.at("10:00").await;
        let sheet = house.desk().await.booked(1, "王丽", NUMBER).await;
        assert_eq!(sheet.holder.unwrap().partner, Some(world::PARTNER), "the company's, not the office's");
        // a promoter cannot book for another
        let mut other = house.phone("zhaolei").await;
        other.create(&BOOKING, fields);
        let outcomes = other.sync().await.unwrap().outcomes;
        assert_eq!(outcomes[0].rule.as_deref(), Some("not-permitted"));
        house.replay().await;
    }

    async fn bk_7_cancelled_at_once_does_not_count_and_a_valid_arrival_resets_the_count(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("zhangwei").await;
        let (first, _) = book_again(&house, &mut phone).await;
        phone.clock.pass_minutes(10);
        phone.command(&BOOKING, first, "cancel", json!({}));
        house.at("09:10").await;
        phone.sync().await.unwrap();
        for _ in 0..3 {
            assert_eq!(book_again(&house, &mut phone).await.1, outcome("live", &[]));
        }
        let (_, fourth) = book_again(&house, &mut phone).await;
        assert_eq!(fourth, outcome("void", &["BK-7"]));
        house.at("10:00").await;
        let sheet = house.desk().await.booked(1, "王丽", NUMBER).await;
        house.sign_and_confirm(&sheet).await;
        house.at("2026-11-24T09:00:00+08:00").await;
        assert_eq!(book_again(&house, &mut phone).await.1, outcome("live", &[]), "after a valid arrival");
        house.replay().await;
    }

    async fn bk_7_cancelled_after_ten_minutes_counts(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("zhangwei").await;
        let (first, _) = book_again(&house, &mut phone).await;
        house.at("09:10:01").await;
        phone.clock.set_ms(house.server.app().clock.now());
        phone.command(&BOOKING, first, "cancel", json!({}));
        phone.sync().await.unwrap();
        book_again(&house, &mut phone).await;
        book_again(&house, &mut phone).await;
        assert_eq!(book_again(&house, &mut phone).await.1, outcome("void", &["BK-7"]));
    }

    async fn bk_14_bk_15_who_books_a_registered_customer_learns_the_end_at_once_and_never_whose(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.desk().await;
        let opened = desk.brought(1, NUMBER, "zhaolei").await;
        house.at("09:10").await;
        house.sign_and_confirm(&opened).await;
        let mut body = crate::house::arrival(2, "李丽", "13900000001");
        body["route"] = "walk_in".into();
        desk.arrive(&body).await.unwrap();
        let rows = [("王女士", MASK, "PR-3", "2027-01-23T01:10:00.000Z"), ("李女士", "139****0001", "BK-14", "2027-01-23T01:10:00.000Z")];
        for (name, mask, rule, until) in rows {
            house.at("2026-11-24T09:20:00+08:00").await;
            let mut phone = house.phone("zhangwei").await;
            phone.reseed(rule);
            let id = book(&mut phone, name, mask);
            assert_eq!(told(&mut phone, id).await, outcome("void", &[rule]));
            let verdict = phone.replica.view(id).unwrap().verdict.unwrap();
            assert_eq!(verdict.until.as_deref(), Some(until));
            let text = serde_json::to_string(&verdict).unwrap();
            assert!(!text.contains(&world::id("zhaolei").to_string()) && !text.contains("ZHAOLEI"), "{text}");
        }
    }
}
