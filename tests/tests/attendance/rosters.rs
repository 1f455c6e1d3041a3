//! Who works on which day (AT-2, AT-3, AT-4).

use api_spec::primitives::Page;
use api_spec::problem::ProblemBody;
use api_spec::rosters::{DayPlan, OffReason, ProposedRoster, Roster, RosterEntry};
use reqwest::Method;
use reqwest::header::{ACCEPT_LANGUAGE, IF_MATCH};
use serde_json::{Value, json};
use tests::api::{Answer, Api, read};
use tests::world::{self, OTHER_PROJECT, PROJECT, TEAMS};

use crate::house::{House, refused};

/// Wednesday and Saturday of the week.
const WED: &str = "2026-11-25";
const SAT: &str = "2026-11-28";

fn off(username: &str, why: &str) -> Value {
    json!({"user": world::id(username), "plan": "off", "off": why})
}

fn path(day: &str, team: usize) -> String {
    format!("/v1/projects/{PROJECT}/rosters/{day}?team={}", TEAMS[team])
}

async fn put(api: &Api, path: &str, people: Value) -> Answer<Roster> {
    api.put(path, &json!({"people": people})).await
}

fn rule(answer: Answer<Roster>) -> (u16, String, ProblemBody) {
    let problem = *answer.unwrap_err();
    let rule = problem.members.get("rule").and_then(Value::as_str).unwrap_or_default().to_owned();
    (problem.status, rule, problem)
}

fn plan(roster: &Roster, username: &str) -> (DayPlan, Option<OffReason>, bool) {
    let entry = roster.people.iter().find(|each| each.person.id == world::id(username)).unwrap();
    (entry.plan, entry.off, entry.planned)
}

