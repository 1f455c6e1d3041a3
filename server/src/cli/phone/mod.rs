//! `baobei phone …`: a real phone in the terminal. Recording works without a signal; `sync` says it to the server.

mod claim;
pub(super) mod client;
mod clocks;
mod find;
pub(super) mod line;
mod login;
mod photo;
pub(super) mod photos;
mod replay;
mod show;
pub(super) mod state;
mod sync;
mod upload;
mod watch;
mod witness;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use self::claim::{customer, field, paper, record};
use self::login::LoginOptions;
use self::replay::ReplayOptions;
use self::show::ShowOptions;
use self::state::PhoneFile;
use super::failure::Failure;
use super::terminal::Terminal;

/// The phone and what is done with it.
#[derive(Debug, Args)]
pub(super) struct PhoneOptions {
    /// The file the phone lives in
    #[arg(long, global = true, env = "BAOBEI_PHONE", value_name = "FILE", default_value = "baobei-phone.json")]
    state: PathBuf,
    /// The project, by code or id, when it is not the person's main one
    #[arg(long, global = true, value_name = "PROJECT")]
    project: Option<String>,
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Log in; sets the phone up the first time
    Login(LoginOptions),
    /// Change the password
    Passwd {
        /// Read the old and the new one from standard input, each on a line
        #[arg(long)]
        password_stdin: bool,
    },
    /// Check in: on, off, break_start, break_end, spot
    Checkin(field::Checkin),
    /// Record a visit
    Visit(field::Visit),
    /// Record a canvassing stint, or add to its tally
    Canvass(field::Canvass),
    /// Record an outlet
    Outlet(field::Outlet),
    /// Record a lead, or change one
    Lead(Box<customer::Lead>),
    /// Record a follow-up
    Followup(customer::Followup),
    /// Book ahead of a customer's arrival
    Book(Box<customer::Book>),
    /// Cancel a booking
    Cancel(customer::Cancel),
    /// Write, submit or withdraw the daily log
    Log(Box<paper::Log>),
    /// Assign somebody to a post
    Assign(paper::Assign),
    /// Take the attendance of a whole post: on or off
    Witness(witness::Witness),
    /// Ask the lead for something: leave, a swap, a missed check
    Request(Box<paper::Request>),
    /// Ask for a ruling about a record: witness, approve, return, decline, withdraw …
    Ask(paper::Ask),
    /// Add a photo or paper to a record; it is sent after the next sync
    Photo(photo::AddPhoto),
    /// Delete a record on its own day
    Delete(paper::Delete),
    /// Push what was recorded and pull what is new
    Sync(Patience),
    /// What is pending, acknowledged and ruled
    Status,
    /// List records, or show one
    Show(ShowOptions),
    /// Synchronise whenever the server pokes, until Ctrl-C
    Watch(Patience),
    /// Record op drafts from a file of JSON lines
    Replay(ReplayOptions),
}

#[derive(Debug, Args)]
struct Patience {
    /// How long to wait in all when the server asks to come back later, in seconds
    #[arg(long, value_name = "S", default_value_t = 60)]
    patience: u64,
}

impl Patience {
    fn span(&self) -> Duration {
        Duration::from_secs(self.patience)
    }
}

pub(super) async fn run(options: PhoneOptions, terminal: Terminal) -> Result<(), Failure> {
    let file = &PhoneFile::new(options.state);
    let project = options.project.as_deref();
    match options.act {
        Act::Login(options) => login::log_in(file, options, terminal).await,
        Act::Passwd { password_stdin } => login::change_password(file, password_stdin, terminal).await,
        Act::Checkin(said) => record(file, said, project, terminal),
        Act::Visit(said) => record(file, said, project, terminal),
        Act::Canvass(said) => record(file, said, project, terminal),
        Act::Outlet(said) => record(file, said, project, terminal),
        Act::Lead(said) => record(file, *said, project, terminal),
        Act::Followup(said) => record(file, said, project, terminal),
        Act::Book(said) => record(file, *said, project, terminal),
        Act::Cancel(said) => record(file, said, project, terminal),
        Act::Log(said) => record(file, *said, project, terminal),
        Act::Assign(said) => record(file, said, project, terminal),
        Act::Witness(options) => witness::run(file, &options, terminal),
        Act::Request(said) => record(file, *said, project, terminal),
        Act::Ask(said) => record(file, said, project, terminal),
        Act::Photo(options) => photo::run(file, &options, terminal),
        Act::Delete(said) => record(file, said, project, terminal),
        Act::Sync(patience) => {
            let report = sync::run(file, patience.span(), terminal).await?;
            terminal.answer(&report, |out| report.draw(out))
        }
        Act::Status => show::status(file, terminal),
        Act::Show(options) => show::show(file, &options, terminal),
        Act::Watch(patience) => watch::run(file, patience.span(), terminal).await,
        Act::Replay(options) => replay::run(file, &options, terminal),
    }
}
