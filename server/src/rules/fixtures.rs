//! What the table tests of the rulings share: one project, one day, short ways to write instants.

use chrono::NaiveDate;
use sync_core::time::{Grade, Moment};
use uuid::Uuid;

use super::calendar::Zone;

/// The project's zone.
pub(crate) fn zone() -> Zone {
    "Asia/Shanghai".parse().unwrap()
}

/// The day the tests live in.
pub(crate) fn today() -> NaiveDate {
    "2026-11-22".parse().unwrap()
}

/// A time of that day (`09:20`, `09:20:59`), in Unix ms.
pub(crate) fn at(time: &str) -> i64 {
    zone().at(today(), time.parse().unwrap())
}

/// An id that is the same in every run.
pub(crate) fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// A moment known exactly.
pub(crate) fn exact(time: &str) -> Moment {
    Moment::exact(at(time))
}

/// A moment of which only the bounds are known.
pub(crate) fn between(earliest: &str, latest: &str) -> Moment {
    Moment { earliest: at(earliest), latest: at(latest), claimed: None, grade: Grade::Bracketed }
}

/// A moment with bounds and a claim.
pub(crate) fn claimed(earliest: &str, claim: &str, latest: &str) -> Moment {
    Moment { claimed: Some(at(claim)), grade: Grade::Anchored, ..between(earliest, latest) }
}
