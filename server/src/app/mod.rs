//! Use cases, one a file: begin, load facts, decide purely, apply, commit.

pub mod actor;
pub mod authenticate;
pub mod change_password;
pub mod create_first_admin;
pub mod end_session;
pub mod fork_device;
pub mod import_org;
pub mod issue_one_time_code;
pub mod list_devices;
pub mod log_in;
pub mod publish_project;
pub mod recover_account;
pub mod refresh_session;
pub mod revoke_device;
pub mod set_clock;

mod attempts;
mod audited;
mod log_time;
mod one_time_code;
mod registration;
mod session;
mod supervision;

pub use attempts::Attempts;
