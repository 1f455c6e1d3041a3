//! Black box over HTTP: what scenarios, the simulation and fault tests need to run the server and talk to it.

#![expect(clippy::expect_used, clippy::panic, reason = "a harness that cannot go on fails the test")]

pub mod postgres;
