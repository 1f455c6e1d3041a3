//! What every operation has in common — problems, languages, limits, the document — and who may call it.

#![cfg(test)]

mod devices;
mod events;
mod guesses;
mod logins;
mod matrix;
mod org;
mod overload;
mod problems;
mod processes;
mod sessions;
mod strangers;
