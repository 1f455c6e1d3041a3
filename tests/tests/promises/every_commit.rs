//! P4: a pull never skips a committed change, however commits interleave, with one process or two.

use std::sync::atomic::{AtomicBool, Ordering};

use tests::api::Api;
use tests::engine::{self, Engine};
use tests::phone::Phone;
use tests::process::ServerProcess;
use tests::world;

use crate::house::{device, records, start, tally, visit};

const WRITERS: [&str; 6] = ["zhangwei", "wangfang", "liuyang", "zhaolei", "sunli", "machao"];
const ROUNDS: usize = 12;

/// Everybody writes while leads read in small pages; in the end readers have everything, and never had to be healed.
async fn write_and_read(servers: [Api; 2]) {
    let done = AtomicBool::new(false);
    let write = async {
        let writers = WRITERS.iter().enumerate().map(|(n, username)| {
            let servers = &servers;
            async move {
                let mut phone = Phone::ready(&servers[n % 2], username, device(n as u128)).await;
                for round in 0..ROUNDS {
                    visit(&mut phone, "扫楼");
                    tally(&mut phone, 1);
                    phone = phone.at(&servers[(n + round) % 2]);
                    let synced = phone.sync_patiently().await.unwrap();
                    assert!(synced.outcomes.is_empty() && synced.unequal.is_empty(), "{username}: {synced:?}");
                }
                phone.replica.status().recorded
            }
        });
        let recorded: u64 = futures_util::future::join_all(writers).await.into_iter().sum();
        done.store(true, Ordering::Release);
        recorded
    };
    let read = |n: usize, username: &'static str| {
        let (servers, done) = (&servers, &done);
        async move {
            let mut phone = Phone::ready(&servers[n % 2], username, device(100 + n as u128)).await;
            phone.replica.set_limit(3);
            loop {
                let last = done.load(Ordering::Acquire);
                phone = phone.at(&servers[n % 2]);
                let synced = phone.sync_patiently().await.unwrap();
                assert_eq!(synced.unequal, Vec::<String>::new(), "{username} skipped something");
                if last {
                    return phone;
                }
            }
        }
    };
    let (recorded, one, other) = tokio::join!(write, read(0, "lihua"), read(1, "chenjing"));
    assert_eq!(recorded, (WRITERS.len() * ROUNDS * 3) as u64);
    for (reader, writers) in [(one, 3), (other, 2)] {
        let fresh = Phone::ready(&servers[0], reader.username(), device(200 + writers)).await;
        assert_eq!(records(&reader), records(&fresh));
        assert_eq!(reader.replica.status().buckets, fresh.replica.status().buckets);
        let expected = usize::try_from(writers).unwrap() * ROUNDS * 2;
        assert_eq!(records(&reader).len(), expected, "{} sees the work of the team", reader.username());
    }
}

tests::scenarios! {
    async fn p4_a_pull_skips_no_commit_of_many_writers(engine: Engine) {
        let server = start(engine).await;
        write_and_read([server.api(), server.api()]).await;
    }
}

#[test]
fn p4_two_processes_on_one_database_serve_the_same_phones_at_once() {
    engine::run(async {
        let one = ServerProcess::start_with(Engine::Postgres, &["--dev-clock", "--password-cost", "cheap"]).await;
        let other = one.sibling().await;
        one.api().set_clock(world::MORNING).await;
        world::found_at(one.database()).await;
        tokio::time::sleep(std::time::Duration::from_millis(500)).await; // the other process follows the clock
        write_and_read([one.api(), other.api()]).await;
    });
}
