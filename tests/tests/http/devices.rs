//! Phones that fork, are lost or stolen.

use api_spec::auth::{Session, Tokens};
use api_spec::devices::Device;
use api_spec::primitives::Page;
use serde_json::{Value, json};
use tests::api::{Answer, Api};
use uuid::Uuid;

use crate::org::{self, PASSWORD, Who, log_in, login, of, refused};

const PHONE: Uuid = Uuid::from_u128(0xd1);

fn forked(n: u128) -> Uuid {
    Uuid::from_u128(0xf000 + n)
}

async fn fork(api: &Api, token: &str, from: Uuid, to: Uuid) -> Answer<Session> {
    let body = json!({"id": to, "name": "手机", "platform": "android 15", "forked_from": from, "seq": 1, "refresh_token": token});
    api.post("/v1/devices", &body).await
}

tests::scenarios! {
    async fn p6_a_forked_phone_goes_on_under_a_new_device_with_the_same_login(engine: Engine) {
        let server = org::start(engine).await;
        let api = server.api();
        let token = log_in(&api, Who::Promoter, Some(PHONE)).await.tokens.refresh_token;
        let session = fork(&api, token.reveal(), PHONE, forked(1)).await.unwrap();
        let device = session.device.unwrap();
        assert_eq!((device.id, device.next_seq, device.head.0), (forked(1), 1, [0; 32]));
        assert_eq!(server.app().anchors.open(session.anchor.as_deref().unwrap()).unwrap().device, forked(1));
        let again = fork(&api, token.reveal(), PHONE, forked(1)).await.unwrap();
        assert_eq!(again.tokens.refresh_token, session.tokens.refresh_token, "a lost answer is answered again");
        let devices: Page<Device> = of(&api, &session).get("/v1/devices").await.unwrap();
        let told: Vec<_> = devices.items.iter().map(|device| (device.id, device.forked, device.forked_from)).collect();
        assert_eq!(told, [(PHONE, true, None), (forked(1), false, Some(PHONE))]);
    }

    async fn a_user_forks_at_most_3_times_a_day(engine: Engine) {
        let server = org::start(engine).await;
        let api = server.api();
        let mut token = log_in(&api, Who::Promoter, Some(PHONE)).await.tokens.refresh_token;
        let mut from = PHONE;
        for n in 1..=3 {
            token = fork(&api, token.reveal(), from, forked(n)).await.unwrap().tokens.refresh_token;
            from = forked(n);
        }
        assert_eq!(refused(fork(&api, token.reveal(), from, forked(4)).await), (429, "too-many-forks".to_owned()));
        api.set_clock("2026-11-23T01:00:00Z").await;
        assert!(fork(&api, token.reveal(), from, forked(4)).await.is_ok(), "the refusal used nothing up");
    }

    async fn only_an_own_device_can_be_forked(engine: Engine) {
        let server = org::start(engine).await;
        let api = server.api();
        let mine = log_in(&api, Who::Promoter, Some(PHONE)).await.tokens.refresh_token;
        let other_phone = Uuid::from_u128(0xd2);
        log_in(&api, Who::OtherPromoter, Some(other_phone)).await;
        assert_eq!(refused(fork(&api, mine.reveal(), other_phone, forked(1)).await), (403, "wrong-device".to_owned()));
        assert_eq!(refused(fork(&api, mine.reveal(), PHONE, other_phone).await), (409, "device-of-another-user".to_owned()));
        assert_eq!(refused(fork(&api, mine.reveal(), PHONE, PHONE).await), (409, "id-taken".to_owned()));
        let body = json!({"id": forked(1), "name": "", "platform": "", "forked_from": PHONE, "seq": 2, "refresh_token": mine.reveal()});
        let problem = api.post::<Value>("/v1/devices", &body).await.unwrap_err();
        assert_eq!((problem.status, problem.errors[0].pointer.as_str()), (422, "/seq"));
    }

    async fn a_revoked_device_is_out_and_a_stolen_one_may_only_push(engine: Engine) {
        let server = org::start(engine).await;
        let api = server.api();
        let (lost, stolen) = (PHONE, Uuid::from_u128(0xd2));
        let (on_lost, on_stolen) =
            (log_in(&api, Who::Promoter, Some(lost)).await, log_in(&api, Who::Promoter, Some(stolen)).await);
        let lead = of(&api, &log_in(&api, Who::Lead, None).await);
        let revoke = async |device: Uuid, stolen: bool, reason: &str| {
            let body = json!({"stolen": stolen, "reason": reason});
            lead.post::<Device>(&format!("/v1/devices/{device}/revoke"), &body).await
        };
        assert_eq!(refused(revoke(lost, false, " ").await), (422, "validation".to_owned()));
        assert!(revoke(lost, false, "left in a taxi").await.unwrap().revoked_at.is_some());
        revoke(stolen, true, "stolen").await.unwrap();

        assert_eq!(refused(of(&api, &on_lost).get::<Value>("/v1/me").await), (403, "device-revoked".to_owned()));
        assert_eq!(refused(api.post::<Value>("/v1/auth/login", &login(Who::Promoter, PASSWORD, Some(lost))).await).0, 403);
        assert_eq!(refused(of(&api, &on_stolen).get::<Value>("/v1/me").await), (403, "push-only".to_owned()));
        let token = on_stolen.tokens.refresh_token.reveal();
        let tokens: Tokens = api.post("/v1/auth/refresh", &json!({ "refresh_token": token })).await.unwrap();
        let fresh = tokens.refresh_token.reveal();
        assert_eq!(refused(fork(&api, fresh, stolen, forked(1)).await), (403, "device-revoked".to_owned()));
        assert!(log_in(&api, Who::Promoter, Some(Uuid::from_u128(0xd3))).await.device.is_some());
    }

    async fn devices_are_shown_to_who_is_responsible_and_without_numbers(engine: Engine) {
        let server = org::start(engine).await;
        let api = server.api();
        let mut body = login(Who::Promoter, PASSWORD, Some(PHONE));
        body["device"]["name"] = "13812345678 的手机".into();
        api.post::<Session>("/v1/auth/login", &body).await.unwrap();
        let path = format!("/v1/devices?user={}", Who::Promoter.id());
        let lead = of(&api, &log_in(&api, Who::Lead, None).await);
        assert_eq!(lead.get::<Page<Device>>(&path).await.unwrap().items[0].name, "138****5678 的手机");
        let stranger = of(&api, &log_in(&api, Who::Stranger, None).await);
        assert_eq!(refused(stranger.get::<Value>(&path).await), (404, "not-found".to_owned()));
        assert_eq!(refused(stranger.post::<Value>(&format!("/v1/devices/{PHONE}/revoke"), &json!({"reason": "x"})).await).0, 404);
    }
}
