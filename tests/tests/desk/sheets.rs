//! The life of a sheet.

use api_spec::desk::{Confirmation, SheetState, SheetStatus};
use api_spec::primitives::Page;
use api_spec::rulings::Ruling;
use reqwest::header::IF_MATCH;
use serde_json::json;
use tests::api::{Answer, Api};
use tests::world::{self, PROJECT};
use uuid::Uuid;

use crate::house::{House, MASK, NUMBER, arrival, brought, ms, refused, rule_of, sheet, told, verdict};

async fn post(api: &Api, id: Uuid, act: &str) -> Answer<Confirmation> {
    api.post(&format!("/v1/confirmations/{id}/{act}"), &json!({"reason": "邻居冒充"})).await
}

tests::scenarios! {
    async fn cf_1_only_the_desk_opens_a_sheet_and_opens_it_once(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.desk().await;
        let body = brought(1, NUMBER, "zhangwei");
        let first = desk.arrive(&body).await.unwrap();
        house.at("09:10").await;
        assert_eq!(desk.arrive(&body).await.unwrap(), first, "the same again, whenever");
        let mut spaced = body.clone();
        spaced["customer"]["phone"] = "+86 138-1234-5678".into();
        assert_eq!(desk.arrive(&spaced).await.unwrap(), first, "the same number");
        for (field, value) in [("route", json!("booked")), ("arrived_at", json!(world::MORNING))] {
            let mut other = body.clone();
            other[field] = value;
            assert_eq!(refused(desk.arrive(&other).await), (409, "id-taken".to_owned()), "{field}");
        }
        assert_eq!(refused(desk.arrive(&brought(1, "13900000001", "zhangwei")).await), (409, "id-taken".to_owned()));
        let path = format!("/v1/projects/{PROJECT}/arrivals");
        for (who, status) in [("wuqiang", 403), ("xujun", 403), ("zhangwei", 403), ("yangtao", 403)] {
            let answer = house.as_user(who).await.post::<Confirmation>(&path, &arrival(2, "王丽", NUMBER)).await;
            assert_eq!(refused(answer).0, status, "{who}");
        }
        let elsewhere = format!("/v1/projects/{}/arrivals", world::OTHER_PROJECT);
        assert_eq!(refused(desk.0.post::<Confirmation>(&elsewhere, &body).await), (404, "not-found".to_owned()));
    }

    async fn cf_3_the_arrival_decides_and_is_entered_within_a_day(engine: Engine) {
        let house = House::open(engine).await;
        house.book("zhangwei", "王女士", MASK).await;
        house.at("10:00").await;
        let desk = house.desk().await;
        let at = |n, time: &str| {
            let mut body = arrival(n, "王丽", NUMBER);
            body["arrived_at"] = crate::house::instant(time).into();
            body
        };
        let (status, rule, message) = rule_of(desk.arrive(&at(1, "10:00:01")).await);
        assert_eq!((status, rule.as_str()), (409, "CF-3"));
        assert!(message.contains("future"), "{message}");
        let (_, rule, message) = rule_of(desk.arrive(&at(1, "2026-11-22T09:59:59+08:00")).await);
        assert_eq!(rule, "CF-3");
        assert!(message.contains("24 hours"), "{message}");
        let late = desk.arrive(&at(1, "09:29")).await.unwrap();
        assert_eq!(verdict(&late), (SheetStatus::Void, vec!["BK-1", "CF-3"]), "void by the arrival, and flagged");
        assert_eq!(late.arrived_at.0, ms("09:29"));
        let mut a_day_back = at(2, "2026-11-22T10:00:00+08:00");
        a_day_back["customer"]["phone"] = "13900000001".into();
        assert_eq!(desk.arrive(&a_day_back).await.unwrap().status, SheetStatus::WalkIn);
        let mut punctual = arrival(3, "赵丽", "13900000002");
        punctual["arrived_at"] = crate::house::instant("09:45").into();
        assert_eq!(verdict(&desk.arrive(&punctual).await.unwrap()).1, Vec::<&str>::new());
    }

    async fn cf_5_a_valid_sheet_needs_two_signatures_of_two_persons(engine: Engine) {
        let house = House::open(engine).await;
        let opened = house.desk().await.brought(1, NUMBER, "zhangwei").await;
        let (own, other, lead) =
            (house.as_user("fenglin").await, house.as_user("wuqiang").await, house.as_user("xujun").await);
        let (_, rule, message) = rule_of(post(&lead, opened.id, "confirm").await);
        assert!(rule == "CF-5" && message.contains("consultant signs first"), "{message}");
        let (_, rule, message) = rule_of(post(&other, opened.id, "sign").await);
        assert!(rule == "CF-5" && message.contains("Only the sheet's consultant"), "{message}");
        assert_eq!(refused(post(&lead, opened.id, "sign").await), (403, "forbidden".to_owned()));
        assert_eq!(refused(post(&own, opened.id, "confirm").await), (403, "forbidden".to_owned()));
        assert_eq!(refused(post(&own, Uuid::max(), "sign").await), (404, "not-found".to_owned()));
        let stale = own.with_header(IF_MATCH, "\"7\"");
        assert_eq!(refused(post(&stale, opened.id, "sign").await), (412, "stale".to_owned()));
        let signed = post(&own.with_header(IF_MATCH, "\"1\""), opened.id, "sign").await.unwrap();
        assert_eq!((signed.state, signed.version, signed.protected_until), (SheetState::Signed, 2, None));
        let standing = house.standing("sheet", &[house.customer(sheet(1)).await]).await;
        assert_eq!(standing[0].state, "reserved", "one signature protects nothing yet");
        let (_, rule, message) = rule_of(post(&own, opened.id, "sign").await);
        assert!(rule == "CF-5" && message.contains("already"), "{message}");
        let confirmed = post(&lead, opened.id, "confirm").await.unwrap();
        assert_eq!((confirmed.state, confirmed.version), (SheetState::Confirmed, 3));
        assert_eq!(rule_of(post(&lead, opened.id, "confirm").await).1, "CF-5");
        assert_eq!(rule_of(post(&lead, opened.id, "void").await).1, "CF-10");
    }

    async fn cf_5_one_person_with_both_roles_signs_once(engine: Engine) {
        let house = House::open(engine).await;
        crate::house::make_site_lead(&house, "fenglin").await;
        let opened = house.desk().await.brought(1, NUMBER, "zhangwei").await;
        let both = house.as_user("fenglin").await;
        post(&both, opened.id, "sign").await.unwrap();
        let (status, rule, message) = rule_of(post(&both, opened.id, "confirm").await);
        assert_eq!((status, rule.as_str()), (409, "CF-5"));
        assert!(message.contains("two persons"), "{message}");
    }

    async fn cf_2_earlier_bookings_and_protections_are_found_unasked_and_kept_with_the_sheet(engine: Engine) {
        let house = House::open(engine).await;
        let (_, booking) = house.book("zhangwei", "王女士", MASK).await;
        let desk = house.desk().await;
        house.at("09:30").await;
        let valid = desk.booked(1, "王丽", NUMBER).await;
        assert_eq!((valid.status, valid.booking), (SheetStatus::Valid, Some(booking)), "the desk named no booking");
        let void = desk.brought(2, NUMBER, "zhaolei").await;
        assert_eq!(verdict(&void), (SheetStatus::Void, vec!["PR-3"]));
        for sheet in [&valid, &void] {
            let stored: Vec<Ruling> = desk.0.get(&format!("/v1/rulings?subject={}", sheet.id)).await.unwrap();
            let rules: Vec<_> = stored[0].reasons.iter().map(|reason| reason.rule.as_str()).collect();
            assert_eq!((stored.len(), rules), (1, verdict(sheet).1));
        }
    }

    async fn cf_6_a_void_sheet_says_why_and_the_customer_is_received_as_a_walk_in(engine: Engine) {
        let house = House::open(engine).await;
        house.book("zhangwei", "王女士", MASK).await;
        let desk = house.desk().await;
        house.at("09:29:59").await;
        let void = desk.booked(1, "王丽", NUMBER).await;
        assert_eq!(verdict(&void), (SheetStatus::Void, vec!["BK-1"]));
        assert_eq!(void.reasons[0].message.lines().count(), 2, "in both languages");
        assert!(void.consultant.is_some(), "somebody receives the customer");
        assert_eq!(verdict(&desk.brought(2, NUMBER, "zhaolei").await), (SheetStatus::Void, vec!["BK-14"]), "PR-5");
    }

    async fn cf_7_a_void_by_hand_says_why_tells_the_holder_and_keeps_the_reservation(engine: Engine) {
        let house = House::open(engine).await;
        let mut holder = house.phone("zhangwei").await;
        let desk = house.desk().await;
        let opened = desk.brought(1, NUMBER, "zhangwei").await;
        let lead = house.as_user("xujun").await;
        let path = format!("/v1/confirmations/{}/void", opened.id);
        assert_eq!(rule_of(lead.post::<Confirmation>(&path, &json!({"reason": " "})).await).1, "CF-7");
        let void: Confirmation = lead.post(&path, &json!({"reason": "邻居冒充 13900000009"})).await.unwrap();
        assert_eq!((void.state, verdict(&void), void.holder), (SheetState::Voided, (SheetStatus::Void, vec!["CF-7"]), None));
        assert!(void.reasons[0].message.contains("139****0009"), "P11: {}", void.reasons[0].message);
        assert_eq!(told(&mut holder, opened.id).await, ("void".to_owned(), vec!["CF-7".to_owned()]));
        assert_eq!(verdict(&desk.brought(2, NUMBER, "zhaolei").await), (SheetStatus::Void, vec!["PR-3"]), "reserved for 48 h");
        house.server.api().set_clock("2026-11-25T09:00:00+08:00").await;
        assert_eq!(desk.brought(3, NUMBER, "zhaolei").await.status, SheetStatus::Valid);
        assert_eq!(rule_of(post(&lead, opened.id, "void").await).1, "CF-6");
        house.replay().await;
    }

    async fn sheets_are_listed_by_day_state_and_consultant(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.desk().await;
        for n in 1..=5 {
            desk.brought(n, &format!("1390000000{n}"), "zhangwei").await;
        }
        let first = house.as_user("fenglin").await;
        post(&first, sheet(1), "sign").await.unwrap();
        let path = format!("/v1/projects/{PROJECT}/confirmations");
        let ids = async |query: &str| {
            let page: Page<Confirmation> = first.get(&format!("{path}?{query}")).await.unwrap();
            (page.items.iter().map(|each| each.id).collect::<Vec<_>>(), page.next_cursor)
        };
        assert_eq!(ids("day=2026-11-23&state=signed").await.0, [sheet(1)]);
        assert_eq!(ids(&format!("consultant={}", world::id("wuqiang"))).await.0, [sheet(2), sheet(4)]);
        assert_eq!(ids("day=2026-11-22").await.0, Vec::<Uuid>::new());
        let (page, next) = ids("limit=3").await;
        assert_eq!(page, [sheet(1), sheet(2), sheet(3)]);
        assert_eq!(ids(&format!("limit=3&cursor={}", next.unwrap())).await, (vec![sheet(4), sheet(5)], None));
        assert_eq!(refused(first.get::<Page<Confirmation>>(&format!("{path}?cursor=x")).await), (400, "bad-cursor".to_owned()));
        assert_eq!(refused(first.get::<Page<Confirmation>>(&format!("{path}?limit=501")).await), (400, "bad-parameter".to_owned()));
    }
}
