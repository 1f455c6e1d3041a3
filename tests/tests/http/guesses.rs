//! Who may try a password: strangers, colleagues behind one address, and those who are kept out by neither (ADR 13).

use api_spec::auth::{OneTimeCode, Session};
use api_spec::problem::ProblemBody;
use reqwest::Method;
use serde_json::{Value, json};
use tests::api::{Answer, Api, read};
use tests::engine::Engine;
use tests::in_process::InProcess;
use uuid::Uuid;

use crate::org::{self, ORG, PASSWORD, Who, log_in, login, of, refused};

const PHONE: Uuid = Uuid::from_u128(0xd1);
const OFFICE: &str = "203.0.113.7";
const ELSEWHERE: &str = "192.0.2.99";
const WRONG: &str = "wrong horse";
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The organisation, behind a proxy on the same machine.
async fn behind_a_proxy(engine: Engine) -> InProcess {
    org::start_with(engine, &["--trusted-proxy", "127.0.0.0/8"]).await
}

/// Logs in; the proxy sends this `X-Forwarded-For`.
async fn log_in_from(api: &Api, forwarded: &str, body: &Value) -> Answer<Session> {
    read(api.request(Method::POST, "/v1/auth/login").header(FORWARDED_FOR, forwarded).json(body)).await
}

/// Tries a wrong password until there is another answer; how often there was none, and the answer.
async fn guess(api: &Api, forwarded: impl Fn(u32) -> String, body: impl Fn(u32) -> Value) -> (u32, Box<ProblemBody>) {
    for turn in 0..2_000 {
        let problem = log_in_from(api, &forwarded(turn), &body(turn)).await.unwrap_err();
        if problem.status != 401 {
            return (turn, problem);
        }
    }
    panic!("nobody is ever stopped");
}

/// Strangers at many addresses try this name until nobody unknown may.
async fn hammer(api: &Api, who: Who) {
    let wrong = login(who, WRONG, None);
    let (_, problem) = guess(api, |turn| format!("198.51.100.{}", turn % 200), |_| wrong.clone()).await;
    assert_eq!(problem.code, "throttled");
}

