//! Attendance that others take: witnesses, delegates, manual entries (AT-8, AT-9, AT-10).

use api_spec::attendance::{EnteredCheck, NameDelegate, WitnessedHow, WitnessedPost};
use serde_json::{Value, json};
use sync_core::kinds::{ASSIGNMENT, CHECKIN};
use tests::api::{Answer, Api, read};
use tests::world::{POST, PROJECT, TEAMS, id};
use uuid::Uuid;

use crate::house::{DAY, House, NEXT, check, check_with, refused, told};

/// The lead gives the post out to these people.
async fn assign(house: &House, people: &[&str]) {
    let mut lead = house.phone("lihua").await;
    for username in people {
        lead.create(&ASSIGNMENT, json!({"day": DAY, "subject": id(username), "post": POST}));
    }
    house.sync(&mut lead).await;
}

fn round(n: u128, kind: &str) -> Value {
    json!({"id": Uuid::from_u128(n), "post": POST, "type": kind})
}

async fn witness(api: &Api, body: &Value) -> Answer<WitnessedPost> {
    api.post(&format!("/v1/projects/{PROJECT}/attendance/witness"), body).await
}

async fn delegate(api: &Api, user: Option<&str>) -> Answer<NameDelegate> {
    let path = format!("/v1/teams/{}/delegate", TEAMS[0]);
    read(api.request(reqwest::Method::PUT, &path).json(&json!({"user": user.map(id)}))).await
}

fn brief(round: &WitnessedPost) -> Vec<(&str, WitnessedHow)> {
    round.people.iter().map(|each| (each.person.name.as_str(), each.how)).collect()
}

