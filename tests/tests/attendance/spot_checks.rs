//! Somebody is asked where they are (AT-11).

use api_spec::primitives::Page;
use api_spec::rulings::{Review, Ruling};
use api_spec::spot_checks::{IssuedSpotChecks, SpotCheck};
use reqwest::Method;
use reqwest::header::IF_MATCH;
use serde_json::{Value, json};
use sync_core::kinds::ASSIGNMENT;
use tests::api::{Answer, Api, read};
use tests::phone::Phone;
use tests::world::{self, POST, PROJECT, TEAMS};
use uuid::Uuid;

use crate::house::{DAY, House, check, refused, told};

const ID: Uuid = Uuid::from_u128(0x5b07);

fn path() -> String {
    format!("/v1/projects/{PROJECT}/spot-checks")
}

async fn issue(api: &Api, more: Value) -> Answer<IssuedSpotChecks> {
    let mut body = json!({"id": ID});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    api.post(&path(), &body).await
}

/// A spot check of one person, as the office sees it.
async fn of(house: &House, username: &str) -> SpotCheck {
    let list: Page<SpotCheck> = house.user("huangyan").await.get(&format!("{}?day={DAY}", path())).await.unwrap();
    list.items.into_iter().find(|each| each.person.id == world::id(username)).unwrap()
}

async fn ask(house: &House, usernames: &[&str]) {
    let subjects: Vec<Uuid> = usernames.iter().map(|username| world::id(username)).collect();
    issue(&house.user("huangyan").await, json!({"subjects": subjects})).await.unwrap();
}

/// What notices the lead has on this rule.
async fn notices(house: &House, rule: &str) -> usize {
    let phone: Phone = house.phone("lihua").await;
    let of_rule = |body: &Value| body["title"].as_str().is_some_and(|title| title.starts_with(rule));
    phone
        .replica
        .records()
        .into_iter()
        .filter(|view| view.kind == "notice" && of_rule(&view.body.clone().into()))
        .count()
}

