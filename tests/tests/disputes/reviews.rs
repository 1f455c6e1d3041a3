//! A sheet in review opens a case by itself.

use api_spec::desk::SheetStatus::{Review, Valid, Void, WalkIn};
use api_spec::disputes::{DisputeRole, DisputeState};
use api_spec::primitives::Page;
use api_spec::rulings::{Review as Left, Ruling};
use reqwest::header::IF_MATCH;
use serde_json::json;
use tests::api::Api;
use tests::world::{self, PROJECT};

use crate::court::{for_site, for_user, listed, look, settle, stands};
use crate::house::{House, MASK, NUMBER, arrival, told, verdict};
use crate::settling::look_at_sheet;

async fn decide(api: &Api, outcome: &str) -> Ruling {
    let page: Page<Left> = api.get(&format!("/v1/reviews?project={PROJECT}&kind=confirmation")).await.unwrap();
    let left = &page.items[0];
    let api = api.with_header(IF_MATCH, &format!("\"{}\"", left.version));
    let path = format!("/v1/rulings/{}/decide", left.ruling.id);
    api.post(&path, &json!({"outcome": outcome, "reason": "前台看过聊天记录"})).await.unwrap()
}

tests::scenarios! {
    async fn ds_4_ds_3_a_sheet_in_review_opens_a_case_and_the_case_settles_it(engine: Engine) {
        let house = House::open(engine).await;
        let (mut booker, booking) = house.book("zhaolei", "王女士", MASK).await;
        house.at("10:00").await;
        let desk = house.desk().await;
        let mut body = crate::house::brought(1, NUMBER, "zhangwei");
        body["companions"] = json!([{"name": "王强", "phone": "13900000002"}]);
        let opened = desk.arrive(&body).await.unwrap();
        assert_eq!((opened.status, opened.companions[0].status), (Review, Review));
        let office = house.as_user("huangyan").await;
        let cases = listed(&office, "").await;
        assert_eq!((cases.len(), cases[0].confirmation, cases[0].parties.len()), (1, Some(opened.id), 2));
        let case = &cases[0];
        booker.sync().await.unwrap();
        assert_eq!((&booker.body(case.id)["state"], &booker.body(case.id)["role"]), (&"open".into(), &"claimant".into()), "the parties are told");
        let proposal = look(&office, case.id).await.unwrap().proposal.unwrap();
        assert_eq!((proposal.holder.unwrap().user, proposal.lines[0].rank.as_str()), (Some(world::id("zhaolei")), "booking"));
        house.at("11:00").await;
        settle(&office, case.id, &for_user("zhaolei")).await.unwrap();
        let decided = look_at_sheet(&house, opened.id).await;
        assert_eq!((decided.status, decided.holder.unwrap().user, decided.booking), (Valid, Some(world::id("zhaolei")), Some(booking)));
        assert_eq!(decided.companions[0].status, Valid, "BK-10: judged again for the same holder");
        assert_eq!(told(&mut booker, booking).await, ("used".to_owned(), vec!["DS-4".to_owned()]));
        let standing = house.standing("sheet", &[house.customer(opened.id).await]).await;
        assert_eq!((standing.len(), standing[0].state.as_str(), standing[0].until_at), (1, "live", Some(crate::house::ms("2027-01-23T11:00:00+08:00"))));
        let left: Page<Left> = office.get(&format!("/v1/reviews?project={PROJECT}")).await.unwrap();
        assert_eq!(left.items, [], "nothing is left to decide");
        assert_eq!(verdict(&desk.brought(2, NUMBER, "zhangwei").await), (Void, vec!["PR-3"]));
        house.replay().await;
    }

    async fn ds_4_a_sheet_in_review_is_settled_for_the_site(engine: Engine) {
        let house = House::open(engine).await;
        let (mut booker, booking) = house.book("zhaolei", "王女士", MASK).await;
        house.at("10:00").await;
        let opened = house.desk().await.brought(1, NUMBER, "zhangwei").await;
        let office = house.as_user("huangyan").await;
        let case = listed(&office, "").await.remove(0);
        settle(&office, case.id, &for_site()).await.unwrap();
        let decided = look_at_sheet(&house, opened.id).await;
        assert_eq!((verdict(&decided), decided.holder), ((Void, vec!["DS-4"]), None));
        assert_eq!(told(&mut booker, booking).await.0, "void");
        let standing = house.standing("sheet", &[house.customer(opened.id).await]).await;
        assert_eq!((standing.len(), standing[0].state.as_str()), (1, "site"));
        house.replay().await;
    }

    async fn ds_4_deciding_the_review_settles_its_case(engine: Engine) {
        for (outcome, status, won) in [("valid", Valid, "won"), ("void", Void, "lost"), ("walk_in", WalkIn, "lost")] {
            let house = House::open(engine).await;
            house.book("zhangwei", "欧阳女士", MASK).await;
            house.at("10:00").await;
            let opened = house.desk().await.arrive(&arrival(1, "王丽", NUMBER)).await.unwrap();
            assert_eq!(opened.status, Review, "BK-5: the name does not fit");
            let claimant = house.as_user("zhangwei").await;
            let case = listed(&claimant, "").await.remove(0);
            assert_eq!((case.role, case.state), (Some(DisputeRole::Claimant), DisputeState::Open));
            decide(&house.as_user("xujun").await, outcome).await;
            assert_eq!(look_at_sheet(&house, opened.id).await.status, status);
            let closed = look(&claimant, case.id).await.unwrap();
            assert_eq!(stands(&closed), (DisputeState::Settled, Some(won.to_owned())), "{outcome}");
            house.replay().await;
        }
    }

    async fn ds_4_a_second_sheet_in_review_joins_the_case_and_is_settled_with_it(engine: Engine) {
        let house = House::open(engine).await;
        house.book("zhaolei", "王女士", MASK).await;
        house.at("10:00").await;
        let desk = house.desk().await;
        let first = desk.brought(1, NUMBER, "zhangwei").await;
        let second = desk.brought(2, NUMBER, "sunli").await;
        assert_eq!((first.status, second.status), (Review, Review));
        let office = house.as_user("huangyan").await;
        let cases = listed(&office, "").await;
        assert_eq!((cases.len(), cases[0].confirmation), (1, Some(first.id)), "one case of a customer at a time");
        settle(&office, cases[0].id, &for_user("zhaolei")).await.unwrap();
        for id in [first.id, second.id] {
            let decided = look_at_sheet(&house, id).await;
            assert_eq!((decided.status, decided.holder.and_then(|holder| holder.user)), (Valid, Some(world::id("zhaolei"))));
        }
        house.replay().await;
    }

    async fn ds_2_bookings_of_a_day_that_failed_bk_9_lose(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("machao").await;
        crate::house::book(&mut phone, "王女士", MASK);
        for n in 0..9 {
            crate::house::book(&mut phone, "李女士", &format!("139****000{n}"));
        }
        phone.sync().await.unwrap();
        house.at("10:00").await;
        house.desk().await.brought(1, NUMBER, "zhangwei").await;
        let office = house.as_user("huangyan").await;
        let case = listed(&office, "").await.remove(0);
        let proposed = async || look(&office, case.id).await.unwrap().proposal.unwrap();
        assert_eq!(proposed().await.holder.unwrap().partner, Some(world::PARTNER), "the day is not over");
        house.at("2026-11-24T00:00:01+08:00").await;
        server::jobs::Jobs::default().run(house.server.app()).await.unwrap();
        let proposal = proposed().await;
        assert_eq!(proposal.holder.unwrap().user, Some(world::id("zhangwei")));
        let last = proposal.lines.last().unwrap();
        assert_eq!((last.rule.as_str(), last.holder.partner), ("DS-2", Some(world::PARTNER)));
        settle(&office, case.id, &for_user("zhangwei")).await.unwrap();
        house.replay().await;
    }
}
