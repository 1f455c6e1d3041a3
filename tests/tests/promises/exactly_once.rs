//! P2: an op takes effect exactly once, however often and by however many connections it is sent.

use sync_core::exchange::Status;
use sync_core::kinds::CANVASS;
use tests::phone::{Phone, Synced};

use crate::house::{count, device, start, tally, visit};

tests::scenarios! {
    async fn p2_a_lost_answer_is_asked_for_again_and_nothing_counts_twice(engine: Engine) {
        let server = start(engine).await;
        let mut phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        let id = tally(&mut phone, 7);
        for _ in 0..5 {
            let lost = phone.replica.next_request(&phone.clock.tick()).unwrap();
            phone.send(&lost.request).await.unwrap();
            phone.add(&CANVASS, id, "flyers", 1);
        }
        let synced = phone.sync().await.unwrap();
        assert!(synced.outcomes.iter().all(|outcome| outcome.status == Status::Duplicate), "{synced:?}");
        assert_eq!(count(&phone, id, "flyers"), 12);
        let fresh = Phone::ready(&server.api(), "zhangwei", device(2)).await;
        assert_eq!(fresh.body(id), phone.body(id));
    }

    async fn p2_one_push_over_many_connections_at_once_counts_once(engine: Engine) {
        let server = start(engine).await;
        let mut phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        let ids: Vec<_> = (0..20).map(|flyers| tally(&mut phone, flyers)).collect();
        let exchange = phone.replica.next_request(&phone.clock.tick()).unwrap();
        let sends = (0..12).map(|_| {
            let (phone, request) = (phone.clone(), serde_json::to_string(&exchange.request).unwrap());
            tokio::spawn(async move { phone.send(&serde_json::from_str(&request).unwrap()).await.unwrap() })
        });
        let mut answers = Vec::new();
        for send in sends.collect::<Vec<_>>() {
            answers.push(send.await.unwrap());
        }
        assert!(answers.iter().all(|answer| answer.acked == 40));
        let plain = answers.iter().filter(|answer| answer.outcomes.is_empty()).count();
        assert_eq!(plain, 1, "one of them was first, to the others everything was a duplicate");
        assert!(answers.iter().flat_map(|answer| &answer.outcomes).all(|outcome| outcome.status == Status::Duplicate));
        let answer = answers.swap_remove(0);
        phone.take(exchange.ticket, Ok(answer), &mut Synced::default()).await;
        phone.sync().await.unwrap();
        assert_eq!(ids.iter().map(|id| count(&phone, *id, "flyers")).sum::<i64>(), (0..20).sum::<i64>());
    }

    async fn p2_a_rejected_op_sent_twice_at_once_is_rejected_twice(engine: Engine) {
        let server = start(engine).await;
        let mut phone = Phone::ready(&server.api(), "zhangwei", device(1)).await.on_project(tests::world::OTHER_PROJECT);
        let seqs: Vec<u64> = (0..5).map(|_| { visit(&mut phone, "扫楼"); phone.replica.status().recorded }).collect();
        let exchange = phone.replica.next_request(&phone.clock.tick()).unwrap();
        let sends = (0..8).map(|_| phone.send(&exchange.request));
        let answers = futures_util::future::join_all(sends).await;
        for answer in answers {
            let outcomes = answer.unwrap().outcomes;
            let told: Vec<_> = outcomes.iter().map(|told| (told.seq, told.status, told.rule.as_deref())).collect();
            let expected: Vec<_> = seqs.iter().map(|seq| (*seq, Status::Rejected, Some("not-permitted"))).collect();
            assert_eq!(told, expected);
        }
    }

    async fn p2_parts_of_a_log_in_overlapping_requests_count_once(engine: Engine) {
        let server = start(engine).await;
        let mut phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        let id = tally(&mut phone, 0);
        let mut requests = Vec::new();
        for _ in 0..10 {
            phone.add(&CANVASS, id, "flyers", 1);
            requests.push(phone.replica.next_request(&phone.clock.tick()).unwrap().request);
        }
        // each request carries everything from the first op on; they overtake each other
        requests.reverse();
        let answers = futures_util::future::join_all(requests.iter().map(|request| phone.send(request))).await;
        assert!(answers.iter().all(|answer| answer.as_ref().is_ok_and(|answer| answer.acked >= 3)));
        phone.sync().await.unwrap();
        assert_eq!(count(&phone, id, "flyers"), 10);
    }
}
