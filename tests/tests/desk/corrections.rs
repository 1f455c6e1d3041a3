//! Corrected sheets: versions, judged again as of the arrival.

use api_spec::desk::{Confirmation, SheetState, SheetStatus};
use api_spec::primitives::Page;
use reqwest::header::IF_MATCH;
use serde_json::{Value, json};
use tests::api::{Answer, Api};
use tests::world::{self, PROJECT};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::house::{House, MASK, NUMBER, arrival, ms, refused, rule_of, sheet, told, username, verdict};

const OTHER: &str = "13900000002";

async fn correct(api: &Api, old: u128, new: u128, what: Value) -> Answer<Confirmation> {
    let mut body = what;
    body["id"] = json!(sheet(new));
    if body.get("reason").is_none() {
        body["reason"] = "登记有误".into();
    }
    api.post(&format!("/v1/confirmations/{}/correct", sheet(old)), &body).await
}

async fn look(house: &House, n: u128) -> Confirmation {
    let path = format!("/v1/projects/{PROJECT}/confirmations");
    let page: Page<Confirmation> = house.desk().await.0.get(&path).await.unwrap();
    page.items.into_iter().find(|each| each.id == sheet(n)).unwrap()
}

tests::scenarios! {
    async fn cf_10_a_corrected_name_is_a_new_version_and_the_protection_goes_on(engine: Engine) {
        let house = House::open(engine).await;
        let mut holder = house.phone("zhangwei").await;
        let desk = house.desk().await;
        let opened = desk.brought(1, NUMBER, "zhangwei").await;
        house.at("10:00").await;
        let confirmed = house.sign_and_confirm(&opened).await;
        let customer = house.customer(sheet(1)).await;
        let before = house.standing("sheet", &[customer]).await;
        house.at("11:00").await;
        let made = correct(&desk.0, 1, 2, json!({"customer": {"name": "汪莉"}, "reason": "同音字，电话 13900000009"})).await.unwrap();
        assert_eq!((verdict(&made), made.customer.name.as_str()), ((SheetStatus::Valid, vec!["BK-11", "CF-10"]), "汪莉"));
        assert_eq!((made.corrects, made.corrected_by, made.state), (Some(sheet(1)), None, SheetState::Open));
        assert_eq!((made.arrived_at, &made.consultant, made.holder), (opened.arrived_at, &opened.consultant, opened.holder));
        assert!(made.reasons.last().unwrap().message.contains("139****0009"), "P11");
        let old = look(&house, 1).await;
        assert_eq!((old.state, old.corrected_by, old.status), (SheetState::Corrected, Some(sheet(2)), SheetStatus::Valid));
        assert_eq!((old.signed_at, old.confirmed_at, &old.customer), (confirmed.signed_at, confirmed.confirmed_at, &confirmed.customer));

        // one protection, with the end it had; it comes from the new version now
        let standing = house.standing("sheet", &[customer]).await;
        assert_eq!((standing.len(), standing[0].id, standing[0].source), (1, before[0].id, sheet(2)));
        assert_eq!((standing[0].state.as_str(), standing[0].until_at), ("live", before[0].until_at));
        holder.sync().await.unwrap();
        assert_eq!(holder.replica.view(sheet(1)).unwrap().phase, "corrected");
        assert_eq!(holder.body(sheet(2))["corrects"], json!(sheet(1)));

        // the new version is signed again, and the end stays
        house.at("12:00").await;
        assert_eq!(house.sign_and_confirm(&made).await.state, SheetState::Confirmed);
        assert_eq!(house.standing("sheet", &[customer]).await[0].until_at, before[0].until_at);

        // the old one is immutable
        let (consultant, lead) = (house.as_user(&username(&opened)).await, house.as_user("xujun").await);
        for (api, act, body) in [
            (&consultant, "sign", json!({})), (&lead, "confirm", json!({})), (&lead, "void", json!({"reason": "x"})),
            (&lead, "deal", json!({"stage": "signed", "on": "2026-11-23"})),
            (&lead, "consultant", json!({"to": world::id("wuqiang"), "reason": "x"})),
        ] {
            let answer = api.post::<Confirmation>(&format!("/v1/confirmations/{}/{act}", sheet(1)), &body).await;
            assert_eq!(rule_of(answer).1, "CF-10", "{act}");
        }
        assert_eq!(rule_of(correct(&lead, 1, 3, json!({"route": "walk_in"})).await).1, "CF-10", "corrected once");
        assert_eq!(correct(&lead, 2, 3, json!({"customer": {"name": "王莉"}})).await.unwrap().corrects, Some(sheet(2)));
        house.replay().await;
    }

    async fn cf_10_another_bringer_is_judged_as_of_the_arrival(engine: Engine) {
        let house = House::open(engine).await;
        let (mut booker, booking) = house.book("zhangwei", "王女士", MASK).await;
        house.at("10:00").await;
        let desk = house.desk().await;
        let opened = desk.arrive(&arrival(1, "王丽", NUMBER)).await.unwrap();
        assert_eq!((opened.status, opened.booking), (SheetStatus::Valid, Some(booking)));
        house.sign_and_confirm(&opened).await;
        assert_eq!(told(&mut booker, booking).await.0, "used");
        let customer = house.customer(sheet(1)).await;

        // zhaolei brought her: against a booking of another holder that is for a human
        house.at("11:00").await;
        let made = correct(&desk.0, 1, 2, json!({"route": "brought", "brought_by": world::id("zhaolei")})).await.unwrap();
        assert_eq!(verdict(&made), (SheetStatus::Review, vec!["DS-3", "CF-10"]));
        let standing = house.standing("sheet", &[customer]).await;
        assert_eq!((standing.len(), standing[0].source, standing[0].state.as_str()), (1, sheet(2), "reserved"));
        assert_eq!((standing[0].holder_user, standing[0].until_at), (None, None), "reserved for nobody while open");
        assert_eq!(told(&mut booker, booking).await, ("live".to_owned(), vec!["CF-10".to_owned()]), "not used any more");
        house.replay().await;

        // DS-4: the case that the review opened decides now
        let (_, rule, message) = rule_of(correct(&desk.0, 2, 3, json!({"route": "booked"})).await);
        assert!(rule == "CF-10" && message.contains("A case decides"), "{message}");
        house.replay().await;
    }

    async fn cf_10_a_booking_is_used_by_the_newest_version_alone(engine: Engine) {
        let house = House::open(engine).await;
        let (mut booker, booking) = house.book("zhangwei", "王女士", MASK).await;
        house.at("10:00").await;
        let desk = house.desk().await;
        desk.arrive(&arrival(1, "王丽", NUMBER)).await.unwrap();
        let moved = correct(&desk.0, 1, 2, json!({"customer": {"phone": OTHER}})).await.unwrap();
        assert_eq!((moved.status, moved.booking), (SheetStatus::WalkIn, None));
        assert_eq!(told(&mut booker, booking).await, ("live".to_owned(), vec!["CF-10".to_owned()]));
        let back = correct(&desk.0, 2, 3, json!({"customer": {"phone": NUMBER}})).await.unwrap();
        assert_eq!((back.status, back.booking), (SheetStatus::Valid, Some(booking)));
        assert_eq!(told(&mut booker, booking).await.0, "used");
        let standing = house.standing("sheet", &[house.customer(sheet(1)).await]).await;
        assert_eq!((standing.len(), standing[0].source, standing[0].holder_user), (1, sheet(3), Some(world::id("zhangwei"))));
        let other = house.customer(sheet(2)).await;
        assert_eq!(house.standing("sheet", &[other]).await, [], "no block is left behind");
        house.replay().await;
    }

    async fn cf_10_another_number_moves_the_visit_to_another_customer(engine: Engine) {
        let house = House::open(engine).await;
        let (mut booker, booking) = house.book("zhangwei", "王女士", MASK).await;
        let (mut rival, rivals) = house.book("zhaolei", "王女士", "139****0002").await;
        house.at("10:00").await;
        let desk = house.desk().await;
        let opened = desk.arrive(&arrival(1, "王丽", NUMBER)).await.unwrap();
        house.sign_and_confirm(&opened).await;
        let wrong = house.customer(sheet(1)).await;

        // days later somebody notices: the booking's day is over
        house.at("2026-11-26T10:00:00+08:00").await;
        let desk = house.desk().await;
        let made = correct(&desk.0, 1, 2, json!({"customer": {"phone": OTHER}})).await.unwrap();
        assert_eq!((made.status, made.booking, made.holder.unwrap().user), (SheetStatus::Valid, Some(rivals), Some(world::id("zhaolei"))));
        assert_eq!(made.customer.phone_masked, "139****0002");
        assert_eq!(house.standing("sheet", &[wrong]).await, [], "the wrong customer is free");
        let right = house.customer(sheet(2)).await;
        assert_eq!(house.standing("sheet", &[right]).await[0].state, "reserved", "until it is signed");
        assert_eq!(told(&mut booker, booking).await, ("expired".to_owned(), vec!["CF-10".to_owned()]));
        assert_eq!(told(&mut rival, rivals).await.0, "used");
        let confirmed = house.sign_and_confirm(&made).await;
        assert_eq!(confirmed.protected_until.unwrap().0, ms("2027-01-26T10:00:00+08:00"));
        house.replay().await;
    }

    async fn cf_10_a_booking_that_another_sheet_used_is_not_used_twice(engine: Engine) {
        let house = House::open(engine).await;
        let (_, booking) = house.book("zhangwei", "王女士", MASK).await;
        house.at("10:00").await;
        let desk = house.desk().await;
        assert_eq!(desk.arrive(&arrival(1, "王丽", NUMBER)).await.unwrap().booking, Some(booking));
        desk.arrive(&arrival(2, "李丽", OTHER)).await.unwrap();
        // 李丽 was 王丽's namesake with the same number, says the desk: the customer is zhangwei's, the booking stays sheet 1's
        let made = correct(&desk.0, 2, 3, json!({"customer": {"name": "王丽", "phone": NUMBER}})).await.unwrap();
        assert_eq!(made.status, SheetStatus::Valid);
        let mut db = house.server.app().db.read().await.unwrap();
        let key = server::store::Key { project: PROJECT, id: booking };
        let row = server::store::bookings::by_ids(&mut db, &[key]).await.unwrap().remove(0);
        assert_eq!((row.state.as_str(), row.sheet), ("used", Some(sheet(1))));
        assert_eq!(house.standing("sheet", &[house.customer(sheet(1)).await]).await.len(), 1);
        house.replay().await;
    }

    async fn cf_10_bk_13_what_came_after_the_sheet_changes_nothing(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.desk().await;
        house.at("10:00").await;
        let alone = desk.alone(1, NUMBER).await;
        assert_eq!(alone.status, SheetStatus::WalkIn);
        house.at("10:30").await;
        house.book("zhangwei", "王女士", MASK).await;
        house.at("11:10").await;
        let made = correct(&desk.0, 1, 2, json!({"route": "booked"})).await.unwrap();
        assert_eq!(made.status, SheetStatus::WalkIn, "friendly late entry gains nothing");
        assert!(made.late_entry.eq(&false));
        house.replay().await;
    }

    async fn cf_10_pr_3_who_became_somebody_elses_customer_meanwhile_stays_theirs(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.desk().await;
        desk.brought(1, NUMBER, "zhangwei").await;
        house.at("09:30").await;
        desk.brought(2, OTHER, "zhaolei").await;
        let (status, rule, _) = rule_of(correct(&desk.0, 1, 3, json!({"customer": {"phone": OTHER}})).await);
        assert_eq!((status, rule.as_str()), (409, "PR-3"));
        assert_eq!(look(&house, 1).await.state, SheetState::Open, "nothing happened");
        let standing = house.standing("sheet", &[house.customer(sheet(2)).await]).await;
        assert_eq!((standing.len(), standing[0].source), (1, sheet(2)));
    }

    async fn cf_10_cf_3_an_arrival_is_corrected_within_a_day_before_the_sheet(engine: Engine) {
        let house = House::open(engine).await;
        house.book("zhangwei", "王女士", MASK).await;
        house.at("09:29").await;
        let desk = house.desk().await;
        let early = desk.arrive(&arrival(1, "王丽", NUMBER)).await.unwrap();
        assert_eq!(verdict(&early), (SheetStatus::Void, vec!["BK-1"]));
        house.at("12:00").await;
        for at in ["09:29:01", "2026-11-22T09:28:59+08:00"] {
            let answer = correct(&desk.0, 1, 2, json!({"arrived_at": crate::house::instant(at)})).await;
            assert_eq!(rule_of(answer).1, "CF-3", "{at}");
        }
        let late = correct(&desk.0, 1, 2, json!({"arrived_at": crate::house::instant("09:10")})).await.unwrap();
        assert_eq!((verdict(&late), late.late_entry), ((SheetStatus::Void, vec!["BK-1", "CF-3", "CF-10"]), true));
        house.replay().await;
    }

    async fn cf_10_bk_10_a_review_of_one_who_is_on_the_sheet_no_more_is_over(engine: Engine) {
        let house = House::open(engine).await;
        house.lead("zhaolei", "王强", OTHER).await;
        let desk = house.desk().await;
        let mut body = crate::house::brought(1, NUMBER, "zhangwei");
        body["companions"] = json!([{"name": "王强", "phone": OTHER}]);
        let opened = desk.arrive(&body).await.unwrap();
        assert_eq!((opened.status, opened.companions[0].status), (SheetStatus::Valid, SheetStatus::Review));
        let office = house.as_user("xujun").await;
        let path = format!("/v1/reviews?project={PROJECT}");
        assert_eq!(office.get::<Value>(&path).await.unwrap()["items"].as_array().unwrap().len(), 1);
        correct(&desk.0, 1, 2, json!({"companions": []})).await.unwrap();
        assert_eq!(office.get::<Value>(&path).await.unwrap()["items"], json!([]));
        house.replay().await;
    }

    async fn cf_10_companions_are_corrected_with_the_sheet(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.desk().await;
        let mut body = crate::house::brought(1, NUMBER, "zhangwei");
        body["companions"] = json!([{"name": "王强", "phone": OTHER}, {"name": "李强", "phone": "13900000003"}]);
        let opened = desk.arrive(&body).await.unwrap();
        assert_eq!(opened.companions.len(), 2);
        house.sign_and_confirm(&opened).await;
        let made = correct(&desk.0, 1, 2, json!({"companions": [{"name": "王强", "phone": OTHER}]})).await.unwrap();
        assert_eq!((made.companions.len(), made.companions[0].status), (1, SheetStatus::Valid));
        let mut db = house.server.app().db.read().await.unwrap();
        let sources = async |db: &mut server::store::Reader, mask: &str| {
            let found = server::store::customers::with_masks(db, PROJECT, &[mask.to_owned()]).await.unwrap();
            house.standing("sheet", &[found[0].id]).await.into_iter().map(|each| each.source).collect::<Vec<_>>()
        };
        assert_eq!(sources(&mut db, "139****0002").await, [sheet(2)]);
        assert_eq!(sources(&mut db, "139****0003").await, [] as [Uuid; 0]);
        drop(db);
        let twice = json!({"companions": [{"name": "王丽", "phone": NUMBER}]});
        assert_eq!(refused(correct(&desk.0, 2, 3, twice).await), (422, "validation".to_owned()));
        house.replay().await;
    }

    async fn cf_10_the_same_correction_again_is_the_same_version(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.desk().await;
        desk.brought(1, NUMBER, "zhangwei").await;
        let what = json!({"customer": {"name": "汪莉", "phone": OTHER}});
        let made = correct(&desk.0, 1, 2, what.clone()).await.unwrap();
        house.at("09:30").await;
        assert_eq!(correct(&desk.0, 1, 2, what).await.unwrap(), made);
        let other = json!({"customer": {"name": "汪丽", "phone": OTHER}});
        assert_eq!(refused(correct(&desk.0, 1, 2, other).await), (409, "id-taken".to_owned()));
        assert_eq!(refused(correct(&desk.0, 2, 1, json!({"route": "walk_in"})).await), (409, "id-taken".to_owned()));
        let stale = desk.0.with_header(IF_MATCH, "\"7\"");
        assert_eq!(refused(correct(&stale, 2, 3, json!({"route": "walk_in"})).await).0, 412);
    }

    async fn cf_10_what_cannot_be_corrected_and_by_whom_it_is(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.desk().await;
        desk.brought(1, NUMBER, "zhangwei").await;
        let lead = house.as_user("xujun").await;
        for (what, status) in [
            (json!({"reason": "  "}), 422), (json!({"customer": {"name": " "}}), 422), (json!({"customer": {"phone": "12"}}), 422),
            (json!({"brought_by": world::id("yangtao")}), 422),
        ] {
            assert_eq!(refused(correct(&lead, 1, 2, what.clone()).await).0, status, "{what}");
        }
        for (who, status) in [("fenglin", 403), ("zhangwei", 403), ("huangyan", 403), ("machao", 403)] {
            assert_eq!(refused(correct(&house.as_user(who).await, 1, 2, json!({"route": "walk_in"})).await).0, status, "{who}");
        }
        crate::house::make_site_lead_elsewhere(&house, "yangtao").await;
        let stranger = house.as_user("yangtao").await;
        assert_eq!(refused(correct(&stranger, 1, 2, json!({"route": "walk_in"})).await), (404, "not-found".to_owned()));
        lead.post::<Confirmation>(&format!("/v1/confirmations/{}/void", sheet(1)), &json!({"reason": "冒充"})).await.unwrap();
        let (_, rule, message) = rule_of(correct(&lead, 1, 2, json!({"route": "walk_in"})).await);
        assert!(rule == "CF-10" && message.contains("open a case"), "{message}");
    }

    async fn cf_10_many_corrections_at_once_leave_one(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.desk().await;
        desk.brought(1, NUMBER, "zhangwei").await;
        let mut acts = JoinSet::new();
        for n in 0..8_u128 {
            let api = desk.0.clone();
            let name = json!({"customer": {"name": "汪莉", "phone": format!("1390000001{n}")}});
            acts.spawn(async move { correct(&api, 1, 10 + n, name).await });
        }
        let answers = acts.join_all().await;
        let made: Vec<Uuid> = answers.iter().filter_map(|answer| answer.as_ref().ok()).map(|each| each.id).collect();
        assert_eq!(made.len(), 1);
        for answer in answers.into_iter().filter(Result::is_err) {
            assert_eq!(rule_of(answer).1, "CF-10");
        }
        assert_eq!(look(&house, 1).await.corrected_by, Some(made[0]));
        assert_eq!(house.standing("sheet", &[house.customer(made[0]).await]).await.len(), 1);
        assert_eq!(house.standing("sheet", &[house.customer(sheet(1)).await]).await, []);
        house.replay().await;
    }
}
