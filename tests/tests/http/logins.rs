//! Passwords, one-time codes, and what an account may do.

use std::fs;

use api_spec::auth::{OneTimeCode, Role, Session, User};
use serde_json::{Value, json};
use server::store::{orgs, run_tx, users};
use tests::in_process::InProcess;
use uuid::Uuid;

use crate::org::{self, ORG, PASSWORD, PROJECT, Who, log_in, login, of, refused};

const PHONE: Uuid = Uuid::from_u128(0xd1);
const NEW: &str = "battery staple";

tests::scenarios! {
    async fn a_login_answers_with_tokens_the_user_and_where_the_log_of_the_device_stands(engine: Engine) {
        let server = org::start(engine).await;
        let session = log_in(&server.api(), Who::Promoter, Some(PHONE)).await;
        assert_eq!((session.tokens.token_type.as_str(), session.tokens.expires_in), ("Bearer", 900));
        assert!(!session.must_change_password);
        let device = session.device.unwrap();
        assert_eq!((device.id, device.next_seq, device.head.0), (PHONE, 1, [0; 32]));
        let anchor = server.app().anchors.open(session.anchor.as_deref().unwrap()).unwrap();
        assert_eq!((anchor.device, anchor.acked, anchor.at), (PHONE, 0, server.app().clock.now()));
        assert_eq!((session.user.id, session.user.username.as_str()), (Who::Promoter.id(), "lihua"));
        assert_eq!(session.user.memberships[0].project, PROJECT);
        let me: User = of(&server.api(), &session).get("/v1/me").await.unwrap();
        assert_eq!(me, session.user);
    }

    async fn a_login_without_a_device_has_no_anchor(engine: Engine) {
        let server = org::start(engine).await;
        let session = log_in(&server.api(), Who::Desk, None).await;
        assert_eq!((session.anchor, session.device), (None, None));
    }

    async fn nobody_learns_whether_a_user_exists(engine: Engine) {
        let server = org::start(engine).await;
        let api = server.api();
        let wrong = login(Who::Promoter, "wrong horse", None);
        let nobody = json!({"org": ORG, "username": "nobody", "password": PASSWORD});
        let nowhere = json!({"org": "nowhere", "username": "lihua", "password": PASSWORD});
        let mut answers = Vec::new();
        for body in [wrong, nobody, nowhere] {
            let mut problem = api.post::<Value>("/v1/auth/login", &body).await.unwrap_err();
            problem.request_id = None;
            answers.push(problem);
        }
        assert_eq!((answers[0].status, answers[0].code.as_str()), (401, "bad-credentials"));
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    }

    async fn a_password_cannot_be_guessed_for_long(engine: Engine) {
        let server = org::start(engine).await;
        let api = server.api();
        let wrong = login(Who::Promoter, "wrong horse", None);
        let mut tried = 0;
        let problem = loop {
            let problem = api.post::<Value>("/v1/auth/login", &wrong).await.unwrap_err();
            if problem.status != 401 {
                break problem;
            }
            tried += 1;
            assert!(tried < 100);
        };
        assert_eq!((problem.status, problem.code.as_str()), (429, "throttled"));
        assert!(problem.members["retry_after_s"].as_u64().unwrap() > 0);
        assert_eq!(refused(api.post::<Value>("/v1/auth/login", &login(Who::Promoter, PASSWORD, None)).await).0, 429);
        log_in(&api, Who::Lead, None).await;
    }

    async fn a_device_belongs_to_one_user_for_ever(engine: Engine) {
        let server = org::start(engine).await;
        let api = server.api();
        log_in(&api, Who::Promoter, Some(PHONE)).await;
        let other = api.post::<Value>("/v1/auth/login", &login(Who::OtherPromoter, PASSWORD, Some(PHONE))).await;
        assert_eq!(refused(other), (409, "device-of-another-user".to_owned()));
        assert_eq!(log_in(&api, Who::Promoter, Some(PHONE)).await.device.unwrap().next_seq, 1);
    }

    async fn a_code_of_the_lead_logs_in_once_and_asks_for_a_new_password(engine: Engine) {
        let server = org::start(engine).await;
        let api = server.api();
        let lead = of(&api, &log_in(&api, Who::Lead, None).await);
        let path = format!("/v1/users/{}/one-time-code", Who::Promoter.id());
        let code: OneTimeCode = lead.post(&path, &Value::Null).await.unwrap();
        let typed = code.code.reveal().replace('-', " ");
        let body = login(Who::Promoter, &typed, Some(PHONE));
        let session: Session = api.post("/v1/auth/login", &body).await.unwrap();
        assert!(session.must_change_password);
        assert_eq!(refused(api.post::<Value>("/v1/auth/login", &body).await), (401, "one-time-code-invalid".to_owned()));

        let promoter = of(&api, &session);
        assert_eq!(refused(promoter.get::<Value>("/v1/devices").await), (403, "must-change-password".to_owned()));
        assert!(promoter.get::<User>("/v1/me").await.is_ok());
        let change = |new: &str| json!({"old_password": typed, "new_password": new});
        assert_eq!(refused(promoter.post::<Value>("/v1/me/password", &change("short")).await), (422, "weak-password".to_owned()));
        promoter.post::<Value>("/v1/me/password", &change(NEW)).await.unwrap();
        assert!(promoter.get::<Value>("/v1/devices").await.is_ok());
        assert!(api.post::<Session>("/v1/auth/login", &login(Who::Promoter, NEW, None)).await.is_ok());
        assert_eq!(refused(api.post::<Value>("/v1/auth/login", &login(Who::Promoter, PASSWORD, None)).await).0, 401);
    }

    async fn a_code_expires_after_a_day(engine: Engine) {
        let server = org::start(engine).await;
        let api = server.api();
        let lead = of(&api, &log_in(&api, Who::Lead, None).await);
        let path = format!("/v1/users/{}/one-time-code", Who::Promoter.id());
        let code: OneTimeCode = lead.post(&path, &Value::Null).await.unwrap();
        assert_eq!(code.expires_at.to_string(), "2026-11-23T01:00:00.000Z");
        api.set_clock("2026-11-23T01:00:00Z").await;
        let late = api.post::<Value>("/v1/auth/login", &login(Who::Promoter, code.code.reveal(), None)).await;
        assert_eq!(refused(late), (401, "one-time-code-invalid".to_owned()));
    }

    async fn only_who_is_responsible_makes_codes(engine: Engine) {
        let server = org::start(engine).await;
        let api = server.api();
        let ask = async |asker: Who, whose: Uuid| {
            let asker = of(&api, &log_in(&api, asker, None).await);
            let path = format!("/v1/users/{whose}/one-time-code");
            asker.post::<Value>(&path, &Value::Null).await.map(drop).map_err(|problem| problem.status)
        };
        assert_eq!(ask(Who::Lead, Who::Promoter.id()).await, Ok(()));
        assert_eq!(ask(Who::Office, Who::Lead.id()).await, Ok(()));
        assert_eq!(ask(Who::Promoter, Who::OtherPromoter.id()).await, Err(403));
        assert_eq!(ask(Who::Lead, Who::Desk.id()).await, Err(403), "on the project, but not in the team");
        assert_eq!(ask(Who::Lead, Who::Office.id()).await, Err(403));
        assert_eq!(ask(Who::Stranger, Who::Promoter.id()).await, Err(404));
        assert_eq!(ask(Who::Lead, Who::Stranger.id()).await, Err(404));
        assert_eq!(ask(Who::Lead, Uuid::from_u128(0xdead)).await, Err(404));
    }

    /// Whoever makes the code may log in with it, and is then whatever the account is elsewhere.
    async fn no_lead_makes_a_code_for_somebody_with_an_office_elsewhere(engine: Engine) {
        let server = org::start(engine).await;
        let api = server.api();
        let lead = of(&api, &log_in(&api, Who::Lead, None).await);
        let path = format!("/v1/users/{}/one-time-code", Who::Promoter.id());
        assert!(lead.post::<Value>(&path, &Value::Null).await.is_ok());
        org::appoint(server.app(), Who::Promoter, Role::BackOffice, Uuid::from_u128(0x51)).await;
        assert_eq!(refused(lead.post::<Value>(&path, &Value::Null).await), (403, "forbidden".to_owned()));
    }

    async fn a_new_password_ends_the_other_logins(engine: Engine) {
        let server = org::start(engine).await;
        let api = server.api();
        let (one, other) = (log_in(&api, Who::Desk, None).await, log_in(&api, Who::Desk, None).await);
        let wrong = json!({"old_password": "wrong horse", "new_password": NEW});
        let problem = of(&api, &one).post::<Value>("/v1/me/password", &wrong).await.unwrap_err();
        assert_eq!((problem.status, problem.errors[0].pointer.as_str()), (422, "/old_password"));
        let right = json!({"old_password": PASSWORD, "new_password": NEW});
        of(&api, &one).post::<Value>("/v1/me/password", &right).await.unwrap();
        assert!(of(&api, &one).get::<Value>("/v1/me").await.is_ok());
        assert_eq!(refused(of(&api, &other).get::<Value>("/v1/me").await), (401, "session-ended".to_owned()));
    }

    async fn an_ended_account_may_only_push_and_that_for_14_days(engine: Engine) {
        let server = org::start(engine).await;
        let api = server.api();
        let session = log_in(&api, Who::Promoter, Some(PHONE)).await;
        end_account(&server, Who::Promoter).await;
        assert_eq!(refused(of(&api, &session).get::<Value>("/v1/me").await), (403, "push-only".to_owned()));
        let again = api.post::<Session>("/v1/auth/login", &login(Who::Promoter, PASSWORD, Some(PHONE))).await.unwrap();
        let without = api.post::<Value>("/v1/auth/login", &login(Who::Promoter, PASSWORD, None)).await;
        assert_eq!(refused(without), (403, "account-ended".to_owned()));
        api.set_clock("2026-12-06T00:59:59Z").await;
        let refresh = json!({"refresh_token": again.tokens.refresh_token.reveal()});
        api.post::<Value>("/v1/auth/refresh", &refresh).await.unwrap();
        api.set_clock("2026-12-06T01:00:00Z").await;
        let late = api.post::<Value>("/v1/auth/login", &login(Who::Promoter, PASSWORD, Some(PHONE))).await;
        assert_eq!(refused(late), (403, "account-ended".to_owned()));
    }

    async fn an_empty_database_gets_an_admin_with_a_code_in_a_private_file(engine: Engine) {
        let server = InProcess::start(engine).await;
        let path = server.running().first_admin().unwrap();
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions()) & 0o777, 0o600);
        let text = fs::read_to_string(path).unwrap();
        let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
        let body = json!({"org": value("org:"), "username": value("username:"), "password": value("one-time code:")});
        let session: Session = server.api().post("/v1/auth/login", &body).await.unwrap();
        assert!(session.must_change_password);
        assert_eq!((session.user.role.as_str(), session.user.employment), ("admin", None));
    }
}

async fn end_account(server: &InProcess, who: Who) {
    let app = server.app();
    run_tx(&app.db, "end_account", async |mut tx| {
        let org = orgs::by_code(&mut tx, ORG).await?.unwrap().org;
        let mut user = users::lock(&mut tx, org, who.id()).await?.unwrap();
        "left".clone_into(&mut user.status);
        user.ended_at = Some(app.clock.now());
        users::update(&mut tx, &user).await
    })
    .await
    .unwrap();
}
