//! Requests, and what a lead's answer brings about (AT-9, AT-14).

use api_spec::requests::AnsweredRequest;
use serde_json::{Value, json};
use server::store::checkins::{self, Checkin};
use sync_core::kinds::REQUEST;
use tests::api::{Answer, Api};
use tests::phone::Phone;
use tests::world::{self, PROJECT, TEAMS};
use uuid::Uuid;

use crate::house::{DAY, House, check, refused, told};

const WED: &str = "2026-11-25";

fn ask(phone: &mut Phone, want: &str, more: Value) -> Uuid {
    let mut fields = json!({"want": want, "reason": "手机没电"});
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    phone.create(&REQUEST, fields)
}

async fn answer(api: &Api, id: Uuid, decline: Option<&str>) -> Answer<AnsweredRequest> {
    match decline {
        Some(reason) => api.post(&format!("/v1/requests/{id}/decline"), &json!({"reason": reason})).await,
        None => api.post(&format!("/v1/requests/{id}/approve"), &json!({})).await,
    }
}

fn rule(answer: Answer<AnsweredRequest>) -> (u16, String) {
    let problem = answer.unwrap_err();
    (problem.status, problem.members.get("rule").and_then(Value::as_str).unwrap_or(&problem.code).to_owned())
}

/// The check-ins of somebody's day as the rules see them: type, verdict, source.
async fn checks(house: &House, username: &str) -> Vec<(String, String, String)> {
    let mut db = house.server.app().db.read().await.unwrap();
    let rows = checkins::of_subjects(&mut db, PROJECT, &[world::id(username)], (DAY, DAY)).await.unwrap();
    rows.into_iter().map(|Checkin { kind, verdict, source, .. }| (kind, verdict, source)).collect()
}

fn row(kind: &str, verdict: &str, source: &str) -> (String, String, String) {
    (kind.to_owned(), verdict.to_owned(), source.to_owned())
}

fn instant(day: &str, time: &str) -> String {
    format!("{day}T{time}:00.000+08:00")
}

/// The roster's plan of somebody's day.
async fn off(house: &House, username: &str, day: &str) -> bool {
    let path = format!("/v1/projects/{PROJECT}/rosters/{day}?team={}", TEAMS[0]);
    let roster: api_spec::rosters::Roster = house.user("huangyan").await.get(&path).await.unwrap();
    roster.people.iter().any(|each| each.person.id == world::id(username) && each.off.is_some())
}

