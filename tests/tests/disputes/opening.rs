//! Who may open a case, until when, and what it keeps from happening.

use api_spec::desk::{Confirmation, SheetStatus};
use api_spec::disputes::{Dispute, DisputeRole, DisputeState};
use serde_json::json;
use tests::world;
use uuid::Uuid;

use crate::court::{about_lead, about_sheet, act, contested_lead, listed, look};
use crate::house::{House, MASK, NUMBER, refused, rule_of, told};

tests::scenarios! {
    async fn ds_4_a_claimant_opens_a_case_about_a_contested_lead_once(engine: Engine) {
        let house = House::open(engine).await;
        let (_, held, _, contested) = contested_lead(&house).await;
        let claimant = house.as_user("zhaolei").await;
        let body = json!({"id": Uuid::from_u128(7), "lead": contested, "claim": "先联系 13900000009"});
        let opened: Dispute = claimant.post("/v1/disputes", &body).await.unwrap();
        assert_eq!((opened.state, opened.role, opened.lead), (DisputeState::Open, Some(DisputeRole::Claimant), Some(contested)));
        assert_eq!(opened.parties.len(), 2, "who has the customer is a party, too");
        assert_eq!(opened.due.map(|due| due.0), Some(crate::house::ms("2026-11-26T00:00:00+08:00")), "the end of the second working day");
        assert_eq!(opened.entries[0].text.as_deref(), Some("先联系 139****0009"), "P11");
        assert_eq!(claimant.post::<Dispute>("/v1/disputes", &body).await.unwrap(), opened, "the same again");
        let mut other = body.clone();
        other["claim"] = "别的".into();
        assert_eq!(refused(claimant.post::<Dispute>("/v1/disputes", &other).await), (409, "id-taken".to_owned()));
        for (body, status) in [
            (json!({"claim": "无"}), 422),
            (json!({"lead": contested, "claim": " "}), 422),
            (json!({"lead": contested, "confirmation": contested, "claim": "无"}), 422),
            (json!({"lead": Uuid::max(), "claim": "无"}), 404),
            (json!({"confirmation": Uuid::max(), "claim": "无"}), 404),
        ] {
            assert_eq!(refused(claimant.post::<Dispute>("/v1/disputes", &body).await).0, status, "{body}");
        }
        // who has the customer has nothing to claim; everybody else learns nothing
        let (_, rule, _) = rule_of(about_lead(&house.as_user("zhangwei").await, held).await);
        assert_eq!(rule, "DS-4");
        for stranger in ["sunli", "machao", "yangtao", "zhoumei"] {
            let api = house.as_user(stranger).await;
            assert_eq!(refused(about_lead(&api, contested).await).0, 404, "{stranger}");
            assert_eq!(refused(look(&api, opened.id).await).0, 404, "{stranger}");
        }
        house.replay().await;
    }

    async fn ds_4_a_lead_opens_for_a_member_and_a_partners_people_for_the_company(engine: Engine) {
        let house = House::open(engine).await;
        house.lead("zhangwei", "王丽", NUMBER).await;
        let (_, of_staff) = house.lead("zhaolei", "王女士", NUMBER).await;
        let (_, of_agent) = house.lead("machao", "王女士", NUMBER).await;
        let lead = house.as_user("chenjing").await;
        let opened = about_lead(&lead, of_staff).await.unwrap();
        assert_eq!(opened.role, Some(DisputeRole::Claimant));
        // a colleague of the agent joins the case that stands, and is told so
        let joined = about_lead(&house.as_user("linna").await, of_agent).await.unwrap();
        assert_eq!((joined.id, joined.parties.len(), joined.state), (opened.id, 3, DisputeState::Open));
        assert_eq!(joined.entries.iter().map(|entry| entry.act.as_str()).collect::<Vec<_>>(), ["opened", "joined"]);
        assert_eq!((joined.entries[0].text.as_ref(), joined.entries[1].text.is_some()), (None, true), "others' words stay theirs");
        for party in ["zhaolei", "chenjing", "machao", "linna", "zhangwei", "lihua"] {
            let api = house.as_user(party).await;
            assert_eq!(listed(&api, "").await.len(), 1, "{party}");
            assert_eq!(look(&api, opened.id).await.unwrap().id, opened.id, "{party}");
        }
        for stranger in ["sunli", "liuyang", "yangtao", "gaofei", "zhoumei", "xujun"] {
            let api = house.as_user(stranger).await;
            assert_eq!(listed(&api, "").await, [], "{stranger}");
            assert_eq!(refused(look(&api, opened.id).await).0, 404, "{stranger}");
            for (does, body) in [("statements", json!({"text": "x"})), ("withdraw", json!({})), ("appeal", json!({"reason": "x"})), ("outside", json!({"note": "x"}))] {
                assert_eq!(refused(act(&api, opened.id, does, &body).await).0, 404, "{stranger} {does}");
            }
        }
        house.replay().await;
    }

    async fn ds_4_48_hours_from_the_verdict_reaching_the_phone(engine: Engine) {
        for (time, may) in [("2026-11-25T09:00:59+08:00", true), ("2026-11-25T09:01:00+08:00", false)] {
            let house = House::open(engine).await;
            let (_, _, mut phone, contested) = contested_lead(&house).await;
            house.at("09:30").await;
            phone.sync().await.unwrap();
            house.at(time).await;
            let answer = about_lead(&house.as_user("zhaolei").await, contested).await;
            assert_eq!(answer.is_ok(), may, "the first time counts: {time} {answer:?}");
        }
    }

    async fn ds_4_a_verdict_that_never_reached_the_phone_may_be_disputed_for_7_days(engine: Engine) {
        for (time, may) in [("2026-11-30T09:29:59+08:00", true), ("2026-11-30T09:30:00+08:00", false)] {
            let house = House::open(engine).await;
            house.book("zhaolei", "王女士", MASK).await;
            house.at("09:30").await;
            let desk = house.desk().await;
            // zhaolei's phone stays in a drawer from now on
            let opened = desk.brought(1, NUMBER, "zhaolei").await;
            assert_eq!(opened.status, SheetStatus::Valid);
            let lead = house.as_user("xujun").await;
            let path = format!("/v1/confirmations/{}/void", opened.id);
            lead.post::<Confirmation>(&path, &json!({"reason": "邻居冒充"})).await.unwrap();
            house.at(time).await;
            let answer = about_sheet(&house.as_user("zhaolei").await, opened.id).await;
            if may {
                assert_eq!(answer.unwrap().state, DisputeState::Open);
            } else {
                let (status, rule, message) = rule_of(answer);
                assert_eq!((status, rule.as_str()), (409, "DS-4"));
                assert!(message.contains("2026-11-30 09:30"), "{message}");
            }
        }
    }

    async fn ds_4_cf_7_a_void_by_hand_may_be_disputed_for_48_hours_after_the_holders_phone_was_told(engine: Engine) {
        for (time, may) in [("2026-11-25T10:59:59+08:00", true), ("2026-11-25T11:00:00+08:00", false)] {
            let house = House::open(engine).await;
            let mut phone = house.phone("zhaolei").await;
            let opened = house.desk().await.brought(1, NUMBER, "zhaolei").await;
            house.at("10:00").await;
            let path = format!("/v1/confirmations/{}/void", opened.id);
            house.as_user("xujun").await.post::<Confirmation>(&path, &json!({"reason": "邻居冒充"})).await.unwrap();
            house.at("11:00").await;
            assert_eq!(told(&mut phone, opened.id).await.0, "void");
            house.at("12:00").await;
            phone.sync().await.unwrap();
            house.at(time).await;
            let answer = about_sheet(&house.as_user("zhaolei").await, opened.id).await;
            assert_eq!(answer.is_ok(), may, "{time} {answer:?}");
        }
    }

    async fn ds_4_nothing_lapses_while_a_case_is_open_and_what_was_kept_lapses_when_it_is_withdrawn(engine: Engine) {
        let house = House::open(engine).await;
        let opened = house.desk().await.brought(1, NUMBER, "zhaolei").await;
        let path = format!("/v1/confirmations/{}/void", opened.id);
        house.as_user("xujun").await.post::<Confirmation>(&path, &json!({"reason": "邻居冒充"})).await.unwrap();
        house.at("10:00").await;
        let claimant = house.as_user("zhaolei").await;
        let case = about_sheet(&claimant, opened.id).await.unwrap();
        // the reservation was to end after 48 hours
        house.at("2026-11-25T09:00:00+08:00").await;
        server::jobs::Jobs::default().run(house.server.app()).await.unwrap();
        let customer = house.customer(opened.id).await;
        assert_eq!(house.standing("sheet", &[customer]).await[0].state, "reserved");
        let desk = house.desk().await;
        assert_eq!(desk.brought(2, NUMBER, "zhangwei").await.status, SheetStatus::Void, "kept for the case");
        let withdrawn = act(&claimant, case.id, "withdraw", &json!({})).await.unwrap();
        assert_eq!(withdrawn.state, DisputeState::Withdrawn);
        assert_eq!(house.standing("sheet", &[customer]).await, []);
        assert_eq!(desk.brought(3, NUMBER, "zhangwei").await.status, SheetStatus::Valid);
        assert_eq!(refused(act(&claimant, case.id, "withdraw", &json!({})).await), (409, "wrong-state".to_owned()));
        house.replay().await;
    }

    async fn ds_1_statements_are_added_and_nothing_said_is_changed(engine: Engine) {
        let house = House::open(engine).await;
        let (_, _, _, contested) = contested_lead(&house).await;
        let (claimant, holder) = (house.as_user("zhaolei").await, house.as_user("zhangwei").await);
        let office = house.as_user("huangyan").await;
        let case = about_lead(&claimant, contested).await.unwrap();
        let stated = act(&holder, case.id, "statements", &json!({"text": "我在 9 点已录入"})).await.unwrap();
        assert_eq!((stated.version, stated.role), (2, Some(DisputeRole::Respondent)));
        let texts = |case: &Dispute| case.entries.iter().map(|entry| entry.text.clone()).collect::<Vec<_>>();
        assert_eq!(texts(&stated), [None, Some("我在 9 点已录入".to_owned())]);
        assert_eq!(texts(&look(&claimant, case.id).await.unwrap()), [Some("线索由我先录入".to_owned()), None]);
        let all = look(&office, case.id).await.unwrap();
        assert!(texts(&all).iter().all(Option::is_some));
        assert_eq!(all.entries[1].author.as_ref().map(|author| author.id), Some(world::id("zhangwei")));
        assert_eq!(refused(act(&office, case.id, "statements", &json!({"text": "x"})).await), (403, "forbidden".to_owned()));
        for blank in ["", " \n", &"长".repeat(4_001)] {
            assert_eq!(refused(act(&claimant, case.id, "statements", &json!({"text": blank})).await).0, 422);
        }
        // a case of one claimant is withdrawn by that one alone
        assert_eq!(refused(act(&holder, case.id, "withdraw", &json!({})).await), (409, "wrong-state".to_owned()));
    }

    async fn ds_4_overdue_cases_surface(engine: Engine) {
        let house = House::open(engine).await;
        let (_, _, _, contested) = contested_lead(&house).await;
        let case = about_lead(&house.as_user("zhaolei").await, contested).await.unwrap();
        let office = house.as_user("huangyan").await;
        house.at("2026-11-25T23:59:59+08:00").await;
        assert_eq!(listed(&office, "?overdue=true").await, []);
        assert_eq!(listed(&office, "?state=open").await.len(), 1);
        house.at("2026-11-26T00:00:00+08:00").await;
        assert_eq!(listed(&office, "?overdue=true").await.iter().map(|each| each.id).collect::<Vec<_>>(), [case.id]);
        server::jobs::Jobs::default().run(house.server.app()).await.unwrap();
        let shown = look(&office, case.id).await.unwrap();
        assert!(shown.overdue && shown.entries.iter().any(|entry| entry.act == "overdue"));
        let phone = house.phone("huangyan").await;
        assert_eq!(phone.body(case.id)["overdue"], true, "the office is told");
        assert_eq!(listed(&office, "?state=settled").await, []);
    }
}
