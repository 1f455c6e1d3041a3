//! Phones in drawers: an old anchor, kept to say later that one was earlier.

use api_spec::desk::SheetStatus::{Review, Valid};
use serde_json::json;
use sync_core::kinds::LEAD;

use crate::flags;
use crate::house::{House, MASK, NUMBER, book, told, verdict};

tests::scenarios! {
    async fn bk_13_a_drawer_opened_within_hours_gets_a_human_and_suspends_nothing(engine: Engine) {
        let house = House::open(engine).await;
        let mut drawer = house.phone("zhaolei").await; // its anchor is of 09:00
        house.at("10:00").await;
        let (mut victim, stands) = house.book("zhangwei", "王女士", MASK).await;
        drawer.clock.pass_minutes(30); // it says 09:30
        let claim = book(&mut drawer, "王女士", MASK);
        house.at("11:00").await;
        assert_eq!(told(&mut drawer, claim).await.0, "live", "a claim is never refused");
        assert_eq!(told(&mut victim, stands).await.0, "live", "what stands is not suspended");
        house.at("11:40").await;
        let sheet = house.desk().await.booked(1, "王丽", NUMBER).await;
        assert_eq!((verdict(&sheet), sheet.holder), ((Review, vec!["DS-3"]), None), "certainly earlier is out of reach");
        assert_eq!(flags(&house, "xujun", "confirmation").await, ["DS-3"]);
        assert_eq!(told(&mut victim, stands).await.0, "live");
        house.replay().await;
    }

    async fn ds_3_a_drawer_opened_after_four_hours_ranks_by_receipt(engine: Engine) {
        let house = House::open(engine).await;
        let mut drawer = house.phone("zhaolei").await;
        house.at("10:00").await;
        let (mut victim, won) = house.book("zhangwei", "王女士", MASK).await;
        drawer.clock.pass_minutes(30);
        let claim = book(&mut drawer, "王女士", MASK);
        house.at("13:00:01").await; // 240 minutes and a second
        drawer.sync().await.unwrap();
        house.at("13:40").await;
        let sheet = house.desk().await.booked(1, "王丽", NUMBER).await;
        assert_eq!((sheet.status, sheet.booking), (Valid, Some(won)));
        assert_eq!(told(&mut victim, won).await.0, "used");
        assert_eq!(told(&mut drawer, claim).await, ("void".to_owned(), vec!["DS-3".to_owned()]));
        house.replay().await;
    }

    async fn pr_2_a_drawer_contests_a_number_and_ends_no_protection(engine: Engine) {
        let house = House::open(engine).await;
        let mut drawer = house.phone("zhaolei").await;
        house.at("10:00").await;
        let (mut victim, stands) = house.lead("zhangwei", "王丽", NUMBER).await;
        drawer.clock.pass_minutes(30);
        let claim = drawer.create(&LEAD, json!({"name": "王丽", "phone": NUMBER, "source": "visit"}));
        house.at("11:00").await;
        assert_eq!(told(&mut drawer, claim).await, ("contested".to_owned(), vec!["PR-2".to_owned()]));
        assert_eq!(told(&mut victim, stands).await.0, "protected");
        // and the customer is the victim's at the desk
        let sheet = house.desk().await.brought(1, NUMBER, "zhangwei").await;
        assert_eq!(sheet.status, Valid);
        house.replay().await;
    }

    /// BK-13: the rival comes after the sheet was opened and says that it booked long before.
    async fn bk_13_a_drawer_opened_after_the_sheet_changes_no_sheet(engine: Engine) {
        let house = House::open(engine).await;
        let mut drawer = house.phone("zhaolei").await;
        house.at("10:00").await;
        let sheet = house.desk().await.brought(1, NUMBER, "zhangwei").await;
        let claim = book(&mut drawer, "王女士", MASK);
        house.at("10:30").await;
        assert_eq!(told(&mut drawer, claim).await, ("contested".to_owned(), vec!["BK-13".to_owned()]));
        let again = house.desk().await.brought(1, NUMBER, "zhangwei").await;
        assert_eq!(again, sheet);
    }
}
