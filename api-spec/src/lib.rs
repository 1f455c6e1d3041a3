//! The wire: everything a client and the server must agree on.
//!
//! - [`problem`]: every error, in one table.
//! - [`locale`]: the two languages.

pub mod locale;
pub mod problem;
