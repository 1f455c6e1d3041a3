//! What every engine under the store must do.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod customers;
mod feed;
mod fixtures;
mod jobs;
mod log_days;
mod outlets;
mod partner_days;
mod people;
mod phones;
mod plans;
mod records;
mod rulings;
mod schema;
mod seam;
mod working_days;
mod world;
