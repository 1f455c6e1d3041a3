//! What every engine under the store must do.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod seam;
mod world;
