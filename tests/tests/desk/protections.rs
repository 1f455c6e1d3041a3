//! Whose customer a customer is, and until when.

use api_spec::desk::SheetStatus::{Review, Valid, Void, WalkIn};
use api_spec::primitives::Instant;
use tests::world;

use crate::house::{House, NUMBER, ms, sheet, verdict};

/// Two months after 10:00, to the minute.
const END: &str = "2027-01-23T10:00:00+08:00";
const BEFORE_END: &str = "2027-01-23T09:59:59.999+08:00";

tests::scenarios! {
    async fn pr_1_the_site_leads_signature_protects_for_the_period(engine: Engine) {
        let house = House::open(engine).await;
        let mut holder = house.phone("zhangwei").await;
        let desk = house.desk().await;
        let opened = desk.brought(1, NUMBER, "zhangwei").await;
        house.at("10:00").await;
        let confirmed = house.sign_and_confirm(&opened).await;
        assert_eq!(confirmed.protected_until, Some(Instant(ms(END))));
        assert_eq!(verdict(&confirmed), (Valid, vec!["CF-5", "PR-1"]));

        // the holder sees sheet and protection
        holder.sync().await.unwrap();
        assert_eq!(holder.replica.view(sheet(1)).unwrap().phase, "confirmed");
        let customer = house.customer(sheet(1)).await;
        let held = house.standing("sheet", &[customer]).await;
        let shown = holder.body(held[0].id);
        assert_eq!((&shown["state"], &shown["until"]), (&"live".into(), &"2027-01-23T02:00:00.000Z".into()));

        let refused = desk.brought(2, NUMBER, "zhaolei").await;
        assert_eq!((verdict(&refused), refused.reasons[0].until), ((Void, vec!["PR-3"]), Some(Instant(ms(END)))));
        assert_eq!(verdict(&desk.alone(3, NUMBER).await), (Valid, vec!["PR-1"]), "back alone: still zhangwei's");
        house.server.api().set_clock(BEFORE_END).await;
        let desk = house.desk().await;
        assert_eq!(desk.brought(4, NUMBER, "zhaolei").await.status, Void);
        house.server.api().set_clock(END).await;
        let next = desk.brought(5, NUMBER, "zhaolei").await;
        assert_eq!(next.holder.unwrap().user, Some(world::id("zhaolei")), "nothing remains after it lapses");
        let standing = house.standing("sheet", &[customer]).await;
        assert_eq!((standing.len(), standing[0].source), (1, sheet(5)));
        house.replay().await;
    }

    async fn pr_1_a_follow_up_leaves_the_end_as_it_is(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.desk().await;
        let opened = desk.brought(1, NUMBER, "zhangwei").await;
        house.at("10:00").await;
        house.sign_and_confirm(&opened).await;
        house.at("2026-12-10T10:00:00+08:00").await;
        let again = desk.brought(2, NUMBER, "zhangwei").await;
        assert_eq!((again.status, &again.consultant), (Valid, &opened.consultant));
        assert_eq!(house.sign_and_confirm(&again).await.protected_until, None);
        let standing = house.standing("sheet", &[house.customer(sheet(1)).await]).await;
        assert_eq!((standing.len(), standing[0].until_at), (1, Some(ms(END))));
    }

    async fn pr_2_a_number_registered_by_another_is_for_a_human(engine: Engine) {
        let house = House::open(engine).await;
        house.lead("zhaolei", "王丽", NUMBER).await;
        let desk = house.desk().await;
        house.at("10:00").await;
        let sheet = desk.brought(1, NUMBER, "zhangwei").await;
        assert_eq!(verdict(&sheet), (Review, vec!["PR-2"]));
        let text = serde_json::to_string(&sheet).unwrap();
        assert!(!text.contains(&world::id("zhaolei").to_string()), "nobody learns whose: {text}");
    }

    async fn pr_2_the_signature_ends_the_lead_of_the_same_holder(engine: Engine) {
        let house = House::open(engine).await;
        house.lead("zhangwei", "王丽", NUMBER).await;
        let desk = house.desk().await;
        let opened = desk.brought(1, NUMBER, "zhangwei").await;
        assert_eq!(opened.status, Valid);
        let customer = house.customer(sheet(1)).await;
        assert_eq!(house.standing("lead", &[customer]).await.len(), 1);
        house.sign_and_confirm(&opened).await;
        assert_eq!(house.standing("lead", &[customer]).await, []);
        assert_eq!(house.standing("sheet", &[customer]).await[0].state, "live");
    }

    async fn pr_5_a_walk_in_registered_first_blocks_later_claims(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.desk().await;
        let first = desk.alone(1, NUMBER).await;
        assert_eq!((first.status, first.holder), (WalkIn, None));
        house.at("09:30").await;
        let refused = desk.brought(2, NUMBER, "zhangwei").await;
        let end = ms("2027-01-23T09:00:00+08:00");
        assert_eq!((verdict(&refused), refused.reasons[0].until), ((Void, vec!["BK-14"]), Some(Instant(end))));
        let standing = house.standing("sheet", &[house.customer(sheet(1)).await]).await;
        assert_eq!((standing.len(), standing[0].until_at), (1, Some(end)), "the refused visit does not prolong it");
        house.server.api().set_clock("2027-01-23T09:00:00+08:00").await;
        assert_eq!(house.desk().await.brought(3, NUMBER, "zhangwei").await.status, Valid);
    }

    async fn pr_5_the_holder_of_an_older_lead_is_not_blocked(engine: Engine) {
        let house = House::open(engine).await;
        house.lead("zhangwei", "王丽", NUMBER).await;
        house.at("09:10").await;
        let desk = house.desk().await;
        let alone = desk.alone(1, NUMBER).await;
        assert_eq!(verdict(&alone), (Review, vec!["PR-2"]), "the lead stands: a human decides");

        house.lead("zhangwei", "李丽", "13900000001").await;
        house.at("09:20").await;
        assert_eq!(desk.brought(2, "13900000001", "zhangwei").await.status, Valid);
    }
}
