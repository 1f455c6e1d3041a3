//! The command line. Every answer is for a person who looks, or one JSON document with `--json`.

mod backup;
mod beside;
mod demo;
mod doctor;
mod failure;
mod gaps;
mod jobs;
mod keys;
mod openapi;
mod org;
mod phone;
mod replay;
mod restore;
mod secret;
mod serve;
mod terminal;
mod user;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::failure::{Exit, Failure};
use self::terminal::Terminal;
use crate::config;

const ABOUT: &str = "Baobei (报备): phones make claims, the server makes rulings";
const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed, 2 wrong command line, 3 the input has mistakes and nothing was \
changed, 4 server or database cannot be reached, 5 the server refused.";

#[derive(Debug, Parser)]
#[command(name = "baobei", version, about = ABOUT, after_help = EXIT_CODES, max_term_width = 100)]
struct Cli {
    /// Answer with one JSON document, for machines
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(Box<config::ServeOptions>),
    /// See a day in the field: a server, eight phones, and what is ruled
    Demo(demo::DemoOptions),
    /// Bring an org to what a file says
    Org(org::OrgOptions),
    /// Accounts, beside a running server
    User(user::UserOptions),
    /// What happens by itself: what is due, what was done, and to do it now
    Jobs(jobs::JobsOptions),
    /// Write everything the database holds into one file, while servers run
    Backup(backup::BackupOptions),
    /// Make a database of a backup again, with a new history
    Restore(restore::RestoreOptions),
    /// The times a restored database does not know everything of, and what was ruled since on their claims
    Gaps(gaps::GapsOptions),
    /// Look whether everything that is stored holds together; changes nothing
    Doctor(doctor::DoctorOptions),
    /// List, rotate and export the keys of sealed data, while servers run
    Keys(keys::KeysOptions),
    /// Decide every stored ruling again from its facts: exit code 1 when one comes out otherwise
    Replay(replay::ReplayOptions),
    /// Print the OpenAPI document, or check that a file is up to date
    Openapi(openapi::OpenapiOptions),
    /// A phone in the terminal
    Phone(Box<phone::PhoneOptions>),
}

/// Runs one command to its end.
pub fn run(args: impl IntoIterator<Item = impl Into<OsString>>) -> ExitCode {
    let cli = match config::parse::<Cli>(args) {
        Ok(cli) => cli,
        Err(usage) => {
            // help asked for is an answer, anything else is a mistake
            let code = u8::try_from(usage.exit_code()).unwrap_or(2);
            let _ = usage.print();
            return ExitCode::from(code);
        }
    };
    match execute(cli.command, Terminal { json: cli.json }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(cli.json),
    }
}

fn execute(command: Command, terminal: Terminal) -> Result<(), Failure> {
    let mut runtime = match command {
        Command::Serve(_) | Command::Demo(_) => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = runtime.enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(Exit::Failed, format!("no runtime: {error}")))?;
    runtime.block_on(async {
        match command {
            Command::Serve(options) => serve::run(&options, terminal).await,
            Command::Demo(options) => demo::run(&options, terminal).await,
            Command::Org(options) => org::run(options, terminal).await,
            Command::User(options) => user::run(options, terminal).await,
            Command::Jobs(options) => jobs::run(options, terminal).await,
            Command::Backup(options) => backup::run(options, terminal).await,
            Command::Restore(options) => restore::run(options, terminal).await,
            Command::Gaps(options) => gaps::run(options, terminal).await,
            Command::Doctor(options) => doctor::run(options, terminal).await,
            Command::Keys(options) => keys::run(options, terminal).await,
            Command::Replay(options) => replay::run(options, terminal).await,
            Command::Openapi(options) => openapi::run(&options, terminal),
            Command::Phone(options) => phone::run(*options, terminal).await,
        }
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_hangs_together() {
        Cli::command().debug_assert();
    }

    /// An option of a subcommand that has the name of a global one would only fail when it is used.
    #[test]
    fn every_way_to_record_can_be_typed() {
        for line in [
            "checkin on --lat 30.5 --lng 104.06 --post p1",
            "visit --outlet o1 --minutes 12 --materials-checked true",
            "canvass --place 地铁口 --flyers 5",
            "canvass add --flyers -3",
            "outlet --name 门店 --category broker",
            "lead --name 王女士 --phone 13812345678 --source canvass",
            "lead set 王女士 --intent A",
            "followup 王女士 --summary 回访",
            "book --name 王女士 --phone 138****5678 --companion 李先生:13912345678",
            "cancel 王女士",
            "log write --items 发单 --day 2026-11-22",
            "log submit",
            "assign 王建国 --post p1",
            "request leave --reason 家事 --from 2026-11-23T09:00:00+08:00",
            "ask 1a2b approve version=3 comment=好",
            "delete 1a2b",
            "replay day.jsonl --project tianfu --state phone.json",
        ] {
            let args = ["baobei", "phone"].into_iter().chain(line.split(' '));
            let parsed = Cli::try_parse_from(args);
            assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
        }
    }
}
