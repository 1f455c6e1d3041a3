//! The promises, held black box over HTTP on both engines.

#![cfg(test)]

mod exactly_once;
mod house;
