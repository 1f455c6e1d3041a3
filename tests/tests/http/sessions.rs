//! Access tokens expire, refresh tokens are exchanged once.

use api_spec::auth::Tokens;
use serde_json::{Value, json};
use tests::api::{Answer, Api};
use uuid::Uuid;

use crate::org::{self, Who, log_in, of, refused};

const PHONE: Uuid = Uuid::from_u128(0xd1);

async fn refresh(api: &Api, token: &str) -> Answer<Tokens> {
    api.post("/v1/auth/refresh", &json!({ "refresh_token": token })).await
}

tests::scenarios! {
    async fn an_access_token_lives_for_15_minutes_of_the_injected_clock(engine: Engine) {
        let server = org::start(engine).await;
        let api = server.api();
        let session = log_in(&api, Who::Promoter, Some(PHONE)).await;
        api.set_clock("2026-11-22T01:14:59Z").await;
        assert!(of(&api, &session).get::<Value>("/v1/me").await.is_ok());
        api.set_clock("2026-11-22T01:15:00Z").await;
        assert_eq!(refused(of(&api, &session).get::<Value>("/v1/me").await), (401, "token-expired".to_owned()));
    }

    async fn a_token_that_is_missing_forged_or_of_another_kind_is_refused(engine: Engine) {
        let server = org::start(engine).await;
        let api = server.api();
        let session = log_in(&api, Who::Promoter, Some(PHONE)).await;
        assert_eq!(refused(api.get::<Value>("/v1/me").await), (401, "token-missing".to_owned()));
        for forged in ["x", "a.b.c", session.tokens.refresh_token.reveal()] {
            assert_eq!(refused(api.with_token(forged).get::<Value>("/v1/me").await), (401, "token-invalid".to_owned()));
        }
        let mut cut = session.tokens.access_token.reveal().to_owned();
        cut.pop();
        assert_eq!(refused(api.with_token(&cut).get::<Value>("/v1/me").await), (401, "token-invalid".to_owned()));
    }

    async fn a_refresh_token_is_exchanged_for_a_pair_that_works(engine: Engine) {
        let server = org::start(engine).await;
        let api = server.api();
        let session = log_in(&api, Who::Promoter, Some(PHONE)).await;
        api.set_clock("2026-11-22T03:00:00Z").await;
        let first = refresh(&api, session.tokens.refresh_token.reveal()).await.unwrap();
        assert!(api.with_token(first.access_token.reveal()).get::<Value>("/v1/me").await.is_ok());
        api.set_clock("2026-11-22T06:00:00Z").await;
        let second = refresh(&api, first.refresh_token.reveal()).await.unwrap();
        assert_ne!(first.refresh_token, second.refresh_token);
    }

    async fn a_lost_answer_is_answered_again_within_30_seconds(engine: Engine) {
        let server = org::start(engine).await;
        let api = server.api();
        let old = log_in(&api, Who::Promoter, Some(PHONE)).await.tokens.refresh_token;
        let lost = refresh(&api, old.reveal()).await.unwrap();
        api.set_clock("2026-11-22T01:00:30Z").await;
        let again = refresh(&api, old.reveal()).await.unwrap();
        assert_eq!(again.refresh_token, lost.refresh_token);
        assert!(api.with_token(again.access_token.reveal()).get::<Value>("/v1/me").await.is_ok());
        assert!(refresh(&api, again.refresh_token.reveal()).await.is_ok());
    }

    async fn a_refresh_token_in_two_hands_ends_the_whole_family(engine: Engine) {
        let server = org::start(engine).await;
        let api = server.api();
        let old = log_in(&api, Who::Promoter, Some(PHONE)).await.tokens.refresh_token;
        let other_login = log_in(&api, Who::Promoter, Some(PHONE)).await;
        let newest = refresh(&api, old.reveal()).await.unwrap();
        api.set_clock("2026-11-22T01:00:31Z").await;
        assert_eq!(refused(refresh(&api, old.reveal()).await), (401, "refresh-reused".to_owned()));
        assert_eq!(refused(refresh(&api, newest.refresh_token.reveal()).await), (401, "session-ended".to_owned()));
        let newest = api.with_token(newest.access_token.reveal());
        assert_eq!(refused(newest.get::<Value>("/v1/me").await), (401, "session-ended".to_owned()));
        assert!(of(&api, &other_login).get::<Value>("/v1/me").await.is_ok(), "another login is another family");
    }

    async fn two_exchanges_at_once_get_the_same_successor(engine: Engine) {
        let server = org::start(engine).await;
        let api = server.api();
        let old = log_in(&api, Who::Promoter, Some(PHONE)).await.tokens.refresh_token;
        let (one, other) = tokio::join!(refresh(&api, old.reveal()), refresh(&api, old.reveal()));
        assert_eq!(one.unwrap().refresh_token, other.unwrap().refresh_token);
    }

    async fn a_login_that_is_not_used_ends(engine: Engine) {
        let server = org::start(engine).await;
        let api = server.api();
        let old = log_in(&api, Who::Promoter, Some(PHONE)).await.tokens.refresh_token;
        api.set_clock("2026-12-22T01:00:00Z").await;
        assert_eq!(refused(refresh(&api, old.reveal()).await), (401, "refresh-invalid".to_owned()));
        assert_eq!(refused(refresh(&api, "bbr_x").await), (401, "refresh-invalid".to_owned()));
    }

    async fn a_logout_ends_the_login_and_nothing_else(engine: Engine) {
        let server = org::start(engine).await;
        let api = server.api();
        let (one, other) = (log_in(&api, Who::Desk, None).await, log_in(&api, Who::Desk, None).await);
        let body = json!({"refresh_token": one.tokens.refresh_token.reveal()});
        for _ in 0..2 {
            api.post::<Value>("/v1/auth/logout", &body).await.unwrap();
        }
        assert_eq!(refused(of(&api, &one).get::<Value>("/v1/me").await), (401, "session-ended".to_owned()));
        assert_eq!(refused(refresh(&api, one.tokens.refresh_token.reveal()).await), (401, "session-ended".to_owned()));
        assert!(of(&api, &other).get::<Value>("/v1/me").await.is_ok());
    }
}
