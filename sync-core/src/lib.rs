//! Claims: what phones record offline, and how it becomes one record on the server.
//!
//! Pure: no I/O, no async, no clock, no randomness. Time, ids and random bytes are arguments.
//!
//! - [`time`]: what is known about when something happened, and three-valued comparison.
//! - [`kind`]: every record kind, declared once.
//! - [`op`]: one op of a device's log, its exact text and its digest chain.
//! - [`people`]: roles and employment.
//! - [`record`]: the merge of ops into a record; any order gives the same record.
//! - [`exchange`]: the messages of `POST /v1/sync`.
//! - [`checksum`]: how a phone proves that its copy of a bucket equals the server's.
//! - [`words`]: closed vocabularies.
//! - [`replica`]: the phone's half of the protocol as a state machine without I/O.

pub mod checksum;
pub mod exchange;
pub mod kind;
pub mod kinds;
pub mod op;
pub mod people;
pub mod record;
pub mod replica;
pub mod time;
pub mod value;
pub mod words;
