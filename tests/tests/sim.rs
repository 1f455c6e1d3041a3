//! A few fields on both engines, which must do the same byte for byte; `./dev soak` runs thousands.

use tests::engine::{self, Engine};
use tests::sim::{Options, Trace, run};

fn field(engine: Engine, seed: u64) -> Trace {
    engine::run(run(engine, Options::new(seed)))
}

fn a_field_is_the_same_on_both_engines(seed: u64) {
    let trace = field(Engine::Sqlite, seed);
    assert!(trace.ops > 100 && trace.exchanges > 50, "hardly anything happened: {trace:?}");
    assert_eq!(trace, field(Engine::Postgres, seed));
}

/// Seeds of every test run, and after them those that failed once.
macro_rules! seeds {
    ($($name:ident = $seed:literal)*) => {$(
        #[test]
        fn $name() {
            a_field_is_the_same_on_both_engines($seed);
        }
    )*};
}

seeds! {
    seed_1 = 1
    seed_2 = 2
    seed_3 = 3
    seed_4 = 4
    seed_5 = 5
}

#[test]
fn the_same_seed_is_the_same_field_byte_for_byte() {
    let short = Options { steps: 60, rests: 1, ..Options::new(7) };
    let [one, other] = [(); 2].map(|()| engine::run(run(Engine::Sqlite, short)));
    assert_eq!(one, other);
    assert_ne!(one.digest, engine::run(run(Engine::Sqlite, Options { seed: 8, ..short })).digest);
}
