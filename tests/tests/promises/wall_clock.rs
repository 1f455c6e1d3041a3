//! P7: a phone's wall clock, set forward or back, wins no rule and no merge.

use serde_json::json;
use sync_core::kinds::{DAILY_LOG, daily_log_id};
use sync_core::time::{Grade, rfc3339};
use tests::phone::Phone;
use tests::world;

use crate::house::{device, start, visit};

const DAY: &str = "2026-11-23";

tests::scenarios! {
    async fn p7_a_wall_clock_two_hours_off_wins_no_merge(engine: Engine) {
        for off in [-120, 120] {
            let server = start(engine).await;
            let mut phones = [1, 2].map(device);
            phones.sort_unstable();
            let mut crooked = Phone::ready(&server.api(), "zhangwei", phones[0]).await;
            let mut right = Phone::ready(&server.api(), "zhangwei", phones[1]).await;
            crooked.clock.set_wall_off_minutes(off);
            let log = daily_log_id(world::id("zhangwei"), DAY.parse().unwrap());
            let write = |phone: &mut Phone, minute: i64, items: &str| {
                phone.clock.set_ms(rfc3339::parse(world::MORNING).unwrap() + minute * 60_000);
                phone.set(&DAILY_LOG, log, json!({"day": DAY, "items": items}));
            };
            // whatever its wall clock says, the crooked phone wrote first, last, and first again
            write(&mut crooked, 1, "1");
            write(&mut right, 2, "2");
            server.api().set_clock("2026-11-23T01:10:00Z").await;
            for phone in [&mut right, &mut crooked] {
                phone.clock.set_ms(rfc3339::parse("2026-11-23T01:10:00Z").unwrap());
                phone.sync().await.unwrap();
            }
            assert_eq!(crooked.body(log)["items"], "2", "{off}");
            write(&mut right, 11, "3");
            write(&mut crooked, 12, "4");
            server.api().set_clock("2026-11-23T01:14:00Z").await;
            for phone in [&mut crooked, &mut right] {
                phone.clock.set_ms(rfc3339::parse("2026-11-23T01:14:00Z").unwrap());
                phone.sync().await.unwrap();
            }
            assert_eq!(right.body(log)["items"], "4", "{off}");
        }
    }

    async fn p7_a_moment_is_the_same_whatever_the_wall_clock_says(engine: Engine) {
        let server = start(engine).await;
        let mut moments = Vec::new();
        for (n, off) in [(1, 0), (2, 120), (3, -120), (4, 10_000_000)] {
            let mut phone = Phone::ready(&server.api(), "zhangwei", device(n)).await;
            phone.clock.set_wall_off_minutes(off);
            phone.clock.pass_minutes(5);
            let id = visit(&mut phone, "扫楼");
            let pending = phone.clone();
            moments.push((phone, id, pending));
        }
        server.api().set_clock("2026-11-23T01:09:00Z").await;
        for (phone, id, _) in &mut moments {
            phone.clock.pass_minutes(4);
            phone.sync().await.unwrap();
            let created = phone.replica.view(*id).unwrap().created.unwrap();
            let claimed = created.claimed.map(rfc3339::text);
            assert_eq!((created.grade, claimed.as_deref()), (Grade::Anchored, Some("2026-11-23T01:05:00.000Z")));
            assert_eq!(rfc3339::text(created.earliest), "2026-11-23T01:00:00.000Z");
            assert_eq!(rfc3339::text(created.latest), "2026-11-23T01:09:00.000Z");
        }
    }

    async fn p7_a_reboot_leaves_bounds_and_a_lie_leaves_a_flag(engine: Engine) {
        let server = start(engine).await;
        let mut rebooted = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        let mut fast = Phone::ready(&server.api(), "zhangwei", device(2)).await;
        rebooted.clock.reboot();
        let after_reboot = visit(&mut rebooted, "扫楼");
        fast.clock.pass_minutes(60); // its monotonic clock ran an hour while ten minutes passed
        let lie = visit(&mut fast, "扫楼");
        server.api().set_clock("2026-11-23T01:10:00Z").await;
        let mut grades = Vec::new();
        for (phone, id) in [(&mut rebooted, after_reboot), (&mut fast, lie)] {
            phone.sync().await.unwrap();
            let created = phone.replica.view(id).unwrap().created.unwrap();
            assert_eq!((created.claimed, rfc3339::text(created.latest).as_str()), (None, "2026-11-23T01:10:00.000Z"));
            grades.push(created.grade);
        }
        assert_eq!(grades, [Grade::Bracketed, Grade::Contradicted]);
    }

    async fn p7_an_anchor_cannot_be_saved_up(engine: Engine) {
        let server = start(engine).await;
        let mut phone = Phone::ready(&server.api(), "zhangwei", device(1)).await;
        let saved_up = phone.clone();
        server.api().set_clock("2026-11-23T01:10:00Z").await;
        phone.clock.pass_minutes(10);
        for _it_gets_an_anchor_and_reports_that_it_has_it in 0..2 {
            phone.sync().await.unwrap();
        }
        // the phone talked to the server at 01:10 with nothing recorded: what it claims for 01:05 now is a lie
        let mut liar = saved_up;
        liar.clock.pass_minutes(5);
        let id = visit(&mut liar, "扫楼");
        liar.clock.pass_minutes(6);
        server.api().set_clock("2026-11-23T01:11:00Z").await;
        liar.sync().await.unwrap();
        let created = liar.replica.view(id).unwrap().created.unwrap();
        assert_eq!((created.claimed, created.grade), (None, Grade::Contradicted));
        assert_eq!(rfc3339::text(created.earliest), "2026-11-23T01:10:00.000Z");
    }
}
