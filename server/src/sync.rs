//! The exchange: phones push claims and pull what they may see, in one round trip.
//!
//! [`exchange`] is the whole of it: the request is read ([`intake`]), waits with others ([`queue`]), and one transaction places each op in its
//! log ([`chain`]), in time ([`timing`]), judges it ([`judge`]) and writes claims, rulings and feed ([`push`]). Then what changed is read back
//! in one snapshot ([`pull`]).

pub mod chain;
pub mod claim;
pub mod cursor;
mod delivery;
pub mod exchange;
pub mod intake;
pub mod judge;
pub mod pace;
pub mod pull;
pub mod push;
pub mod queue;
pub mod timing;
