//! P1 and P2 under faults: real processes that are killed, lines that break, writes that fail. `./dev faults` runs hundreds.

use tests::engine::{self, Engine};
use tests::faults::{Fault, Plan, run};

fn nothing_is_lost(engine: Engine, fault: Fault) {
    let outcome = engine::run(run(Plan { engine, fault, seed: 1, blows: 4 }));
    assert!(outcome.acknowledged > 20, "hardly anything happened: {outcome:?}");
    assert!(outcome.is_sound(), "{outcome:?}");
}

#[test]
fn p1_a_killed_server_loses_nothing_on_sqlite() {
    nothing_is_lost(Engine::Sqlite, Fault::KillServer);
}

#[test]
fn p1_a_killed_server_loses_nothing_on_postgres() {
    nothing_is_lost(Engine::Postgres, Fault::KillServer);
}

#[test]
fn p1_a_killed_postgres_loses_nothing() {
    nothing_is_lost(Engine::Postgres, Fault::KillPostgres);
}

#[test]
fn p1_server_and_postgres_killed_at_once_lose_nothing() {
    nothing_is_lost(Engine::Postgres, Fault::KillBoth);
}

#[test]
fn p1_a_power_cut_loses_nothing() {
    nothing_is_lost(Engine::Sqlite, Fault::PowerCut);
}

#[test]
fn p1_a_full_disk_loses_nothing() {
    nothing_is_lost(Engine::Sqlite, Fault::FullDisk);
}

#[test]
fn p2_cut_connections_lose_and_double_nothing_on_sqlite() {
    nothing_is_lost(Engine::Sqlite, Fault::CutLine);
}

#[test]
fn p2_cut_connections_lose_and_double_nothing_on_postgres() {
    nothing_is_lost(Engine::Postgres, Fault::CutLine);
}

#[test]
fn p2_requests_that_arrive_twice_at_once_count_once_on_sqlite() {
    nothing_is_lost(Engine::Sqlite, Fault::Duplicate);
}

#[test]
fn p2_requests_that_arrive_twice_at_once_count_once_on_postgres() {
    nothing_is_lost(Engine::Postgres, Fault::Duplicate);
}
