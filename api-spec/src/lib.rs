//! The wire: everything a client and the server must agree on.
//!
//! - [`problem`]: every error, in one table.
//! - [`messages`]: what is said about each rule, in two languages.
//! - [`locale`]: the two languages.
//! - [`primitives`]: instants, secrets, pages and people, as every message writes them.
//! - [`info`], [`auth`], [`devices`], [`sync`], [`desk`], [`disputes`], [`logs`], [`rulings`], [`protections`], [`attendance`], [`rosters`], [`requests`], [`spot_checks`], [`teams`], [`records`],
//!   [`policy`], [`audit`], [`org`], [`dev_clock`]: the messages, area by area.

pub mod attachments;
pub mod attendance;
pub mod audit;
pub mod auth;
pub mod customers;
pub mod desk;
pub mod dev_clock;
pub mod devices;
pub mod disputes;
pub mod info;
pub mod locale;
pub mod logs;
pub mod messages;
pub mod notices;
pub mod office_week;
pub mod org;
pub mod outlets;
pub mod policy;
pub mod primitives;
pub mod problem;
pub mod protections;
pub mod records;
pub mod requests;
pub mod rosters;
pub mod rulings;
pub mod spot_checks;
pub mod sync;
pub mod teams;
pub mod weeks;
