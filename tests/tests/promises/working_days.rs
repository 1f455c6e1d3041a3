//! P3: the days of persons, the months of outlets and the logs nobody has read come to the same, whichever order the phones' records arrive
//! in, however they are cut and repeated, and whenever the jobs run between: on both engines. `BAOBEI_ORDERS=200 ./dev test p3_days` tries
//! that many scripts.
//!
//! A script says what everybody records in two days, and by when it has reached the server; so the moments are the same in every order. What
//! a lead answers to a request that corrects a check-in comes after both, as it does in life: a person has decided in between.

mod at_once;
mod delivery;
mod outcome;
mod script;

use std::collections::BTreeSet;
use std::env;
use std::thread;

use tests::engine::{self, Engine};

use at_once::play_at_once;
use delivery::{Order, play};
use outcome::Outcome;
use script::Script;

/// Scripts that are tried, unless `BAOBEI_ORDERS` says otherwise.
const SCRIPTS: u64 = 2;

fn run(engine: Engine, script: &Script, order: Order) -> Outcome {
    engine::run(play(engine, script, order))
}

#[test]
fn p3_days_quotas_and_logs_are_the_same_in_any_order_of_delivery() {
    let number = |name: &str, usual| env::var(name).map_or(usual, |number| number.parse::<u64>().unwrap());
    let first = number("BAOBEI_ORDER_FIRST", 1);
    let mut seen = BTreeSet::new();
    for seed in first..first + number("BAOBEI_ORDERS", SCRIPTS) {
        let script = Script::new(seed);
        let other = script.clone();
        let shuffled = thread::spawn(move || run(Engine::Postgres, &other, Order::Random(seed + 1_000)));
        let straight = run(Engine::Sqlite, &script, Order::Straight);
        let orders = [run(Engine::Sqlite, &script, Order::Random(seed)), shuffled.join().unwrap()];
        for (outcome, order) in orders.iter().zip(["on SQLite", "on PostgreSQL"]) {
            let differences = straight.differences(outcome);
            assert!(differences.is_empty(), "script {seed}, delivered straight and at random {order}:\n{differences}");
        }
        seen.extend(straight.words());
    }
    for needed in [
        "person_day on_time",
        "person_day late",
        "person_day early_leave",
        "person_day absent",
        "person_day excused",
        "person_day review",
        "AT-12",
        "AT-15",
        "checkin void",
        "visit counted",
        "visit incomplete",
        "visit void",
        "visit review",
        "outlet_month met",
        "outlet_month short",
        "daily_log submitted",
        "daily_log missed",
        "daily_log review",
        "log_day missing",
        "request approved",
    ] {
        assert!(seen.contains(needed), "no script has {needed:?}: {seen:?}");
    }
}

#[test]
fn p3_days_quotas_and_logs_are_the_same_when_two_servers_are_told_at_once() {
    let script = Script::new(env::var("BAOBEI_ORDER_FIRST").map_or(3, |seed| seed.parse().unwrap()));
    let other = script.clone();
    let straight = thread::spawn(move || run(Engine::Sqlite, &other, Order::Straight));
    let at_once = engine::run(play_at_once(&script));
    let differences = straight.join().unwrap().differences(&at_once);
    assert!(differences.is_empty(), "one after the other, and at once:\n{differences}");
}
