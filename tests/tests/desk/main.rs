//! The front desk (BK, CF, PR and the verdict at arrival), held black box over HTTP on both engines.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bookings;
mod claims;
mod extensions;
mod feed;
mod house;
mod input;
mod mass;
mod protections;
mod protects;
mod race_processes;
mod races;
mod reviews;
mod rotation;
mod sheets;
