//! P1 and P2 under faults: real processes that are killed, lines that break, writes that fail. `./dev faults` runs hundreds.

use tests::engine::{self, Engine};
use tests::faults::{Fault, Plan, run};

fn nothing_is_lost(engine: Engine, fault: Fault) {
    let outcome = engine::run(run(Plan { engine, fault, seed: 1, blows: 4 }));
    assert!(outcome.acknowledged > 50, "hardly anything happened: {outcome:?}");
    assert!(outcome.is_sound(), "{outcome:?}");
}

macro_rules! faults {
    ($($name:ident = $engine:ident $fault:ident)*) => {$(
        #[test]
        fn $name() {
            nothing_is_lost(Engine::$engine, Fault::$fault);
        }
    )*};
}

faults! {
    p1_a_killed_server_loses_nothing_on_sqlite = Sqlite KillServer
    p1_a_killed_server_loses_nothing_on_postgres = Postgres KillServer
    p1_a_killed_postgres_loses_nothing = Postgres KillPostgres
    p1_server_and_postgres_killed_at_once_lose_nothing = Postgres KillBoth
    p1_a_power_cut_loses_nothing = Sqlite PowerCut
    p1_a_full_disk_loses_nothing = Sqlite FullDisk
    p2_cut_connections_lose_and_double_nothing_on_sqlite = Sqlite CutLine
    p2_cut_connections_lose_and_double_nothing_on_postgres = Postgres CutLine
    p2_requests_that_arrive_twice_at_once_count_once_on_sqlite = Sqlite Duplicate
    p2_requests_that_arrive_twice_at_once_count_once_on_postgres = Postgres Duplicate
}