tests::scenarios! {
    async fn at_2_a_lead_plans_the_own_team_and_phones_learn_of_it(engine: Engine) {
        let house = House::open(engine).await;
        let lead = house.user("lihua").await;
        let hours = json!({"user": world::id("liuyang"), "plan": "work", "start": "10:00", "end": "19:00"});
        let roster = put(&lead, &format!("/v1/projects/{PROJECT}/rosters/{WED}"), json!([off("zhangwei", "rotation"), hours])).await.unwrap();
        assert_eq!((roster.version, roster.team, roster.people.len()), (1, Some(TEAMS[0]), 4));
        assert_eq!(plan(&roster, "zhangwei"), (DayPlan::Off, Some(OffReason::Rotation), true));
        assert_eq!(plan(&roster, "wangfang"), (DayPlan::Work, None, false), "the calendar");
        let liu = roster.people.iter().find(|each| each.person.id == world::id("liuyang")).unwrap();
        assert_eq!([&liu.start, &liu.end, &liu.on_site_by].map(|time| time.as_deref().unwrap()), ["10:00", "19:00", "09:50"]);

        let phone = house.phone("zhangwei").await;
        let told: Vec<Value> = phone.replica.records().into_iter().filter(|view| view.kind == "roster").map(|view| view.body.into()).collect();
        assert_eq!(told.len(), 1);
        assert_eq!((&told[0]["day"], &told[0]["people"][0]["off"]), (&json!(WED), &json!("rotation")));

        // the same again changes nothing; what is not named any more is the calendar's again
        assert_eq!(put(&lead, &path(WED, 0), json!([off("zhangwei", "rotation"), hours])).await.unwrap().version, 1);
        let roster = put(&lead, &path(WED, 0), json!([hours])).await.unwrap();
        assert_eq!((roster.version, plan(&roster, "zhangwei")), (2, (DayPlan::Work, None, false)));
        assert!(house.day("zhangwei", WED).await.is_some_and(|day| day.marks == 2), "what bears on the day makes it due");
    }

    async fn at_2_a_plan_against_the_rotation_is_refused_with_the_rule_and_the_site_lead_sets_it_aside_with_a_reason(engine: Engine) {
        let house = House::open(engine).await;
        let lead = house.user("lihua").await;
        let (status, at_2, problem) = rule(put(&lead, &path(SAT, 0), json!([off("zhangwei", "rotation")])).await);
        assert_eq!((status, at_2.as_str()), (409, "AT-2"));
        assert_eq!(problem.errors[0].pointer, "/people/0");
        put(&lead, &path(WED, 0), json!([off("zhangwei", "rotation")])).await.unwrap();
        let second = put(&lead, &path("2026-11-26", 0), json!([off("zhangwei", "rotation")])).await;
        assert_eq!(rule(second).1, "AT-2", "a second day off in the week");
        assert_eq!(rule(put(&lead, &path("2026-11-26", 0), json!([off("zhangwei", "event")])).await).1, "AT-4");

        let site = house.user("xujun").await;
        assert_eq!(rule(put(&site, &path(SAT, 0), json!([off("zhangwei", "rotation")])).await).1, "AT-2");
        let request = json!({"people": [off("zhangwei", "rotation")], "reason": "父亲住院，电话 13812345678"});
        let roster: Roster = site.put(&path(SAT, 0), &request).await.unwrap();
        assert_eq!(plan(&roster, "zhangwei").1, Some(OffReason::Rotation));
        let warned = &roster.people.iter().find(|each| each.planned).unwrap().warnings;
        assert_eq!(warned.iter().map(|each| each.rule.as_str()).collect::<Vec<_>>(), ["AT-2", "AT-2"], "weekday and week");
        let office = house.user("huangyan").await;
        let acts: Value = office.get("/v1/audit?act=put_roster").await.unwrap();
        let written = acts.to_string();
        assert!(written.contains("138****5678") && !written.contains("13812345678"), "audited, and masked: {written}");
    }

    async fn at_3_a_liaison_who_works_more_than_six_days_in_a_row_is_warned_of(engine: Engine) {
        let house = House::open(engine).await;
        let lead = house.user("lihua").await;
        let shown: Roster = lead.get(&path(WED, 0)).await.unwrap();
        let warned = |roster: &Roster, username: &str| {
            let entry = roster.people.iter().find(|each| each.person.id == world::id(username)).unwrap();
            entry.warnings.iter().map(|each| each.rule.clone()).collect::<Vec<_>>()
        };
        assert_eq!(warned(&shown, "wangfang"), ["AT-3"]);
        assert_eq!(warned(&shown, "zhangwei"), [] as [String; 0], "not of staff");
        // six days after a day off: no warning; the seventh: one
        let roster = put(&lead, &path("2026-11-24", 0), json!([off("wangfang", "rotation")])).await.unwrap();
        assert_eq!(warned(&roster, "wangfang"), ["AT-3"], "none is planned for liaisons, and nothing is refused");
        assert_eq!(warned(&lead.get(&path("2026-11-30", 0)).await.unwrap(), "wangfang"), [] as [String; 0]);
        assert_eq!(warned(&lead.get(&path("2026-12-01", 0)).await.unwrap(), "wangfang"), ["AT-3"]);
    }

    async fn at_4_holidays_and_days_that_are_over_are_the_site_leads_to_adjust(engine: Engine) {
        let house = House::open(engine).await;
        house.at("2026-11-26", "08:00").await;
        let (lead, site) = (house.user("lihua").await, house.user("xujun").await);
        assert_eq!(rule(put(&lead, &path(WED, 0), json!([off("zhangwei", "rotation")])).await).1, "AT-4");
        assert_eq!(rule(put(&site, &path(WED, 0), json!([off("zhangwei", "event")])).await).1, "AT-4");
        let request = json!({"people": [off("zhangwei", "event")], "reason": "开盘"});
        let roster: Roster = site.put(&path(WED, 0), &request).await.unwrap();
        assert_eq!(plan(&roster, "zhangwei").1, Some(OffReason::Event));
        // consultants are in no team
        let consultants = format!("/v1/projects/{PROJECT}/rosters/{SAT}");
        let roster = put(&site, &consultants, json!([off("wuqiang", "holiday")])).await.unwrap();
        assert_eq!((roster.team, plan(&roster, "wuqiang").1), (None, Some(OffReason::Holiday)));
    }

    async fn a_roster_is_put_by_those_whose_task_it_is_in_the_version_they_saw(engine: Engine) {
        let house = House::open(engine).await;
        for (somebody, status) in [("zhangwei", 404), ("chenjing", 404), ("machao", 404), ("gaofei", 404), ("yangtao", 404)] {
            assert_eq!(refused(put(&house.user(somebody).await, &path(WED, 0), json!([])).await).0, status, "{somebody}");
        }
        let day = format!("/v1/projects/{PROJECT}/rosters/{WED}");
        assert_eq!(refused(put(&house.user("zhangwei").await, &day, json!([])).await).0, 403);
        assert_eq!(refused(house.user("gaofei").await.get::<Roster>(&day).await).0, 404);
        let foreign = format!("/v1/projects/{OTHER_PROJECT}/rosters/{WED}");
        assert_eq!(refused(house.user("lihua").await.get::<Roster>(&foreign).await).0, 404);
        let lead = house.user("lihua").await;
        let wrong = [
            json!([{"user": world::id("zhaolei"), "plan": "work"}]),
            json!([{"user": world::id("zhangwei"), "plan": "off"}]),
            json!([{"user": world::id("zhangwei"), "plan": "work", "start": "10:00"}]),
            json!([{"user": world::id("zhangwei"), "plan": "work", "start": "19:00", "end": "10:00"}]),
            json!([off("zhangwei", "rotation"), off("zhangwei", "rotation")]),
        ];
        for people in wrong {
            assert_eq!(refused(put(&lead, &path(WED, 0), people.clone()).await), (422, "validation".to_owned()), "{people}");
        }
        let seen = |version: u64| {
            let body = json!({"people": [off("zhangwei", "rotation")]});
            read::<Roster>(lead.request(Method::PUT, &path(WED, 0)).header(IF_MATCH, format!("\"{version}\"")).json(&body))
        };
        assert_eq!(refused(seen(1).await), (412, "stale".to_owned()));
        assert_eq!(seen(0).await.unwrap().version, 1);
        let shown: Roster = house.user("zhaolei").await.get(&path(WED, 0)).await.unwrap();
        assert_eq!(shown.version, 1, "the project reads it");
    }

    async fn at_2_rosters_are_listed_by_day_team_and_name_and_taken_away_by_leads(engine: Engine) {
        let house = House::open(engine).await;
        let lead = house.user("lihua").await;
        put(&lead, &path(WED, 0), json!([off("zhangwei", "rotation")])).await.unwrap();
        let list = format!("/v1/projects/{PROJECT}/rosters?from=2026-11-24&until={WED}");
        let whole: Page<RosterEntry> = lead.get(&list).await.unwrap();
        assert_eq!(whole.items.len(), 2 * 9, "seven in teams, two consultants");
        let (mut paged, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let from = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            let page: Page<RosterEntry> = lead.get(&format!("{list}&limit=4{from}")).await.unwrap();
            paged.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(paged, whole.items);
        assert_eq!(whole.items.iter().filter(|each| each.plan == DayPlan::Off).count(), 1);
        let csv = lead.with_header(ACCEPT_LANGUAGE, "zh").request(Method::GET, &format!("{list}&format=csv")).send().await.unwrap();
        let text = csv.text().await.unwrap();
        assert!(text.contains("组别") && text.contains("ZHANGWEI,off"), "{text}");
        assert_eq!(refused(house.user("zhangwei").await.get::<Value>(&format!("{list}&format=csv")).await).0, 403);
        let long = format!("/v1/projects/{PROJECT}/rosters?from=2026-11-24&until=2027-03-01");
        assert_eq!(refused(lead.get::<Value>(&long).await).0, 400);
    }

    async fn at_2_a_fair_rotation_is_proposed_and_can_be_put(engine: Engine) {
        let house = House::open(engine).await;
        let lead = house.user("lihua").await;
        let propose = format!("/v1/projects/{PROJECT}/rosters/propose");
        let mut days = Vec::new();
        for week in ["2026-11-23", "2026-12-02"] {
            let proposal: ProposedRoster = lead.post(&propose, &json!({"week": week})).await.unwrap();
            let of = |username: &str| proposal.people.iter().find(|each| each.person.id == world::id(username)).unwrap();
            assert_eq!((of("zhangwei").off.len(), of("wangfang").off.len()), (1, 0), "AT-3: none for liaisons");
            days.push(of("zhangwei").off[0]);
            for person in proposal.people.iter().filter(|each| !each.off.is_empty()) {
                let people = json!([{"user": person.person.id, "plan": "off", "off": "rotation"}]);
                put(&lead, &path(&person.off[0].to_string(), 0), people).await.unwrap();
            }
        }
        assert_ne!((days[1] - days[0]).num_days() % 7, 0, "it moves on");
        assert_eq!(refused(house.user("zhangwei").await.post::<Value>(&propose, &json!({"week": WED})).await).0, 403);
        let other = json!({"week": WED, "team": TEAMS[1]});
        assert_eq!(refused(lead.post::<Value>(&propose, &other).await).0, 404);
    }
}
