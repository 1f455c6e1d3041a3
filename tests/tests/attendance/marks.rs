//! What bears on a day makes it due.

use serde_json::json;
use sync_core::kinds::CHECKIN;

use crate::house::{DAY, House, check, check_with, refused, told};

tests::scenarios! {
    async fn at_1_a_check_in_its_witness_and_its_withdrawal_make_the_day_due(engine: Engine) {
        let house = House::open(engine).await;
        let marks = async |username: &str, day: &str| house.day(username, day).await.map_or(0, |day| day.marks);
        let mut phone = house.phone("wangfang").await;
        let id = check(&mut phone, "on");
        house.sync(&mut phone).await;
        assert_eq!(told(&phone, id).0, "on_time");
        assert_eq!((marks("wangfang", DAY).await, marks("wangfang", "2026-11-22").await), (1, 0));
        let mut lead = house.phone("lihua").await;
        lead.command(&CHECKIN, id, "witness", json!({}));
        check_with(&mut lead, "off", json!({"subject": tests::world::id("wangfang")}));
        house.sync(&mut lead).await;
        assert_eq!(marks("wangfang", DAY).await, 2, "one push");
        phone.command(&CHECKIN, id, "withdraw", json!({"reason": "a mistake"}));
        house.sync(&mut phone).await;
        assert_eq!(marks("wangfang", DAY).await, 3);
        assert_eq!(marks("lihua", DAY).await, 0);
        house.jobs().await;
        assert_eq!(house.outcome("wangfang", DAY).await, "-", "the day is not over");
        assert!(house.replay().await > 0);
        let stranger = house.user("gaofei").await;
        assert_eq!(refused(stranger.get::<serde_json::Value>(&format!("/v1/rulings?subject={id}")).await).0, 404);
    }
}
