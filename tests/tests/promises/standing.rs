//! Who may push and pull: tokens that expired, devices of others, lost and stolen phones, accounts that ended.

use serde_json::{Value, json};
use sync_core::exchange::Status;
use sync_core::time::rfc3339;
use tests::api::Api;
use tests::phone::{Failure, Phone};
use tests::world::{self, ORG, PASSWORD};

use crate::house::{device, outcome, records, request, start, visit};

async fn office(server: &Api) -> Api {
    let login = json!({"org": ORG, "username": "huangyan", "password": PASSWORD});
    let session: Value = server.post("/v1/auth/login", &login).await.unwrap();
    server.with_token(session["access_token"].as_str().unwrap())
}

fn refused(failure: &Failure) -> (u16, Option<&str>) {
    (failure.status(), failure.code())
}

tests::scenarios! {
    async fn p5_an_expired_token_stops_nothing(engine: Engine) {
        let server = start(engine).await;
        let mut phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        visit(&mut phone, "扫楼");
        server.api().set_clock("2026-11-23T01:20:00Z").await;
        let expired = phone.send(&request(&[])).await.unwrap_err();
        assert_eq!(refused(&expired), (401, Some("token-expired")));
        visit(&mut phone, "再来");
        phone.sync().await.unwrap();
        assert_eq!((phone.replica.status().pending, records(&phone).len()), (0, 2));
        // a month later even the login has expired: same device, same log
        server.api().set_clock("2027-01-10T01:00:00Z").await;
        visit(&mut phone, "又来");
        assert_eq!(phone.sync().await.unwrap().forks, 0);
        assert_eq!((phone.replica.device(), phone.replica.status().acknowledged), (device(1), 3));
    }

    async fn a_phone_of_somebody_else_is_refused_and_a_login_without_a_phone_cannot_sync(engine: Engine) {
        let server = start(engine).await;
        let mine = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        let mut other = Phone::new(&server.api(), "wangfang", device(1));
        assert_eq!(refused(&other.log_in().await.unwrap_err()), (409, Some("device-of-another-user")));
        let body = json!({"protocol": 1, "epoch": null});
        let without = office(&server.api()).await.post::<Value>("/v1/sync", &body).await.unwrap_err();
        assert_eq!((without.status, without.code.as_str()), (403, "device-required"));
        let nobody = server.api().post::<Value>("/v1/sync", &body).await.unwrap_err();
        assert_eq!((nobody.status, nobody.code.as_str()), (401, "token-missing"));
        assert!(mine.send(&request(&[])).await.is_ok());
    }

    async fn a_revoked_phone_stops_and_keeps_its_log(engine: Engine) {
        let server = start(engine).await;
        let mut phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        visit(&mut phone, "扫楼");
        let path = format!("/v1/devices/{}/revoke", device(1));
        office(&server.api()).await.post::<Value>(&path, &json!({"reason": "lost", "stolen": false})).await.unwrap();
        let failure = phone.sync().await.unwrap_err();
        assert_eq!(refused(&failure), (403, Some("device-revoked")), "{failure:?}");
        assert_eq!((phone.replica.status().pending, phone.replica.records().is_empty()), (1, false));
    }

    async fn p5_a_stolen_phone_pushes_parked_ops_and_pulls_nothing(engine: Engine) {
        let server = start(engine).await;
        let mut owner = Phone::ready(&server.api(), "zhangwei", device(2)).await;
        let mut thief = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        visit(&mut thief, "以前");
        thief.sync().await.unwrap();
        let path = format!("/v1/devices/{}/revoke", device(1));
        office(&server.api()).await.post::<Value>(&path, &json!({"reason": "stolen", "stolen": true})).await.unwrap();
        visit(&mut thief, "小偷");
        thief.sync().await.unwrap();
        assert_eq!(outcome(&thief, 2).0, Status::Parked);
        assert!(thief.replica.status().buckets.is_empty() && records(&thief).len() <= 1, "{:?}", records(&thief));
        owner.sync().await.unwrap();
        assert_eq!(records(&owner).len(), 1, "what was pushed before the theft counts");
    }

    async fn p5_an_account_that_ended_pushes_for_14_days_and_pulls_the_end(engine: Engine) {
        let server = start(engine).await;
        let mut phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        phone.clock.pass_minutes(2);
        visit(&mut phone, "在职");
        let ended = rfc3339::parse("2026-11-23T01:05:00Z").unwrap();
        world::end_account(&server.app().db, "zhangwei", ended).await;
        phone.clock.pass_minutes(7);
        server.api().set_clock("2026-11-23T01:09:00Z").await;
        let last = phone.replica.status().recorded;
        phone.sync().await.unwrap();
        assert_eq!(outcome(&phone, last).0, Status::Applied, "judged by its moment");
        assert!(records(&phone).is_empty() && phone.replica.status().buckets.is_empty());
        let lead = Phone::ready(&server.api(), "lihua", device(2)).await;
        assert_eq!(records(&lead).len(), 1);
        server.api().set_clock("2026-12-07T01:04:00Z").await;
        phone.sync().await.unwrap();
        server.api().set_clock("2026-12-07T01:06:00Z").await;
        let failure = phone.sync().await.unwrap_err();
        assert_eq!(refused(&failure), (403, Some("account-ended")), "{failure:?}");
    }

    async fn p5_a_phone_told_to_wait_keeps_its_queue(engine: Engine) {
        let server = start(engine).await;
        let mut phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        visit(&mut phone, "扫楼");
        let api = server.api();
        assert!(server.shut_down().await);
        let failure = phone.clone().at(&api).sync().await.unwrap_err();
        assert!(matches!(failure, Failure::Lost), "{failure:?}");
        let failure = phone.sync().await.unwrap_err();
        assert!(failure.is_passing() && phone.replica.status().pending == 1);
        assert!(matches!(phone.sync().await.unwrap_err(), Failure::Patience(ms) if ms >= 1_000), "it backs off");
    }
}
