//! Work in the field: visits, outlets and their months, follow-ups, notices and canvassing, black box over HTTP on both engines.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "a test that cannot go on has failed"
)]

mod canvassing;
mod cards;
mod followups;
mod house;
mod notices;
mod quotas;
mod races;
mod visits;