tests::scenarios! {
    async fn at_11_a_spot_check_is_answered_within_15_minutes_of_the_exchange_that_delivered_it(engine: Engine) {
        let house = House::open(engine).await;
        let mut phones = Vec::new();
        for username in ["zhangwei", "liuyang", "zhaolei"] {
            phones.push(house.phone(username).await);
        }
        house.at(DAY, "10:00").await;
        ask(&house, &["zhangwei", "liuyang", "zhaolei"]).await;
        house.at(DAY, "10:30").await;
        for phone in &mut phones[..2] {
            house.sync(phone).await;
        }
        assert_eq!((of(&house, "zhangwei").await.state.as_str(), of(&house, "zhaolei").await.state.as_str()), ("delivered", "issued"));
        house.at(DAY, "10:44:59").await;
        check(&mut phones[0], "spot");
        house.sync(&mut phones[0]).await;
        house.at(DAY, "10:45").await;
        phones[1].clock.set_ms(house.server.app().clock.now());
        check(&mut phones[1], "spot");
        house.jobs().await;
        assert_eq!(of(&house, "zhangwei").await.state, "answered");
        assert_eq!(of(&house, "liuyang").await.state, "missed", "half-open, as all deadlines");
        house.sync(&mut phones[1]).await;
        assert_eq!(of(&house, "liuyang").await.state, "missed", "too late");
        house.jobs_at(DAY, "23:00").await;
        assert_eq!(of(&house, "zhaolei").await.state, "issued", "never delivered: not counted");
        assert_eq!(notices(&house, "AT-11").await, 1);
        house.jobs_at("2026-11-24", "01:00").await;
        let flags = |day: server::store::person_days::PersonDay| day.flags;
        assert!(flags(house.day("liuyang", DAY).await.unwrap()).contains("AT-11"));
        assert!(!flags(house.day("zhangwei", DAY).await.unwrap()).contains("AT-11"));
        assert!(!flags(house.day("zhaolei", DAY).await.unwrap()).contains("AT-11"));
        house.replay().await;
    }

    async fn at_11_an_answer_given_offline_in_time_takes_the_flag_back(engine: Engine) {
        let house = House::open(engine).await;
        house.at(DAY, "10:00").await;
        let mut phone = house.phone("zhangwei").await;
        ask(&house, &["zhangwei"]).await;
        house.sync(&mut phone).await;
        let known = phone.replica.records().into_iter().find(|view| view.kind == "spot_check").unwrap();
        phone.clock.pass_minutes(14);
        check(&mut phone, "spot");
        house.jobs_at(DAY, "10:20").await;
        assert_eq!((of(&house, "zhangwei").await.state.as_str(), notices(&house, "AT-11").await), ("missed", 1));
        house.at(DAY, "12:00").await;
        house.sync(&mut phone).await;
        assert_eq!(of(&house, "zhangwei").await.state, "answered");
        assert_eq!(told(&phone, known.id), ("answered".to_owned(), vec!["AT-11".to_owned()]));
        assert_eq!(phone.body(known.id)["until"], "2026-11-23T02:15:00.000Z");
        house.jobs_at("2026-11-24", "01:00").await;
        assert!(!house.day("zhangwei", DAY).await.unwrap().flags.contains("AT-11"));
        house.replay().await;
    }

    async fn at_11_an_answer_whose_time_is_unclear_goes_to_the_lead(engine: Engine) {
        let house = House::open(engine).await;
        house.at(DAY, "10:00").await;
        let mut phone = house.phone("zhangwei").await;
        ask(&house, &["zhangwei"]).await;
        house.sync(&mut phone).await;
        phone.clock.reboot();
        check(&mut phone, "spot");
        house.at(DAY, "11:00").await;
        house.sync(&mut phone).await;
        assert_eq!(of(&house, "zhangwei").await.state, "review");
        let lead = house.user("lihua").await;
        let open: Page<Review> = lead.get("/v1/reviews?kind=spot_check").await.unwrap();
        let review = &open.items[0];
        assert_eq!(review.choices, ["answered", "missed"]);
        let decide = |api: &Api| {
            let path = format!("/v1/rulings/{}/decide", review.ruling.id);
            let body = json!({"outcome": "answered", "reason": "当面确认"});
            read::<Ruling>(api.request(Method::POST, &path).header(IF_MATCH, format!("\"{}\"", review.version)).json(&body))
        };
        assert_eq!(refused(decide(&house.user("chenjing").await).await).0, 404);
        assert_eq!(decide(&lead).await.unwrap().outcome, "answered");
        assert_eq!(of(&house, "zhangwei").await.state, "answered");
        house.jobs_at("2026-11-24", "01:00").await;
        assert!(!house.day("zhangwei", DAY).await.unwrap().flags.contains("AT-11"));
        house.replay().await;
    }

    async fn at_11_the_office_asks_anybody_a_lead_the_own_team_and_the_same_request_once(engine: Engine) {
        let house = House::open(engine).await;
        let (office, lead) = (house.user("huangyan").await, house.user("lihua").await);
        let issued = issue(&lead, json!({"team": TEAMS[0]})).await.unwrap();
        assert_eq!(issued.checks.len(), 4);
        assert_eq!(issue(&lead, json!({"team": TEAMS[0]})).await.unwrap(), issued, "the same request");
        assert_eq!(refused(issue(&lead, json!({"subjects": [world::id("zhangwei")]})).await), (409, "id-taken".to_owned()));
        let other = |body: Value| json!({"id": Uuid::from_u128(7)}).as_object().unwrap().clone().into_iter().chain(body.as_object().unwrap().clone()).collect::<serde_json::Map<_, _>>();
        for (somebody, body, status) in [
            ("lihua", json!({"team": TEAMS[1]}), 404),
            ("lihua", json!({"subjects": [world::id("zhaolei")]}), 404),
            ("zhangwei", json!({"subjects": [world::id("liuyang")]}), 403),
            ("machao", json!({}), 403),
            ("gaofei", json!({}), 404),
            ("huangyan", json!({"subjects": [world::id("machao")]}), 404),
            ("huangyan", json!({"subjects": []}), 422),
            ("huangyan", json!({"team": TEAMS[0], "post": POST}), 422),
        ] {
            let answer: Answer<IssuedSpotChecks> = house.user(somebody).await.post(&path(), &other(body)).await;
            assert_eq!(refused(answer).0, status, "{somebody}");
        }
        let drawn: IssuedSpotChecks = office.post(&path(), &json!({"id": Uuid::from_u128(8), "random": 3})).await.unwrap();
        assert_eq!(drawn.checks.len(), 3);
        // whoever is at a post today
        let mut phone = house.phone("lihua").await;
        phone.create(&ASSIGNMENT, json!({"day": DAY, "subject": world::id("liuyang"), "post": POST}));
        house.sync(&mut phone).await;
        let there: IssuedSpotChecks = office.post(&path(), &json!({"id": Uuid::from_u128(9), "post": POST})).await.unwrap();
        assert_eq!(there.checks.iter().map(|each| each.person.id).collect::<Vec<_>>(), [world::id("liuyang")]);
        // who sees what
        let own: Page<SpotCheck> = house.user("chenjing").await.get(&path()).await.unwrap();
        assert!(own.items.iter().all(|each| each.team == Some(TEAMS[1])));
        let page: Page<SpotCheck> = office.get(&format!("{}?limit=2", path())).await.unwrap();
        assert!(page.items.len() == 2 && page.next_cursor.is_some());
        assert_eq!(refused(house.user("zhangwei").await.get::<Value>(&path()).await).0, 403);
        assert_eq!(refused(house.user("gaofei").await.get::<Value>(&path()).await).0, 404);
        let phone = house.phone("zhangwei").await;
        let mine: Vec<_> = phone.replica.records().into_iter().filter(|view| view.kind == "spot_check").map(|view| view.owner).collect();
        assert!(mine.iter().all(|owner| *owner == Some(world::id("zhangwei"))));
    }
}
