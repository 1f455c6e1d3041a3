//! The office side: daily logs, reviews, rulings, records and what happens by itself, black box over HTTP on both engines.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod attachments;
mod audit;
mod backtests;
mod exports;
mod house;
mod jobs;
mod policies;
mod records;
mod reviews;
mod scheduler;
mod week;
mod workbook;
