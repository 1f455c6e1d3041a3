//! The front desk (BK, CF, PR and the verdict at arrival), held black box over HTTP on both engines.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bookings;
mod claims;
mod corrections;
mod deals;
mod extensions;
mod feed;
mod hand_over;
mod house;
mod input;
mod lookups;
mod mass;
mod protections;
mod protects;
mod race_processes;
mod races;
mod reveals;
mod reviews;
mod rotation;
mod sheets;
mod transfers;
