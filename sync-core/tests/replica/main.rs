//! The replica against a small model server that speaks the real messages: cases one by one, and whole worlds at random.
#![expect(clippy::unwrap_used, reason = "a model that is wrong should fail loudly")]

mod deeds;
mod disasters;
mod feed;
mod judge;
mod oracle;
mod people;
mod pulling;
mod recording;
mod recovery;
mod script;
mod server;
mod steps;
mod world;

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use crate::steps::steps;
use crate::world::World;

/// A world is some hundred requests, so fewer cases than usual; `PROPTEST_CASES` asks for more.
fn config(share: u32) -> ProptestConfig {
    let file = FileFailurePersistence::Direct("proptest-regressions/replica.txt");
    let usual = ProptestConfig::default();
    let (cases, failure_persistence) = ((usual.cases / share).max(1), Some(Box::new(file) as _));
    ProptestConfig { cases, max_shrink_iters: 20_000, failure_persistence, ..usual }
}

proptest! {
    #![proptest_config(config(4))]

    /// P1, P2, P5, P6, P10, P12 and P13 from the phone's side, whatever the network, the phones and the server's disk do.
    #[test]
    fn p2_after_quiescence_every_copy_equals_the_server_and_nothing_is_missing_or_doubled(steps in steps()) {
        let mut world = World::default();
        for step in &steps {
            world.take(step);
        }
        world.quiesce();
        oracle::check(&world);
    }
}

proptest! {
    #![proptest_config(config(16))]

    #[test]
    fn the_same_steps_replay_identically(steps in steps()) {
        let run = || {
            let mut world = World::default();
            for step in &steps {
                world.take(step);
            }
            world.phones.iter().map(|phone| phone.saved.clone()).collect::<Vec<_>>()
        };
        prop_assert_eq!(run(), run());
    }
}
