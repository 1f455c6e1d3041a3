//! The server.

pub mod clock;
pub mod config;
pub mod error;
pub mod facts;
pub mod http;
pub mod metrics;
pub mod random;
pub mod rules;
pub mod seal;
pub mod serve;
pub mod state;
pub mod store;
pub mod sync;
pub mod tasks;
pub mod telemetry;
