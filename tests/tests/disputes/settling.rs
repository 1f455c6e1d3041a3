//! A settlement and what follows from it.

use api_spec::desk::{Confirmation, SheetState, SheetStatus};
use api_spec::disputes::DisputeState;
use api_spec::primitives::{Holder, Page};
use reqwest::header::IF_MATCH;
use serde_json::json;
use tests::world::{self, PROJECT};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::court::{about_lead, about_sheet, act, contested_lead, for_site, for_user, look, settle, stands};
use crate::house::{House, MASK, NUMBER, ms, refused, told, verdict};

/// A sheet as the desk sees it.
pub(crate) async fn look_at_sheet(house: &House, id: Uuid) -> Confirmation {
    let path = format!("/v1/projects/{PROJECT}/confirmations");
    let page: Page<Confirmation> = house.desk().await.0.get(&path).await.unwrap();
    page.items.into_iter().find(|each| each.id == id).unwrap()
}

fn of(username: &str) -> Holder {
    Holder { user: Some(world::id(username)), partner: None }
}

tests::scenarios! {
    async fn ds_4_a_settled_lead_is_the_winners_for_a_new_period(engine: Engine) {
        let house = House::open(engine).await;
        let (mut loser, held, mut winner, contested) = contested_lead(&house).await;
        let case = about_lead(&house.as_user("zhaolei").await, contested).await.unwrap();
        let office = house.as_user("huangyan").await;
        let proposal = look(&office, case.id).await.unwrap().proposal.unwrap();
        assert_eq!(proposal.holder, Some(of("zhangwei")), "DS-3: the first received");
        assert_eq!(proposal.lines.iter().map(|line| (line.claim, line.rule.as_str())).collect::<Vec<_>>(), [(held, "DS-3"), (contested, "DS-3")]);
        house.at("10:00").await;
        assert_eq!(refused(act(&office, case.id, "settle", &for_user("zhaolei")).await), (428, "precondition-required".to_owned()));
        let stale = office.with_header(IF_MATCH, "\"7\"");
        assert_eq!(refused(act(&stale, case.id, "settle", &for_user("zhaolei")).await), (412, "stale".to_owned()));
        for (body, status) in [
            (json!({"reason": "无归属方"}), 422),
            (json!({"holder": {"user": world::id("sunli")}, "reason": "非当事方"}), 422),
            (json!({"holder": {}, "reason": "不明"}), 422),
            (json!({"holder": null, "reason": " "}), 422),
            (json!({"holder": {"user": world::id("zhaolei")}, "split": [{"user": world::id("zhaolei"), "percent": 99}], "reason": "分成"}), 409),
        ] {
            assert_eq!(refused(settle(&office, case.id, &body).await).0, status, "{body}");
        }
        for (who, status) in [("zhaolei", 403), ("zhangwei", 403), ("sunli", 404), ("xujun", 404)] {
            let api = house.as_user(who).await.with_header(IF_MATCH, "\"1\"");
            assert_eq!(refused(act(&api, case.id, "settle", &for_user("zhaolei")).await).0, status, "{who}");
        }
        let settled = settle(&office, case.id, &for_user("zhaolei")).await.unwrap();
        assert_eq!((settled.state, settled.appeal_until.map(|at| at.0)), (DisputeState::Settled, Some(ms("2026-11-26T10:00:00+08:00"))));
        assert_eq!(refused(settle(&office, case.id, &for_user("zhangwei")).await), (409, "wrong-state".to_owned()));

        let lead = house.server.app().db.read().await;
        let mut db = lead.unwrap();
        let row = server::store::leads::by_ids(&mut db, &[server::store::Key { project: PROJECT, id: contested }]).await.unwrap();
        let standing = house.standing("lead", &[row[0].customer.unwrap()]).await;
        assert_eq!((standing.len(), standing[0].holder_user, standing[0].until_at), (1, Some(world::id("zhaolei")), Some(ms("2027-01-23T10:00:00+08:00"))));
        assert_eq!(told(&mut winner, contested).await, ("protected".to_owned(), vec!["DS-4".to_owned()]));
        assert_eq!(told(&mut loser, held).await, ("contested".to_owned(), vec!["DS-4".to_owned()]));
        assert_eq!((&winner.body(case.id)["outcome"], &loser.body(case.id)["outcome"]), (&"won".into(), &"lost".into()));
        house.replay().await;
    }

    async fn ds_4_ds_3_a_signed_sheet_ranks_first_and_a_settlement_against_it_supersedes_it(engine: Engine) {
        let house = House::open(engine).await;
        let (mut claimant, booking) = house.book("zhaolei", "王女士", MASK).await;
        let desk = house.desk().await;
        house.at("09:20").await;
        // too early for zhaolei's booking: zhangwei brings the customer
        let opened = desk.brought(1, NUMBER, "zhangwei").await;
        assert_eq!(opened.status, SheetStatus::Valid);
        house.sign_and_confirm(&opened).await;
        let case = about_sheet(&house.as_user("zhaolei").await, opened.id).await.unwrap();
        let office = house.as_user("huangyan").await;
        let proposal = look(&office, case.id).await.unwrap().proposal.unwrap();
        assert_eq!((proposal.holder, proposal.lines[0].rank.as_str()), (Some(of("zhangwei")), "signed_sheet"));
        house.at("10:00").await;
        let split = json!({"holder": {"user": world::id("zhaolei")}, "reason": "看过聊天记录",
            "split": [{"user": world::id("zhaolei"), "percent": 70}, {"user": world::id("zhangwei"), "percent": 30}]});
        let settled = settle(&office, case.id, &split).await.unwrap();
        assert_eq!(settled.settlement.unwrap().split.iter().map(|share| share.percent).collect::<Vec<_>>(), [70, 30]);
        let after = look_at_sheet(&house, opened.id).await;
        assert_eq!((after.state, after.holder, after.booking), (SheetState::Confirmed, Some(of("zhaolei")), Some(booking)));
        assert_eq!(verdict(&after), (SheetStatus::Valid, vec!["DS-4"]));
        assert_eq!(after.protected_until.map(|at| at.0), Some(ms("2027-01-23T10:00:00+08:00")), "the winner's period starts at the settlement");
        let standing = house.standing("sheet", &[house.customer(opened.id).await]).await;
        assert_eq!((standing.len(), standing[0].holder_user, standing[0].state.as_str()), (1, Some(world::id("zhaolei")), "live"));
        assert_eq!(told(&mut claimant, booking).await.0, "used");
        assert_eq!(claimant.body(case.id)["percent"], 70);
        assert_eq!(verdict(&desk.brought(2, NUMBER, "zhangwei").await), (SheetStatus::Void, vec!["PR-3"]));
        house.replay().await;
    }

    async fn ds_4_a_void_sheet_becomes_the_claimants_and_the_others_is_superseded(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.desk().await;
        let first = desk.brought(1, NUMBER, "zhangwei").await;
        house.sign_and_confirm(&first).await;
        let second = desk.brought(2, NUMBER, "machao").await;
        assert_eq!(verdict(&second), (SheetStatus::Void, vec!["PR-3"]));
        let case = about_sheet(&house.as_user("linna").await, second.id).await.unwrap();
        let office = house.as_user("huangyan").await;
        let mut loser = house.phone("zhangwei").await;
        settle(&office, case.id, &crate::court::for_partner()).await.unwrap();
        let (lost, won) = (look_at_sheet(&house, first.id).await, look_at_sheet(&house, second.id).await);
        assert_eq!((lost.status, lost.holder), (SheetStatus::Void, None));
        assert_eq!((won.status, won.holder), (SheetStatus::Valid, Some(Holder { user: None, partner: Some(world::PARTNER) })));
        let standing = house.standing("sheet", &[house.customer(first.id).await]).await;
        assert_eq!((standing.len(), standing[0].holder_partner, standing[0].source), (1, Some(world::PARTNER), second.id));
        loser.sync().await.unwrap();
        assert_eq!(loser.body(case.id)["outcome"], "lost");
        // the sheet that was won can still be signed, which changes nothing
        assert_eq!(house.sign_and_confirm(&won).await.protected_until, None);
        assert_eq!(house.standing("sheet", &[house.customer(first.id).await]).await, standing);
        house.replay().await;
    }

    async fn ds_4_a_case_that_its_holder_wins_leaves_the_sheets_and_renews_the_period(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.desk().await;
        let first = desk.brought(1, NUMBER, "zhangwei").await;
        house.sign_and_confirm(&first).await;
        let second = desk.brought(2, NUMBER, "zhaolei").await;
        let case = about_sheet(&house.as_user("zhaolei").await, second.id).await.unwrap();
        house.at("10:00").await;
        settle(&house.as_user("huangyan").await, case.id, &for_user("zhangwei")).await.unwrap();
        let (kept, lost) = (look_at_sheet(&house, first.id).await, look_at_sheet(&house, second.id).await);
        assert_eq!((kept.status, kept.holder, lost.status), (SheetStatus::Valid, Some(of("zhangwei")), SheetStatus::Void));
        let standing = house.standing("sheet", &[house.customer(first.id).await]).await;
        assert_eq!((standing.len(), standing[0].until_at), (1, Some(ms("2027-01-23T10:00:00+08:00"))));
        assert_eq!(stands(&look(&house.as_user("zhaolei").await, case.id).await.unwrap()), (DisputeState::Settled, Some("lost".to_owned())));
        house.replay().await;
    }

    async fn ds_4_settled_for_nobody_the_customer_is_the_sites(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.desk().await;
        let opened = desk.brought(1, NUMBER, "zhangwei").await;
        house.as_user("xujun").await
            .post::<Confirmation>(&format!("/v1/confirmations/{}/void", opened.id), &json!({"reason": "邻居冒充"})).await.unwrap();
        let case = about_sheet(&house.as_user("zhangwei").await, opened.id).await.unwrap();
        settle(&house.as_user("huangyan").await, case.id, &for_site()).await.unwrap();
        let standing = house.standing("sheet", &[house.customer(opened.id).await]).await;
        assert_eq!((standing.len(), standing[0].state.as_str(), standing[0].holder_user), (1, "site", None));
        assert_eq!(look_at_sheet(&house, opened.id).await.status, SheetStatus::Void);
        assert_eq!(verdict(&desk.brought(2, NUMBER, "zhaolei").await), (SheetStatus::Void, vec!["BK-14"]));
        let own = look(&house.as_user("zhangwei").await, case.id).await.unwrap();
        assert_eq!((stands(&own).1.as_deref(), own.settlement.unwrap().party), (Some("lost"), None));
        house.replay().await;
    }

    async fn ds_4_p8_two_offices_at_once_settle_once(engine: Engine) {
        let house = House::open(engine).await;
        let (_, _, _, contested) = contested_lead(&house).await;
        let case = about_lead(&house.as_user("zhaolei").await, contested).await.unwrap();
        crate::court::make_office(&house, "xujun").await;
        let mut offices = JoinSet::new();
        for (office, winner) in [("huangyan", "zhaolei"), ("xujun", "zhangwei"), ("huangyan", "zhangwei"), ("xujun", "zhaolei")] {
            let api = house.as_user(office).await.with_header(IF_MATCH, "\"1\"");
            offices.spawn(async move { act(&api, case.id, "settle", &for_user(winner)).await });
        }
        let answers = offices.join_all().await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
        assert!(answers.into_iter().filter_map(Result::err).all(|problem| problem.status == 412));
        let entries = look(&house.as_user("huangyan").await, case.id).await.unwrap().entries;
        assert_eq!(entries.iter().filter(|entry| entry.act == "settled").count(), 1);
        house.replay().await;
    }

    async fn ds_4_who_speaks_for_a_party_does_not_settle(engine: Engine) {
        let house = House::open(engine).await;
        let (_, _, _, contested) = contested_lead(&house).await;
        crate::court::make_office(&house, "chenjing").await;
        let lead = house.as_user("chenjing").await;
        let case = about_lead(&lead, contested).await.unwrap();
        assert_eq!(refused(settle(&lead, case.id, &for_user("zhaolei")).await), (403, "forbidden".to_owned()));
    }
}
