//! A month is closed, frozen, and what comes later is borne by the open one (MC-1).

use api_spec::attendance::{DayOutcome, MonthClosed, MonthSheet};
use serde_json::json;
use tests::world::{PROJECT, TEAMS, id};

use crate::house::{House, check, refused};

const LAST: &str = "2026-11-30";

fn path(month: &str) -> String {
    format!("/v1/projects/{PROJECT}/attendance/months/{month}")
}

tests::scenarios! {
    async fn mc_1_a_closed_month_is_frozen_and_later_evidence_is_an_adjustment_of_the_open_one(engine: Engine) {
        let house = House::open(engine).await;
        house.at(LAST, "09:00").await;
        let mut late = house.phone("zhangwei").await;
        let mut half = house.phone("liuyang").await;
        for phone in [&mut late, &mut half] {
            check(phone, "on");
        }
        house.sync(&mut half).await;
        late.clock.pass_minutes(540);
        check(&mut late, "off");
        let office = house.user("huangyan").await;
        let close = async |month: &str, body: serde_json::Value| {
            office.post::<MonthClosed>(&format!("{}/close", path(month)), &body).await
        };
        house.jobs_at(LAST, "23:59:59").await;
        assert_eq!(refused(close("2026-11", json!({})).await), (409, "rule-refused".to_owned()), "it is not over");
        house.at("2026-12-01", "08:00").await;
        // liuyang has no check-out: the day waits for a decision
        assert_eq!(refused(close("2026-11", json!({})).await), (409, "rule-refused".to_owned()));
        assert_eq!(refused(close("2026-11", json!({"reason": " "})).await), (422, "validation".to_owned()));
        for (somebody, expected) in [("lihua", 403), ("zhangwei", 403), ("gaofei", 403)] {
            let api = house.user(somebody).await;
            let answer = api.post::<MonthClosed>(&format!("{}/close", path("2026-11")), &json!({"reason": "x"})).await;
            assert_eq!(refused(answer).0, expected, "{somebody}");
        }
        let open: MonthSheet = office.get(&path("2026-11")).await.unwrap();
        assert_eq!((open.closed, open.people.iter().map(|each| each.open).sum::<u32>()), (None, 1));
        let closed = close("2026-11", json!({"reason": "he is ill"})).await.unwrap();
        assert_eq!(closed.reason.as_deref(), Some("he is ill"));
        assert_eq!(close("2026-11", json!({})).await.unwrap(), closed, "closing twice gives the same answer");
        let frozen: MonthSheet = office.get(&path("2026-11")).await.unwrap();
        assert_eq!((frozen.closed.as_ref(), &frozen.people), (Some(&closed), &open.people));
        let zhang = frozen.people.iter().find(|each| each.person.id == id("zhangwei")).unwrap();
        assert_eq!(zhang.days.last().unwrap().outcome, DayOutcome::Absent);
        assert_eq!(zhang.totals["absent"], 8, "{zhang:?}");

        house.at("2026-12-01", "09:00").await;
        house.sync(&mut late).await;
        house.jobs().await;
        let after: MonthSheet = office.get(&path("2026-11")).await.unwrap();
        assert_eq!(after, frozen, "the closed sheet stays as it is");
        let bears: MonthSheet = office.get(&path("2026-12")).await.unwrap();
        let [adjustment] = &bears.adjustments[..] else { panic!("{bears:?}") };
        assert_eq!((adjustment.day.to_string(), adjustment.person.id), (LAST.to_owned(), id("zhangwei")));
        assert_eq!((adjustment.from.outcome, adjustment.to.outcome), (DayOutcome::Absent, DayOutcome::OnTime));
        let day = house.day("zhangwei", LAST).await.unwrap();
        assert_eq!((day.outcome.as_deref(), day.absent, day.ruling), (Some("absent"), false, Some(adjustment.ruling)));
        house.jobs().await;
        let again: MonthSheet = office.get(&path("2026-12")).await.unwrap();
        assert_eq!(again.adjustments.len(), 1);
        house.replay().await;
    }

    async fn mc_1_a_leads_month_holds_the_team_and_is_exported(engine: Engine) {
        let house = House::open(engine).await;
        house.at(LAST, "09:00").await;
        house.check("zhangwei", "on").await;
        house.at(LAST, "18:00").await;
        house.check("zhangwei", "off").await;
        house.jobs_at("2026-12-01", "08:00").await;
        let lead = house.user("lihua").await;
        let sheet: MonthSheet = lead.get(&path("2026-11")).await.unwrap();
        assert_eq!(sheet.people.iter().map(|each| each.person.name.as_str()).collect::<Vec<_>>(), ["LIHUA", "LIUYANG", "WANGFANG", "ZHANGWEI"]);
        let zhang = sheet.people.last().unwrap();
        assert_eq!((zhang.minutes.worked, zhang.totals["on_time"]), (540, 1));
        let own: MonthSheet = house.user("zhangwei").await.get(&path("2026-11")).await.unwrap();
        assert_eq!(own.people.len(), 1);
        let other = format!("{}?team={}", path("2026-11"), TEAMS[1]);
        assert_eq!(refused(lead.get::<MonthSheet>(&other).await).0, 404);
        assert_eq!(refused(house.user("gaofei").await.get::<MonthSheet>(&path("2026-11")).await).0, 404);
        assert_eq!(refused(lead.get::<MonthSheet>(&path("2026-13")).await), (400, "bad-parameter".to_owned()));
        let csv = lead.request(reqwest::Method::GET, &format!("{}?format=csv", path("2026-11"))).send().await.unwrap();
        let text = csv.text().await.unwrap();
        assert!(text.contains("ZHANGWEI") && text.contains("on_time"), "{text}");
        let promoter = house.user("zhangwei").await;
        let refused = promoter.request(reqwest::Method::GET, &format!("{}?format=xlsx", path("2026-11"))).send().await.unwrap();
        assert_eq!(refused.status(), 403);
    }
}
