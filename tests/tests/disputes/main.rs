//! Disputes (判客, DS), held black box over HTTP on both engines.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[allow(dead_code, reason = "the same house as the desk's, of which disputes need a part")]
#[path = "../desk/house.rs"]
mod house;

mod appeals;
mod court;
mod evidence;
mod opening;
mod privacy;
mod reviews;
mod settling;
