//! The wire: everything a client and the server must agree on.
//!
//! - [`problem`]: every error, in one table.
//! - [`messages`]: what is said about each rule, in two languages.
//! - [`locale`]: the two languages.

pub mod locale;
pub mod messages;
pub mod problem;
