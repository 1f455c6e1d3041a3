//! The server.

pub mod clock;
pub mod random;
pub mod rules;
pub mod seal;
pub mod store;
pub mod tasks;