tests::scenarios! {
    async fn strangers_who_try_a_name_do_not_lock_out_who_is_known_at_their_address(engine: Engine) {
        let server = behind_a_proxy(engine).await;
        let api = server.api();
        let right = login(Who::Desk, PASSWORD, None);
        log_in_from(&api, OFFICE, &right).await.unwrap();
        hammer(&api, Who::Desk).await;
        assert_eq!(refused(log_in_from(&api, ELSEWHERE, &right).await), (429, "throttled".to_owned()));
        log_in_from(&api, OFFICE, &right).await.unwrap();
        let wrong = log_in_from(&api, OFFICE, &login(Who::Desk, WRONG, None)).await;
        assert_eq!(refused(wrong).0, 429, "like everybody's, so that it tells nothing");
        log_in_from(&api, OFFICE, &right).await.unwrap();
        log_in_from(&api, ELSEWHERE, &login(Who::Lead, PASSWORD, None)).await.unwrap();
    }

    async fn a_known_phone_gets_in_at_an_address_where_a_neighbour_tries_its_users_name(engine: Engine) {
        let server = behind_a_proxy(engine).await;
        let api = server.api();
        let on_phone = |password| login(Who::Promoter, password, Some(PHONE));
        log_in_from(&api, OFFICE, &on_phone(PASSWORD)).await.unwrap();
        hammer(&api, Who::Promoter).await;
        let wrong = login(Who::Promoter, WRONG, None);
        while refused(log_in_from(&api, OFFICE, &wrong).await).0 != 429 {}
        for _ in 0..20 {
            refused(log_in_from(&api, OFFICE, &wrong).await);
        }
        let without = log_in_from(&api, OFFICE, &login(Who::Promoter, PASSWORD, None)).await;
        assert_eq!(refused(without).0, 429);
        for address in [OFFICE, ELSEWHERE] {
            log_in_from(&api, address, &on_phone(PASSWORD)).await.unwrap();
        }
        let other = login(Who::Promoter, PASSWORD, Some(Uuid::from_u128(0xd2)));
        assert_eq!(refused(log_in_from(&api, "192.0.2.98", &other).await).0, 429, "a phone nobody knows");
    }

    async fn a_one_time_code_gets_in_while_strangers_try_the_name(engine: Engine) {
        let server = behind_a_proxy(engine).await;
        let api = server.api();
        let lead = of(&api, &log_in(&api, Who::Lead, None).await);
        let path = format!("/v1/users/{}/one-time-code", Who::Promoter.id());
        let code: OneTimeCode = lead.post(&path, &Value::Null).await.unwrap();
        hammer(&api, Who::Promoter).await;
        let typed = login(Who::Promoter, code.code.reveal(), Some(PHONE));
        let session = log_in_from(&api, ELSEWHERE, &typed).await.unwrap();
        assert!(session.must_change_password);
        let again = log_in_from(&api, "192.0.2.98", &typed).await;
        assert_eq!(refused(again).0, 429, "a wrong code is answered like everybody's wrong password");
    }

    async fn one_address_that_tries_many_names_is_stopped_and_others_are_not(engine: Engine) {
        let server = behind_a_proxy(engine).await;
        let api = server.api();
        let name = |turn| json!({"org": ORG, "username": format!("name-{turn}"), "password": WRONG});
        let (guesses, problem) = guess(&api, |_| OFFICE.to_owned(), name).await;
        assert!((500..600).contains(&guesses), "{guesses}");
        assert_eq!(problem.code, "throttled");
        assert!(problem.members["retry_after_s"].as_u64().unwrap() <= 7, "{problem:?}");
        let right = login(Who::Desk, PASSWORD, None);
        assert_eq!(refused(log_in_from(&api, OFFICE, &right).await).0, 429);
        log_in_from(&api, ELSEWHERE, &right).await.unwrap();
    }

    async fn a_name_nobody_has_is_stopped_like_one_that_somebody_has(engine: Engine) {
        let server = behind_a_proxy(engine).await;
        let api = server.api();
        let mut stopped = Vec::new();
        for username in [Who::Desk.username(), "nobody"] {
            let wrong = json!({"org": ORG, "username": username, "password": WRONG});
            let at_one = guess(&api, |_| OFFICE.to_owned(), |_| wrong.clone()).await;
            let elsewhere = guess(&api, |turn| format!("198.51.100.{turn}"), |_| wrong.clone()).await;
            for mut problem in [at_one.1, elsewhere.1] {
                problem.request_id = None;
                let wait = problem.members.remove("retry_after_s").unwrap().as_u64().unwrap();
                assert!((1..=61).contains(&wait), "{wait}");
                // what is to be done names the seconds, too
                stopped.push((problem.status, problem.code, problem.title));
            }
            assert_eq!((at_one.0, elsewhere.0), (20, 30), "{username}");
        }
        assert_eq!(stopped[..2], stopped[2..]);
    }

    async fn without_a_trusted_proxy_nobody_chooses_their_address(engine: Engine) {
        let server = org::start(engine).await;
        let wrong = login(Who::Desk, WRONG, None);
        let (guesses, problem) = guess(&server.api(), |turn| format!("198.51.100.{turn}"), |_| wrong.clone()).await;
        assert_eq!((guesses, problem.code.as_str()), (20, "throttled"));
    }

    async fn what_a_caller_says_of_its_address_is_left_of_what_the_proxy_says(engine: Engine) {
        let server = behind_a_proxy(engine).await;
        let wrong = login(Who::Desk, WRONG, None);
        let spoofed = |turn| format!("198.51.100.{turn}, {OFFICE}");
        let (guesses, problem) = guess(&server.api(), spoofed, |_| wrong.clone()).await;
        assert_eq!((guesses, problem.code.as_str()), (20, "throttled"));
        log_in_from(&server.api(), ELSEWHERE, &login(Who::Desk, PASSWORD, None)).await.unwrap();
    }

    async fn the_old_password_is_tried_no_more_often_than_at_a_login(engine: Engine) {
        let server = org::start(engine).await;
        let api = server.api();
        let desk = of(&api, &log_in(&api, Who::Desk, None).await);
        let wrong = json!({"old_password": WRONG, "new_password": "battery staple"});
        let mut tried = 0;
        while refused(desk.post::<Value>("/v1/me/password", &wrong).await).0 == 422 {
            tried += 1;
            assert!(tried <= 20);
        }
        assert_eq!(tried, 20);
        assert_eq!(refused(desk.post::<Value>("/v1/me/password", &wrong).await), (429, "throttled".to_owned()));
        let login = api.post::<Value>("/v1/auth/login", &login(Who::Desk, PASSWORD, None)).await;
        assert_eq!(refused(login).0, 429, "both count together");
    }
}
