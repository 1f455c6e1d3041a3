//! What every operation has in common — problems, languages, limits, the document — and who may call it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod devices;
mod logins;
mod org;
mod problems;
mod sessions;
mod strangers;