tests::scenarios! {
    async fn at_10_a_whole_post_is_witnessed_at_once_and_own_check_ins_give_the_time(engine: Engine) {
        let house = House::open(engine).await;
        assign(&house, &["wangfang", "zhangwei"]).await;
        house.at(DAY, "09:10").await;
        house.check("wangfang", "on").await;
        house.at(DAY, "09:50").await;
        let lead = house.user("lihua").await;
        let first = witness(&lead, &round(1, "on")).await.unwrap();
        assert_eq!(brief(&first), [("ZHANGWEI", WitnessedHow::Recorded), ("WANGFANG", WitnessedHow::Confirmed)]);
        assert_eq!(witness(&lead, &round(1, "on")).await.unwrap(), first, "the same request, the same answer");
        assert_eq!(refused(witness(&lead, &round(1, "off")).await), (409, "id-taken".to_owned()));
        assert_eq!(brief(&witness(&lead, &round(2, "on")).await.unwrap())[1].1, WitnessedHow::Known);
        house.at(DAY, "18:00").await;
        assert_eq!(brief(&witness(&lead, &round(3, "off")).await.unwrap())[1].1, WitnessedHow::Recorded);
        house.jobs_at(NEXT, "00:00").await;
        assert_eq!(house.outcome("wangfang", DAY).await, "on_time", "09:10 is her own");
        let zhang = house.day("zhangwei", DAY).await.unwrap();
        assert_eq!(zhang.outcome.as_deref(), Some("review"), "AT-8: nobody checks in for staff");
        assert!(zhang.reasons.contains("AT-8"), "{}", zhang.reasons);
        house.replay().await;
    }

    async fn at_10_without_an_own_check_in_the_leads_moment_counts(engine: Engine) {
        let house = House::open(engine).await;
        house.at(DAY, "09:40").await;
        let mut lead = house.phone("lihua").await;
        for kind in ["on", "off"] {
            check_with(&mut lead, kind, json!({"subject": id("wangfang")}));
            lead.clock.pass_minutes(500);
        }
        house.at(DAY, "18:00").await;
        house.sync(&mut lead).await;
        house.jobs_at(NEXT, "00:00").await;
        let day = house.day("wangfang", DAY).await.unwrap();
        assert_eq!(day.outcome.as_deref(), Some("late"));
        assert!(day.minutes.contains("\"late\":20"), "{}", day.minutes);
    }

    async fn at_8_a_named_delegate_takes_attendance_and_nothing_else(engine: Engine) {
        let house = House::open(engine).await;
        let (lead, promoter) = (house.user("lihua").await, house.user("zhangwei").await);
        assign(&house, &["wangfang"]).await;
        let mut phone = house.phone("wangfang").await;
        let own = check(&mut phone, "on");
        house.sync(&mut phone).await;
        assert_eq!(refused(witness(&promoter, &round(1, "on")).await), (403, "forbidden".to_owned()));
        let mut hand = house.phone("zhangwei").await;
        hand.command(&CHECKIN, own, "witness", json!({}));
        assert_eq!(house.sync(&mut hand).await[0].0, "rejected");
        for (somebody, expected) in [("zhangwei", 404), ("chenjing", 404), ("gaofei", 404)] {
            assert_eq!(refused(delegate(&house.user(somebody).await, Some("zhangwei")).await).0, expected, "{somebody}");
        }
        assert_eq!(refused(delegate(&lead, Some("gaofei")).await), (422, "validation".to_owned()));
        delegate(&lead, Some("zhangwei")).await.unwrap();
        assert_eq!(brief(&witness(&promoter, &round(1, "on")).await.unwrap()), [("WANGFANG", WitnessedHow::Confirmed)]);
        hand.command(&CHECKIN, own, "witness", json!({"seen_at": "2026-11-23T01:05:00Z"}));
        assert_eq!(house.sync(&mut hand).await, []);
        let reviews: api_spec::primitives::Page<Value> = promoter.get("/v1/reviews").await.unwrap();
        assert_eq!(reviews.items.len(), 0, "a delegate decides nothing");
        delegate(&lead, None).await.unwrap();
        assert_eq!(refused(witness(&promoter, &round(2, "on")).await).0, 403);
        // other teams, other projects
        let other = witness(&house.user("chenjing").await, &round(4, "on")).await.unwrap();
        assert_eq!(brief(&other), [("WANGFANG", WitnessedHow::NotYours)]);
        let named = json!({"id": Uuid::from_u128(5), "post": POST, "type": "on", "people": [id("wangfang")]});
        assert_eq!(refused(witness(&house.user("chenjing").await, &named).await).0, 404);
        assert_eq!(refused(witness(&house.user("gaofei").await, &round(6, "on")).await).0, 404);
        let nowhere = json!({"id": Uuid::from_u128(7), "post": Uuid::from_u128(9), "type": "on"});
        assert_eq!(refused(witness(&lead, &nowhere).await).0, 404);
    }

    async fn at_9_the_office_enters_what_a_phone_could_not_with_reason_and_witness(engine: Engine) {
        let house = House::open(engine).await;
        house.at(NEXT, "10:00").await;
        let office = house.user("huangyan").await;
        let path = format!("/v1/projects/{PROJECT}/attendance/manual");
        let entry = |n: u128, kind: &str, at: &str| json!({
            "id": Uuid::from_u128(n), "subject": id("wangfang"), "type": kind, "at": format!("{DAY}T{at}:00+08:00"),
            "reason": "手机损坏，电话 13812345678", "witness": id("lihua"),
        });
        let on = entry(1, "on", "09:15");
        for (somebody, expected) in [("lihua", 403), ("wangfang", 403), ("gaofei", 403)] {
            assert_eq!(refused(house.user(somebody).await.post::<EnteredCheck>(&path, &on).await).0, expected, "{somebody}");
        }
        for (member, value) in [("witness", json!(id("wangfang"))), ("witness", json!(id("gaofei"))), ("reason", json!("  ")), ("at", json!("2026-11-24T10:00:01+08:00"))] {
            let mut wrong = on.clone();
            wrong[member] = value;
            assert_eq!(refused(office.post::<EnteredCheck>(&path, &wrong).await), (422, "validation".to_owned()), "{member}");
        }
        let mut agent = on.clone();
        agent["subject"] = json!(id("machao"));
        assert_eq!(refused(office.post::<EnteredCheck>(&path, &agent).await).0, 404, "attendance of agents is not taken");
        let first: EnteredCheck = office.post(&path, &on).await.unwrap();
        assert_eq!(first.verdict.as_ref().unwrap().outcome, "on_time");
        assert!(first.reason.contains("138****5678") && first.entered_at != first.at, "{first:?}");
        assert_eq!(office.post::<EnteredCheck>(&path, &on).await.unwrap(), first);
        let mut other = on.clone();
        other["at"] = json!(format!("{DAY}T09:16:00+08:00"));
        assert_eq!(refused(office.post::<EnteredCheck>(&path, &other).await), (409, "id-taken".to_owned()));
        let _: EnteredCheck = office.post(&path, &entry(2, "off", "18:00")).await.unwrap();
        house.jobs().await;
        let day = house.day("wangfang", DAY).await.unwrap();
        assert_eq!(day.outcome.as_deref(), Some("on_time"), "the witness of the entry is one for AT-10");
        assert!(day.flags.contains("AT-9"), "{}", day.flags);
        let audit: Value = office.get(&format!("/v1/audit?project={PROJECT}&act=enter_check")).await.unwrap();
        assert_eq!(audit["items"].as_array().unwrap().len(), 2);
        let phone = house.phone("wangfang").await;
        assert_eq!(told(&phone, Uuid::from_u128(1)).0, "on_time");
        house.replay().await;
    }
}
