//! The promises (DESIGN 10), held black box over HTTP on both engines.

#![cfg(test)]

mod exactly_once;
mod house;
