//! A scripted month of a busy project over HTTP: thousands of bookings made offline, hundreds of arrivals, leads registered twice, dozens of cases.
//! `BAOBEI_MONTH_DAYS=30 ./dev test p3_a_month` plays all of it.
//!
//! The clock is frozen at every step, so that every order in which phones deliver what they recorded leaves the moments equal. Then the rulings
//! must be equal, too, on either engine. Two claims on one customer are delivered at different times: of those that come in at the same instant,
//! the first one stands (PR-2), and which that is, is the order of delivery itself.

#![expect(clippy::unwrap_used, reason = "a month that cannot go on has failed")]

mod compare;
mod days;
mod script;

use std::collections::BTreeSet;
use std::env;
use std::thread;

use tests::engine::{self, Engine};

use compare::Outcome;
use days::{Delivery, play};

/// Days that are played, unless `BAOBEI_MONTH_DAYS` says otherwise; a whole month takes minutes.
const DAYS: u32 = 12;

fn month(engine: Engine, delivery: Delivery, days: u32) -> Outcome {
    engine::run(play(engine, delivery, days))
}

#[test]
fn p3_a_month_gives_the_same_rulings_on_both_engines_in_any_order_of_delivery() {
    let days = env::var("BAOBEI_MONTH_DAYS").map_or(DAYS, |days| days.parse().unwrap());
    let in_turn = thread::spawn(move || month(Engine::Sqlite, Delivery::InTurn, days));
    let in_pieces = month(Engine::Postgres, Delivery::InPieces, days);
    let in_turn = in_turn.join().unwrap();
    assert!(in_turn.count("booking") > 70 * days as usize, "{:?}", in_turn.counts());
    assert!(in_turn.count("dispute") > 2 * days as usize, "{:?}", in_turn.counts());
    let outcomes: BTreeSet<(&str, &str)> = in_turn.outcomes().collect();
    for needed in [
        ("booking", "live"),
        ("booking", "void"),
        ("booking", "used"),
        ("booking", "expired"),
        ("booking", "cancelled"),
        ("booking", "contested"),
        ("lead", "protected"),
        ("lead", "contested"),
        ("confirmation", "valid"),
        ("confirmation", "void"),
        ("confirmation", "walk_in"),
        ("confirmation", "review"),
        ("dispute", "settled"),
    ] {
        assert!(outcomes.contains(&needed), "the month has no {needed:?}: {outcomes:?}");
    }
    in_turn.assert_same(&in_pieces);
}
