//! The exchange itself: limits, pages, epochs, compression.

use std::io::Write;

use reqwest::Method;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE};
use serde_json::{Value, json};
use sync_core::exchange::{Request, Response, Status};
use tests::in_process::InProcess;
use tests::phone::{Failure, Phone};
use tests::world;
use uuid::Uuid;

use crate::house::{Chain, device, records, request, start, told, visit};

fn too_large(answer: Result<Response, Failure>) -> (u16, Value, Value) {
    let failure = answer.unwrap_err();
    assert_eq!(failure.code(), Some("payload-too-large"), "{failure:?}");
    let members = &failure.problem().members;
    (failure.status(), members["limit"].clone(), members["max"].clone())
}

tests::scenarios! {
    async fn a_request_of_1000_ops_is_taken_and_one_more_names_the_limit(engine: Engine) {
        let server = start(engine).await;
        let phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        let mut chain = Chain::default();
        let mut ops: Vec<String> = (0..1_001).map(|n| chain.visit(Uuid::from_u128(n), "")).collect();
        assert_eq!(too_large(phone.send(&request(&ops)).await), (413, json!("request_ops"), json!(1_000)));
        ops.pop();
        let answer = phone.send(&request(&ops)).await.unwrap();
        assert_eq!((answer.acked, answer.outcomes.len(), answer.more), (1_000, 0, true));
    }

    async fn a_request_of_1_mib_of_ops_is_taken_and_one_byte_more_names_the_limit(engine: Engine) {
        let server = start(engine).await;
        let phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        let filled = |chain: &mut Chain, n: u128, bytes: usize| {
            let (seq, prev) = (chain.clone(), chain.visit(Uuid::from_u128(n), r#","x":"""#));
            *chain = seq;
            chain.visit(Uuid::from_u128(n), &format!(r#","x":"{}""#, "x".repeat(bytes - prev.len())))
        };
        let ops = |last: usize| {
            let mut chain = Chain::default();
            (0..16).map(|n| filled(&mut chain, n, if n == 15 { last } else { 65_536 })).collect::<Vec<_>>()
        };
        assert_eq!(ops(65_536).iter().map(String::len).sum::<usize>(), 1024 * 1024);
        let one_more = ops(65_537);
        assert_eq!(too_large(phone.send(&request(&one_more)).await), (413, json!("request_bytes"), json!(1024 * 1024)));
        let answer = phone.send(&request(&ops(65_536))).await.unwrap();
        assert_eq!((answer.acked, told(&answer)), (16, vec![]), "64 KiB an op are allowed");
        let mut chain = Chain::default();
        let other = Phone::ready(&server.api(), "wangfang", device(2)).await;
        let answer = other.send(&request(&[filled(&mut chain, 99, 65_537), chain.visit(Uuid::from_u128(98), "")])).await.unwrap();
        assert_eq!(told(&answer), [(1, Status::Rejected, Some("op-too-large"))]);
    }

    async fn a_replica_with_more_than_a_request_holds_sends_all_of_it(engine: Engine) {
        let server = start(engine).await;
        let mut phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        for _ in 0..1_100 {
            visit(&mut phone, "扫楼");
        }
        phone.replica.set_limit(5_000);
        let synced = phone.sync().await.unwrap();
        assert!((2..=3).contains(&synced.exchanges), "{synced:?}");
        assert_eq!(records(&phone).len(), 1_100);
    }

    async fn a_replica_halves_its_batch_until_it_fits_a_smaller_limit(engine: Engine) {
        let server = InProcess::start_with(engine, &["--dev-clock", "--max-request-ops", "100"]).await;
        server.api().set_clock(world::MORNING).await;
        world::found(&server.app().db).await;
        let mut phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        for _ in 0..300 {
            visit(&mut phone, "扫楼");
        }
        let whole = phone.replica.next_request(&phone.clock.tick()).unwrap().request;
        assert_eq!(too_large(phone.send(&whole).await), (413, json!("request_ops"), json!(100)));
        let synced = phone.sync().await.unwrap();
        assert!(synced.exchanges >= 3, "{synced:?}");
        assert_eq!((phone.replica.status().pending, records(&phone).len()), (0, 300));
    }

    async fn pages_are_as_long_as_wanted_and_a_bucket_is_reset_on_its_first_page_only(engine: Engine) {
        let server = start(engine).await;
        let mut phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        for _ in 0..7 {
            visit(&mut phone, "扫楼");
        }
        phone.sync().await.unwrap();
        let mut wanted = Request { limit: 3, ..request(&[]) };
        let (mut seen, mut resets) = (Vec::new(), Vec::new());
        loop {
            let answer = phone.send(&wanted).await.unwrap();
            assert!(answer.changes.len() <= 3 && (answer.changes.len() == 3 || !answer.more));
            seen.extend(answer.changes.iter().map(|change| change.what.id()));
            resets.push(answer.buckets.iter().filter(|bucket| bucket.reset).count());
            (wanted.epoch, wanted.cursors) = (Some(answer.epoch), answer.cursors);
            if !answer.more {
                break;
            }
        }
        let distinct: std::collections::BTreeSet<_> = seen.iter().collect();
        assert_eq!((distinct.len(), resets[0]), (seen.len(), phone.replica.status().buckets.len()));
        assert!(seen.len() >= 7 && resets[1..].iter().all(|resets| *resets == 0), "{resets:?}");
        for limit in [0, 5_001] {
            let failure = phone.send(&Request { limit, ..request(&[]) }).await.unwrap_err();
            assert_eq!(failure.status(), 400, "limit {limit}");
        }
    }

    async fn another_epoch_takes_ops_and_resets_every_bucket(engine: Engine) {
        let server = start(engine).await;
        let mut phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        let first = visit(&mut phone, "扫楼");
        phone.sync().await.unwrap();
        let second = visit(&mut phone, "再来");
        phone.replica.poke();
        let mut strange = phone.replica.next_request(&phone.clock.tick()).unwrap().request;
        strange.epoch = Some("of another server".into());
        let answer = phone.send(&strange).await.unwrap();
        assert_eq!(answer.acked, 2);
        assert!(answer.buckets.iter().all(|bucket| bucket.reset), "{answer:?}");
        let told: Vec<_> = answer.changes.iter().map(|change| change.what.id()).collect();
        assert!(told.contains(&first) && told.contains(&second));
        for garbage in ["", "x", "-1", "99999999", "1.2.3"] {
            let mut strange = request(&[]);
            strange.epoch = Some(answer.epoch.clone());
            strange.cursors = answer.cursors.keys().map(|bucket| (bucket.clone(), garbage.to_owned())).collect();
            let answer = phone.send(&strange).await.unwrap();
            assert!(answer.buckets.iter().all(|bucket| bucket.reset), "{garbage}: {answer:?}");
        }
    }

    async fn a_protocol_nobody_speaks_names_those_that_are_spoken(engine: Engine) {
        let server = start(engine).await;
        let phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        let failure = phone.send(&Request { protocol: 2, ..request(&[]) }).await.unwrap_err();
        let members = &failure.problem().members;
        assert_eq!((failure.status(), failure.code()), (400, Some("unsupported-protocol")));
        assert_eq!((&members["min"], &members["max"]), (&json!(1), &json!(1)));
    }

    async fn a_body_that_is_no_request_is_told_where_it_is_wrong(engine: Engine) {
        let server = start(engine).await;
        let phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        for (body, status) in [
            ("", 400),
            ("{", 400),
            ("[]", 422),
            (r#"{"protocol":"one"}"#, 422),
            (r#"{"protocol":1,"epoch":null,"ops":{}}"#, 422),
            (r#"{"protocol":1,"epoch":null,"ops":[{"seq":1}]}"#, 400),
            (r#"{"protocol":1,"epoch":null,"ops":[7]}"#, 400),
        ] {
            let sent = phone.api().request(Method::POST, "/v1/sync").header(CONTENT_TYPE, "application/json").body(body);
            let problem = tests::api::read::<Value>(sent).await.unwrap_err();
            assert_eq!(problem.status, status, "{body}: {problem:?}");
            assert!(!problem.detail.is_empty(), "it says what to do");
        }
    }

    async fn requests_and_answers_are_compressed_with_gzip_and_zstd(engine: Engine) {
        let server = start(engine).await;
        let phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        let mut chain = Chain::default();
        for (n, encoding) in ["gzip", "zstd"].into_iter().enumerate() {
            let text = serde_json::to_vec(&request(&[chain.visit(Uuid::from_u128(n as u128), "")])).unwrap();
            let sent = phone
                .api()
                .request(Method::POST, "/v1/sync")
                .header(CONTENT_TYPE, "application/json")
                .header(CONTENT_ENCODING, encoding)
                .header("accept-encoding", encoding)
                .body(packed(encoding, &text));
            // the usual client would hide the encoding
            let plain = reqwest::Client::builder().no_proxy().no_gzip().no_zstd().tls_certs_only([]).build().unwrap();
            let answer = plain.execute(sent.build().unwrap()).await.unwrap();
            assert_eq!(answer.status().as_u16(), 200);
            assert_eq!(answer.headers()[CONTENT_ENCODING], encoding);
        }
        let fresh = Phone::ready(&server.api(), "zhangwei", device(2)).await;
        assert_eq!(records(&fresh).len(), 2);
    }

    async fn a_small_body_that_unpacks_to_a_huge_one_is_refused(engine: Engine) {
        let server = start(engine).await;
        let phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        let bomb = format!(r#"{{"protocol":1,"epoch":"{}"}}"#, "x".repeat(30 << 20));
        for encoding in ["gzip", "zstd"] {
            let sent = phone
                .api()
                .request(Method::POST, "/v1/sync")
                .header(CONTENT_TYPE, "application/json")
                .header(CONTENT_ENCODING, encoding)
                .body(packed(encoding, bomb.as_bytes()));
            assert_eq!(tests::api::read::<Value>(sent).await.unwrap_err().code, "payload-too-large");
        }
    }
}

fn packed(encoding: &str, text: &[u8]) -> Vec<u8> {
    if encoding == "zstd" {
        return zstd::bulk::compress(text, 1).unwrap();
    }
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(text).unwrap();
    packer.finish().unwrap()
}