tests::scenarios! {
    async fn at_9_an_approved_missed_check_counts_and_both_times_are_kept(engine: Engine) {
        let house = House::open(engine).await;
        house.at(DAY, "11:00").await;
        let mut phone = house.phone("zhangwei").await;
        let id = ask(&mut phone, "missed_check", json!({"type": "on", "at": instant(DAY, "09:20")}));
        house.sync(&mut phone).await;
        assert_eq!(checks(&house, "zhangwei").await, []);
        let mut lead = house.phone("lihua").await;
        lead.command(&REQUEST, id, "approve", json!({}));
        assert_eq!(house.sync(&mut lead).await, []);
        assert_eq!(checks(&house, "zhangwei").await, [row("on", "on_time", "request")]);
        house.sync(&mut phone).await;
        assert_eq!(told(&phone, id), ("approved".to_owned(), vec!["AT-9".to_owned()]));
        assert_eq!(phone.replica.view(id).unwrap().phase, "approved");
        let why: Value = phone.api().get(&format!("/v1/rulings?subject={id}")).await.unwrap();
        assert!(why.to_string().contains("2026-11-23 09:20"), "the time that is asked for: {why}");
        assert_eq!(phone.body(id)["answer"]["rule"], "AT-9");
        assert!(house.day("zhangwei", DAY).await.unwrap().marks > 0);
        house.replay().await;
    }

    async fn at_9_a_wrong_check_is_corrected_and_the_old_one_stays_as_evidence(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("zhangwei").await;
        let wrong = check(&mut phone, "off");
        house.sync(&mut phone).await;
        let id = ask(&mut phone, "wrong_check", json!({"about": wrong, "type": "on"}));
        house.sync(&mut phone).await;
        // somebody else's check-in is nobody's to correct
        let mut other = house.phone("liuyang").await;
        let foreign = ask(&mut other, "wrong_check", json!({"about": wrong, "type": "on"}));
        house.sync(&mut other).await;
        let lead = house.user("lihua").await;
        assert_eq!(rule(answer(&lead, foreign, None).await), (409, "AT-9".to_owned()));
        answer(&lead, id, None).await.unwrap();
        let expected = [row("off", "void", "phone"), row("on", "on_time", "request")];
        let mut found = checks(&house, "zhangwei").await;
        found.sort();
        assert_eq!(found, expected);
        house.sync(&mut phone).await;
        assert_eq!(told(&phone, wrong), ("void".to_owned(), vec!["AT-9".to_owned()]));
        house.replay().await;
    }

    async fn at_9_a_declined_request_reaches_its_author_with_the_reason(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("zhangwei").await;
        let id = ask(&mut phone, "leave", json!({"from": instant(WED, "00:00"), "until": instant("2026-11-26", "00:00")}));
        house.sync(&mut phone).await;
        let lead = house.user("lihua").await;
        assert_eq!(refused(answer(&lead, id, Some(" ")).await).0, 422);
        let answered = answer(&lead, id, Some("周三开盘，打 13812345678")).await.unwrap();
        assert_eq!(answered.phase, "declined");
        assert_eq!(refused(answer(&lead, id, None).await), (409, "wrong-state".to_owned()));
        house.sync(&mut phone).await;
        assert_eq!(phone.body(id)["answer"]["reason"], "周三开盘，打 138****5678");
        assert!(house.day("zhangwei", WED).await.is_none(), "nothing follows");
    }

    async fn at_9_approved_leave_makes_its_days_excused(engine: Engine) {
        let house = House::open(engine).await;
        house.check("liuyang", "on").await;
        let mut phone = house.phone("zhangwei").await;
        let id = ask(&mut phone, "leave", json!({"from": instant(WED, "09:00"), "until": instant("2026-11-27", "00:00")}));
        house.sync(&mut phone).await;
        answer(&house.user("lihua").await, id, None).await.unwrap();
        house.jobs_at("2026-11-28", "01:00").await;
        for (day, outcome) in [("2026-11-24", "absent"), (WED, "excused"), ("2026-11-26", "excused"), ("2026-11-27", "absent")] {
            assert_eq!(house.outcome("zhangwei", day).await, outcome, "{day}");
        }
        house.replay().await;
    }

    async fn at_2_at_4_a_day_off_on_the_roster_is_no_absence(engine: Engine) {
        let house = House::open(engine).await;
        let site = house.user("xujun").await;
        let people = json!([
            {"user": world::id("zhangwei"), "plan": "off", "off": "rotation"}, {"user": world::id("liuyang"), "plan": "off", "off": "event"}
        ]);
        let path = format!("/v1/projects/{PROJECT}/rosters/{WED}?team={}", TEAMS[0]);
        let _: Value = site.put(&path, &json!({"people": people})).await.unwrap();
        let late = json!([{"user": world::id("zhangwei"), "plan": "work", "start": "13:00", "end": "21:00"}]);
        let _: Value = site.put(&format!("/v1/projects/{PROJECT}/rosters/2026-11-26?team={}", TEAMS[0]), &json!({"people": late})).await.unwrap();
        house.at("2026-11-26", "12:50").await;
        house.check("zhangwei", "on").await;
        house.check("liuyang", "on").await;
        house.at("2026-11-26", "21:00").await;
        house.check("zhangwei", "off").await;
        house.check("liuyang", "off").await;
        house.jobs_at("2026-11-28", "01:00").await;
        for (username, day, outcome) in [
            ("zhangwei", WED, "off"), ("liuyang", WED, "off"), ("lihua", WED, "absent"),
            ("zhangwei", "2026-11-26", "on_time"), ("liuyang", "2026-11-26", "late"),
        ] {
            assert_eq!(house.outcome(username, day).await, outcome, "{username} {day}");
        }
        // planned afterwards by the site lead, with a reason: the day is ruled on again
        let request = json!({"people": [{"user": world::id("lihua"), "plan": "off", "off": "makeup"}], "reason": "调休"});
        let _: Value = site.put(&path, &request).await.unwrap();
        house.jobs_at("2026-11-28", "01:02").await;
        assert_eq!(house.outcome("lihua", WED).await, "off");
        house.replay().await;
    }

    async fn at_9_leave_marks_the_days_it_touches_and_no_others(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("zhangwei").await;
        let id = ask(&mut phone, "leave", json!({"from": instant(WED, "09:00"), "until": instant("2026-11-27", "00:00")}));
        house.sync(&mut phone).await;
        answer(&house.user("lihua").await, id, None).await.unwrap();
        for (day, due) in [("2026-11-24", false), (WED, true), ("2026-11-26", true), ("2026-11-27", false)] {
            assert_eq!(house.day("zhangwei", day).await.is_some(), due, "{day}");
        }
        house.replay().await;
    }

    async fn at_9_requests_are_answered_by_the_lead_and_the_leads_own_by_the_office(engine: Engine) {
        let house = House::open(engine).await;
        let (mut phone, mut lead) = (house.phone("zhangwei").await, house.phone("lihua").await);
        let span = json!({"from": instant(WED, "00:00"), "until": instant("2026-11-26", "00:00")});
        let (id, own) = (ask(&mut phone, "leave", span.clone()), ask(&mut lead, "leave", span));
        house.sync(&mut phone).await;
        house.sync(&mut lead).await;
        for (somebody, status) in [("zhangwei", 403), ("liuyang", 404), ("chenjing", 404), ("machao", 404), ("gaofei", 404)] {
            assert_eq!(refused(answer(&house.user(somebody).await, id, None).await).0, status, "{somebody}");
        }
        assert_eq!(refused(answer(&house.user("lihua").await, own, None).await), (403, "forbidden".to_owned()));
        answer(&house.user("huangyan").await, own, None).await.unwrap();
        answer(&house.user("lihua").await, id, None).await.unwrap();
    }

    async fn at_14_a_swap_needs_the_colleague_and_the_leads_consent_before_the_shift_begins(engine: Engine) {
        let house = House::open(engine).await;
        let (site, lead) = (house.user("huangyan").await, house.user("lihua").await);
        for (username, day) in [("zhangwei", WED), ("liuyang", "2026-11-26")] {
            let people = json!([{"user": world::id(username), "plan": "off", "off": "rotation"}]);
            let path = format!("/v1/projects/{PROJECT}/rosters/{day}?team={}", TEAMS[0]);
            let _: Value = site.put(&path, &json!({"people": people})).await.unwrap();
        }
        let (mut zhang, mut liu) = (house.phone("zhangwei").await, house.phone("liuyang").await);
        let days = |first: &str, second: &str, with: &str| json!({"about": world::id(with), "from": instant(first, "12:00"), "until": instant(second, "12:00")});
        let id = ask(&mut zhang, "swap", days(WED, "2026-11-26", "liuyang"));
        house.sync(&mut zhang).await;
        house.sync(&mut liu).await;
        let notices: Vec<_> = liu.replica.records().into_iter().filter(|view| view.kind == "notice").collect();
        assert!(notices[0].body["text"].as_str().unwrap().contains("ZHANGWEI"), "the colleague is asked");
        assert_eq!(rule(answer(&lead, id, None).await), (409, "AT-14".to_owned()), "the colleague has not agreed");
        let other = ask(&mut liu, "swap", days("2026-11-26", WED, "zhangwei"));
        house.sync(&mut liu).await;
        house.at(WED, "09:29:59").await;
        answer(&lead, id, None).await.unwrap();
        for (username, day, is_off) in [("zhangwei", WED, false), ("liuyang", WED, true), ("zhangwei", "2026-11-26", true), ("liuyang", "2026-11-26", false)] {
            assert_eq!(off(&house, username, day).await, is_off, "{username} {day}");
            assert!(house.day(username, day).await.is_some());
        }
        house.sync(&mut liu).await;
        assert_eq!(told(&liu, other), ("approved".to_owned(), vec!["AT-14".to_owned()]), "both are answered");
        let rosters: Vec<_> = liu.replica.records().into_iter().filter(|view| view.kind == "roster").collect();
        let of = |day: &str| rosters.iter().find(|view| view.body["day"] == day).unwrap().body["people"].to_string();
        assert!(of(WED).contains("off") && of("2026-11-26").contains("off"));
        house.replay().await;
    }

    async fn at_14_a_swap_is_refused_once_the_shift_has_begun(engine: Engine) {
        let house = House::open(engine).await;
        let (mut zhang, mut liu) = (house.phone("zhangwei").await, house.phone("liuyang").await);
        let id = ask(&mut zhang, "swap", json!({"about": world::id("liuyang"), "at": instant(DAY, "12:00")}));
        ask(&mut liu, "swap", json!({"about": world::id("zhangwei"), "at": instant(DAY, "12:00")}));
        house.sync(&mut zhang).await;
        house.sync(&mut liu).await;
        house.at(DAY, "09:30").await;
        assert_eq!(rule(answer(&house.user("lihua").await, id, None).await), (409, "AT-14".to_owned()));
        house.at(DAY, "09:29:59").await;
        answer(&house.user("lihua").await, id, None).await.unwrap();
    }
}
