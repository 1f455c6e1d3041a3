//! The server.

pub mod app;
pub mod archive;
pub mod attachments;
pub mod cli;
pub mod clock;
pub mod config;
mod connections;
pub mod error;
pub mod facts;
pub mod http;
pub mod jobs;
pub mod metrics;
pub mod open;
mod open_files;
pub mod random;
pub mod rules;
pub mod seal;
pub mod serve;
pub mod state;
pub mod store;
pub mod sync;
pub mod tasks;
pub mod telemetry;
