//! P6: a cloned or restored phone is noticed and loses nothing.

use sync_core::exchange::Status;
use sync_core::kinds::CANVASS;
use tests::phone::Phone;

use crate::house::{count, device, records, start, tally, visit};

tests::scenarios! {
    async fn p6_a_clone_goes_on_under_a_new_device_and_both_keep_everything(engine: Engine) {
        let server = start(engine).await;
        let mut phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        let id = tally(&mut phone, 1);
        phone.sync().await.unwrap();
        let mut clone = phone.clone();
        clone.reseed("clone");
        for each in [&mut phone, &mut clone] {
            each.add(&CANVASS, id, "flyers", 10);
            visit(each, "扫楼");
        }
        clone.add(&CANVASS, id, "flyers", 100);
        assert_eq!(phone.sync().await.unwrap().forks, 0);
        let forked = clone.sync().await.unwrap();
        assert_eq!((forked.forks, clone.replica.device() == device(1)), (1, false));
        phone.sync().await.unwrap();
        assert_eq!(records(&phone), records(&clone));
        // both added 10 under the same place and with the same text: it is one op
        assert_eq!((count(&phone, id, "flyers"), records(&phone).len()), (111, 3));
        phone.add(&CANVASS, id, "flyers", 1_000);
        assert_eq!(phone.sync().await.unwrap().forks, 0, "the first one keeps its log");
    }

    async fn p6_a_restored_phone_loses_nothing_and_what_is_known_is_a_duplicate(engine: Engine) {
        let server = start(engine).await;
        let mut phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        let id = tally(&mut phone, 1);
        phone.sync().await.unwrap();
        let backup = phone.back_up();
        phone.add(&CANVASS, id, "flyers", 10);
        phone.sync().await.unwrap();
        phone.restore(&backup);
        phone.add(&CANVASS, id, "flyers", 100);
        assert_eq!(phone.sync().await.unwrap().forks, 1);
        assert_eq!(count(&phone, id, "flyers"), 111, "what was acknowledged before the restore came back with the pull");
    }

    async fn p6_two_clones_that_fork_with_the_same_ops_count_them_once(engine: Engine) {
        let server = start(engine).await;
        let mut phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        let id = tally(&mut phone, 1);
        phone.sync().await.unwrap();
        let backup = phone.back_up();
        phone.add(&CANVASS, id, "flyers", 10);
        phone.sync().await.unwrap();
        // restored, it records what will have to move to a new log; then it is cloned before it had a signal
        phone.restore(&backup);
        phone.clock.pass_minutes(1);
        let moved = phone.add(&CANVASS, id, "flyers", 100);
        let mut clone = phone.clone();
        clone.reseed("clone");
        assert_eq!(phone.sync().await.unwrap().forks, 1);
        let synced = clone.sync().await.unwrap();
        assert_eq!(synced.forks, 1);
        let twice: Vec<_> = synced.outcomes.iter().map(|told| told.status).collect();
        assert_eq!(twice, [Status::Duplicate], "op {moved} was taken over by the first clone");
        phone.sync().await.unwrap();
        assert_eq!((count(&phone, id, "flyers"), count(&clone, id, "flyers")), (111, 111));
    }

    async fn p6_a_hole_is_filled_from_what_the_phone_keeps(engine: Engine) {
        let server = start(engine).await;
        let mut phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        let id = tally(&mut phone, 1);
        let lost = phone.replica.next_request(&phone.clock.tick()).unwrap();
        phone.add(&CANVASS, id, "flyers", 10);
        let mut request = phone.replica.next_request(&phone.clock.tick()).unwrap().request;
        request.ops.drain(..lost.request.ops.len());
        let problem = phone.send(&request).await.unwrap_err();
        assert_eq!((problem.status(), problem.code()), (409, Some("seq-gap")));
        assert_eq!(problem.problem().members["expected"], 1);
        assert_eq!(problem.problem().members["head"], "0".repeat(64));
        phone.sync().await.unwrap();
        assert_eq!(count(&phone, id, "flyers"), 11);
    }

    async fn p6_a_phone_that_lost_its_log_but_not_its_device_forks(engine: Engine) {
        let server = start(engine).await;
        let mut old = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        let kept = visit(&mut old, "旧");
        old.sync().await.unwrap();
        let mut reinstalled = Phone::new(&server.api(), "zhangwei", device(1));
        reinstalled.reseed("reinstalled");
        let new = visit(&mut reinstalled, "新"); // before it logged in: it knows of no log
        reinstalled.log_in().await.unwrap();
        assert_eq!(reinstalled.sync().await.unwrap().forks, 1);
        assert_eq!(records(&reinstalled).into_keys().collect::<std::collections::BTreeSet<_>>(), [kept, new].into());
    }
}
