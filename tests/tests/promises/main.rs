//! The promises, held black box over HTTP on both engines.

#![expect(clippy::unwrap_used, reason = "what a test did not expect fails it")]

mod any_order;
mod copies;
mod every_commit;
mod exactly_once;
mod exchanges;
mod final_outcomes;
mod forks;
mod house;
mod restored;
mod scope;
mod standing;
mod wall_clock;
mod working_days;
