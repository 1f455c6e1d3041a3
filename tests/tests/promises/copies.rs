//! P12: a phone can prove that its copy equals the server's; a difference heals itself.

use serde_json::Value;
use tests::phone::Phone;

use crate::house::{device, records, start, visit};

tests::scenarios! {
    async fn p12_a_damaged_bucket_is_pulled_anew_and_no_other(engine: Engine) {
        let server = start(engine).await;
        let mut phone = Phone::ready(&server.api(), "lihua", device(1)).await;
        let mut member = Phone::ready(&server.api(), "zhangwei", device(2)).await;
        for _ in 0..5 {
            visit(&mut member, "扫楼");
            visit(&mut phone, "自己");
        }
        member.sync().await.unwrap();
        phone.sync().await.unwrap();
        let whole = records(&phone);
        let status = phone.replica.status().buckets;
        let team = format!("team:{}", tests::world::TEAMS[0]);
        // bit rot: one member is gone from the copy, another is older than it says
        let backup = phone.back_up();
        let mut saved: Value = serde_json::from_str(backup.replica()).unwrap();
        let members = saved["copy"]["buckets"][&team]["members"].as_object_mut().unwrap();
        let ids: Vec<String> = members.keys().cloned().collect();
        members.remove(&ids[0]);
        members[&ids[1]] = 1.into();
        saved["copy"]["records"].as_object_mut().unwrap().remove(&ids[0]);
        phone.restore(&backup.with_replica(saved.to_string()));
        assert_ne!(records(&phone), whole);

        let tick = phone.clock.tick();
        phone.replica.poke();
        let first = phone.replica.next_request(&tick).unwrap();
        let answer = phone.send(&first.request).await.unwrap();
        assert!(answer.changes.is_empty() && answer.buckets.iter().all(|bucket| !bucket.reset), "nothing was new");
        let taken = phone.replica.take_response(first.ticket, answer, &tick).unwrap();
        assert_eq!((taken.unequal, taken.again), (vec![team.clone()], true));
        let heal = phone.replica.next_request(&tick).unwrap();
        let answer = phone.send(&heal.request).await.unwrap();
        let reset: Vec<_> = answer.buckets.iter().filter(|bucket| bucket.reset).map(|bucket| bucket.bucket.clone()).collect();
        assert_eq!(reset, std::slice::from_ref(&team), "that bucket alone");
        assert!(answer.changes.iter().all(|change| change.bucket == team));
        assert!(phone.replica.take_response(heal.ticket, answer, &tick).unwrap().unequal.is_empty());
        assert_eq!((records(&phone), phone.replica.status().buckets), (whole, status));
    }

    async fn p12_counts_and_checksums_agree_through_pages_of_one(engine: Engine) {
        let server = start(engine).await;
        let mut member = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        for _ in 0..9 {
            visit(&mut member, "扫楼");
        }
        member.sync().await.unwrap();
        let mut paged = Phone::new(&server.api(), "lihua", device(2));
        paged.replica.set_limit(1);
        paged.log_in().await.unwrap();
        let synced = paged.sync().await.unwrap();
        assert!(synced.exchanges >= 9 && synced.unequal.is_empty(), "{synced:?}");
        let whole = Phone::ready(&server.api(), "lihua", device(3)).await;
        assert_eq!(paged.replica.status().buckets, whole.replica.status().buckets);
        assert_eq!(records(&paged), records(&whole));
    }
}
