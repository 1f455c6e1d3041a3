//! Secrets and what they protect: keys, sealed texts, phone numbers, anchors, passwords and tokens.
//!
//! Nothing in here touches the network or the database; time and randomness are arguments.

pub mod access;
pub mod anchor;
pub mod blind_index;
pub mod keys;
pub mod mask;
pub mod password;
pub mod phone;
pub mod refresh;
pub mod sealing;
