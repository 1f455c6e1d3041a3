//! Attendance (AT, MC): what a person's day came to, and who should have been where; black box over HTTP on both engines.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "a test that cannot go on has failed"
)]

mod any_order;
mod days;
mod evidence;
mod fences;
mod house;
mod many;
mod marks;
mod months;
mod posts;
mod proxies;
mod requests;
mod rosters;
mod spot_checks;
mod taken;
mod teams;
