//! Policies over HTTP: published, dated, compared, told to phones, and named by rulings.

use api_spec::policy::{PolicyChange, PolicyDocument};
use api_spec::problem::ProblemBody;
use api_spec::rulings::Ruling;
use reqwest::Method;
use reqwest::header::{ETAG, IF_MATCH};
use serde_json::{Value, json};
use sync_core::kinds::CHECKIN;
use tests::api::{Answer, Api, read};
use tests::world::{OTHER_PROJECT, PROJECT, SITE};

use crate::house::{DAY, House, eventually, refused};

/// The path of the project's policy.
pub(crate) fn path() -> String {
    format!("/v1/projects/{PROJECT}/policy")
}

/// Publishes a policy as somebody who saw this version.
pub(crate) async fn publish(api: &Api, seen: u64, body: &Value) -> Answer<PolicyDocument> {
    read(api.request(Method::PUT, &path()).header(IF_MATCH, format!("\"{seen}\"")).json(body)).await
}

tests::scenarios! {
    async fn a_policy_is_published_in_versions_that_are_never_lost(engine: Engine) {
        let house = House::open(engine).await;
        let office = house.user("huangyan").await;
        let rulebook: PolicyDocument = office.get(&path()).await.unwrap();
        assert_eq!((rulebook.version.version, rulebook.version.in_force, rulebook.versions.len()), (0, true, 0));
        assert_eq!(rulebook.policy["booking"]["min_lead_minutes"], 30);
        let policy = json!({"policy": {"booking": {"min_lead_minutes": 45}}, "note": "旺季，致电 13812345678"});
        assert_eq!(refused(office.put::<Value>(&path(), &policy).await), (428, "precondition-required".to_owned()));
        assert_eq!(refused(publish(&office, 3, &policy).await), (412, "stale".to_owned()));
        let first = publish(&office, 0, &policy).await.unwrap();
        assert_eq!((first.version.version, first.version.in_force), (1, true));
        assert_eq!(first.version.note.as_deref(), Some("旺季，致电 138****5678"));
        assert_eq!(first.version.author.as_ref().unwrap().name, "HUANGYAN");
        let later = json!({"policy": {"booking": {"min_lead_minutes": 60}}, "effective_from": format!("{DAY}T12:00:00+08:00")});
        let second = publish(&office, 1, &later).await.unwrap();
        assert_eq!((second.version.version, second.version.in_force), (2, false));
        let answer = office.request(Method::GET, &path()).send().await.unwrap();
        assert_eq!(answer.headers()[ETAG], "\"2\"", "what the next one must have seen");
        let shown: PolicyDocument = answer.json().await.unwrap();
        assert_eq!((shown.version.version, &shown.policy["booking"]["min_lead_minutes"]), (1, &json!(45)));
        house.at(DAY, "12:00").await;
        let shown: PolicyDocument = office.get(&path()).await.unwrap();
        assert_eq!((shown.version.version, &shown.policy["booking"]["min_lead_minutes"]), (2, &json!(60)));
        let old: PolicyDocument = office.get(&format!("{}?version=1", path())).await.unwrap();
        assert_eq!((old.version.in_force, &old.policy["booking"]["min_lead_minutes"]), (false, &json!(45)));
        let changes: Vec<PolicyChange> = office.get(&format!("{}/diff?from=0&to=2", path())).await.unwrap();
        let change = PolicyChange { path: "booking.min_lead_minutes".to_owned(), from: json!(30), to: json!(60) };
        assert_eq!(changes, [change]);
        for path in [format!("{}?version=9", path()), format!("{}/diff?from=0&to=9", path())] {
            assert_eq!(refused(office.get::<Value>(&path).await), (404, "not-found".to_owned()), "{path}");
        }
    }

    async fn all_mistakes_of_a_policy_are_told_at_once_in_the_callers_language(engine: Engine) {
        let house = House::open(engine).await;
        let office = house.user("huangyan").await;
        let wrong = json!({"policy": {"booking": {"min_lead_minutes": -1, "minimum": 3}, "tiem": {}}});
        let pointers = |problem: Box<ProblemBody>| problem.errors.into_iter().map(|error| error.pointer).collect::<Vec<_>>();
        let problem = publish(&office, 0, &wrong).await.unwrap_err();
        assert_eq!((problem.status, problem.code.as_str()), (422, "validation"));
        assert_eq!(pointers(problem), ["/policy/booking/min_lead_minutes", "/policy/booking/minimum", "/policy/tiem"]);
        let apart = json!({"policy": {"shift": {"on_site_by": "09:40"}, "booking": {"repeat_max": 0}}});
        assert_eq!(pointers(publish(&office, 0, &apart).await.unwrap_err()), ["/policy/booking/repeat_max", "/policy/shift/on_site_by"]);
        let past = json!({"policy": {}, "effective_from": format!("{DAY}T08:59:59+08:00")});
        assert_eq!(pointers(publish(&office, 0, &past).await.unwrap_err()), ["/effective_from"]);
        let chinese = office.with_header(reqwest::header::ACCEPT_LANGUAGE, "zh-CN");
        let problem = publish(&chinese, 0, &json!({"policy": {"booking": {"repeat_max": 0}}})).await.unwrap_err();
        assert_eq!(problem.errors[0].message, "须不小于 1");
        let schema: Value = house.server.api().get("/v1/policy.schema.json").await.unwrap();
        assert_eq!(schema["properties"]["booking"]["properties"]["repeat_max"]["minimum"], 1);
        let shown: PolicyDocument = office.get(&path()).await.unwrap();
        assert_eq!(shown.versions, [], "nothing was published");
    }

    async fn policies_are_read_by_leads_and_published_by_the_office_of_the_project(engine: Engine) {
        let house = House::open(engine).await;
        let body = json!({"policy": {}});
        for (somebody, reads, publishes) in [
            ("lihua", None, 403),
            ("xujun", None, 403),
            ("zhangwei", Some(403), 403),
            ("machao", Some(403), 403),
            ("gaofei", Some(404), 403),
        ] {
            let api = house.user(somebody).await;
            let read = api.get::<PolicyDocument>(&path()).await.map_err(|problem| problem.status);
            assert_eq!(read.map(drop).err(), reads, "{somebody}");
            assert_eq!(refused(publish(&api, 0, &body).await).0, publishes, "{somebody}");
        }
        let office = house.user("huangyan").await;
        let other = format!("/v1/projects/{OTHER_PROJECT}/policy");
        assert_eq!(refused(office.get::<Value>(&other).await).0, 404);
        let put = office.request(Method::PUT, &other).header(IF_MATCH, "0").json(&body);
        assert_eq!(refused(read::<Value>(put).await).0, 404);
    }

    /// The moment of a ruling is when it is made: the version it names is the one it used.
    async fn a_ruling_uses_and_names_the_policy_in_force_at_its_moment(engine: Engine) {
        let house = House::open(engine).await;
        let office = house.user("huangyan").await;
        let noon = json!({"policy": {"shift": {"on_site_by": "08:00"}}, "effective_from": format!("{DAY}T09:10:00+08:00")});
        publish(&office, 0, &noon).await.unwrap();
        let location = json!({"lat": SITE.0, "lng": SITE.1, "accuracy_m": 10.0, "mocked": false, "datum": "wgs84"});
        let mut ruled = Vec::new();
        for (username, time) in [("zhangwei", "09:09"), ("wangfang", "09:10")] {
            let mut phone = house.phone(username).await;
            let id = phone.create(&CHECKIN, json!({"type": "on", "location": location}));
            house.at(DAY, time).await;
            house.sync(&mut phone).await;
            let rulings: Vec<Ruling> = phone.api().get(&format!("/v1/rulings?subject={id}")).await.unwrap();
            ruled.push((rulings[0].outcome.clone(), rulings[0].policy_version));
        }
        assert_eq!(ruled, [("on_time".to_owned(), 0), ("late".to_owned(), 1)]);
        assert_eq!(house.replay().await, 2, "P9");
    }

    async fn phones_learn_of_a_policy_when_it_takes_effect(engine: Engine) {
        let house = House::open(engine).await;
        let office = house.user("huangyan").await;
        publish(&office, 0, &json!({"policy": {"break": {"minutes": 20}}})).await.unwrap();
        let later = json!({"policy": {"break": {"minutes": 10}}, "effective_from": format!("{DAY}T12:00:00+08:00")});
        publish(&office, 1, &later).await.unwrap();
        let mut phone = house.phone("zhangwei").await;
        let minutes = |phone: &tests::phone::Phone| phone.body(PROJECT)["policy"]["break"]["minutes"].clone();
        assert_eq!(minutes(&phone), 20);
        house.at(DAY, "12:00").await;
        eventually(async || {
            house.sync(&mut phone).await;
            minutes(&phone) == 10
        })
        .await;
    }

    async fn two_who_publish_at_once_do_not_overwrite_each_other(engine: Engine) {
        let house = House::open(engine).await;
        let office = house.user("huangyan").await;
        let publishing = (0..4).map(|minutes| {
            let office = office.clone();
            tokio::spawn(async move { publish(&office, 0, &json!({"policy": {"break": {"minutes": minutes}}})).await.is_ok() })
        });
        let mut won = 0;
        for task in publishing.collect::<Vec<_>>() {
            won += u32::from(task.await.unwrap());
        }
        assert_eq!(won, 1);
    }
}
