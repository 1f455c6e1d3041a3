//! Black box over HTTP: what scenarios, the simulation and fault tests need to run the server and talk to it.

#![expect(clippy::expect_used, clippy::panic, reason = "a harness that cannot go on fails the test")]

pub mod api;
pub mod chance;
pub mod documents;
pub mod engine;
pub mod faults;
pub mod in_process;
pub mod phone;
pub mod postgres;
pub mod process;
pub mod sim;
pub mod volume;
pub mod world;

use std::hash::{BuildHasher, Hasher, RandomState};

/// Differs from call to call and from process to process: for names that must not clash, never for what a test does.
fn entropy() -> u64 {
    RandomState::new().build_hasher().finish()
}
