//! Use cases, one a file: begin, load facts, decide purely, apply, commit.

pub mod actor;
pub mod authenticate;
pub mod change_password;
pub mod confirm_sheet;
pub mod create_first_admin;
pub mod decide_review;
pub mod end_session;
pub mod fork_device;
pub mod import_org;
pub mod issue_one_time_code;
pub mod lapse_protections;
pub mod list_attendance;
pub mod list_bookings;
pub mod list_devices;
pub mod list_logs;
pub mod list_records;
pub mod list_reviews;
pub mod list_rulings;
pub mod list_sheets;
pub mod log_in;
pub mod open_sheet;
pub mod publish_project;
pub mod record_history;
pub mod recover_account;
pub mod refresh_session;
pub mod review_log;
pub mod revoke_device;
pub mod rotation;
pub mod set_clock;
pub mod sign_sheet;
pub mod skip_turn;
pub mod void_sheet;

mod attempts;
mod audited;
mod daily_log;
mod explained;
mod log_time;
mod one_time_code;
mod page;
mod registration;
mod scope;
mod session;
mod sheets;
mod supervision;

pub use attempts::Attempts;
