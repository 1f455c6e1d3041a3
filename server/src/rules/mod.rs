//! Rulings: pure functions from plain facts and a policy to an outcome with its reasons.
//!
//! Every decision has a `…Facts` that is stored with the ruling; the same facts under the same policy decide the same again (P9).
//! No I/O, no clock, no database; all instants are Unix milliseconds.

pub mod arrival;
pub mod attendance;
pub mod booking;
pub mod calendar;
pub mod daily_log;
pub mod datum;
pub mod dispute;
pub mod extension;
pub mod fence;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod lead;
pub mod mask;
pub mod mass;
pub mod names;
pub mod outlet;
pub mod party;
pub mod period;
pub mod person_day;
pub mod policy;
pub mod protection;
pub mod proxy;
pub mod quota;
pub mod replay;
pub mod request;
pub mod review;
pub mod roster;
pub mod ruling;
pub mod sheet;
pub mod spot_check;
pub mod transfer;
pub mod unclear;
pub mod visit;
pub mod week;

pub use policy::Policy;
pub use ruling::{Reason, Rule, Ruling};
