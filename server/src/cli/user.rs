//! `baobei user …`: accounts, for those who hold the database.

use clap::{Args, Subcommand};
use comfy_table::Cell;
use serde::Serialize;
use serde_json::json;
use sync_core::time::rfc3339;
use uuid::Uuid;

use super::beside::{self, Beside};
use super::failure::{Exit, Failure};
use super::secret;
use super::terminal::{GOOD, STRONG, Terminal, styled, table};
use crate::app::recover_account::{Recovery, RecoveryError};
use crate::config::StoreOptions;
use crate::store::{orgs, users};

/// Options of `baobei user`.
#[derive(Debug, Args)]
pub(super) struct UserOptions {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// List the accounts of an org, or of all
    List {
        /// The org's code
        #[arg(long, env = "BAOBEI_ORG", value_name = "CODE")]
        org: Option<String>,
        #[command(flatten)]
        store: StoreOptions,
    },
    /// Set a password, and end all logins of the user
    Passwd {
        #[command(flatten)]
        whose: Whose,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
        #[command(flatten)]
        store: StoreOptions,
    },
    /// Make a code that logs the user in once, within a day
    OneTimeCode {
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        store: StoreOptions,
    },
}

#[derive(Debug, Args)]
struct Whose {
    /// The org's code
    #[arg(long, env = "BAOBEI_ORG", value_name = "CODE")]
    org: String,
    /// The user name
    #[arg(long, value_name = "NAME")]
    username: String,
}

/// An account in the list.
#[derive(Debug, Serialize)]
struct Account {
    org: String,
    username: String,
    name: String,
    id: Uuid,
    role: String,
    employment: String,
    status: String,
    has_password: bool,
}

pub(super) async fn run(options: UserOptions, terminal: Terminal) -> Result<(), Failure> {
    match options.act {
        Act::List { org, store } => list(&beside::open(&store).await?, org.as_deref(), terminal).await,
        Act::Passwd { whose, password_stdin, store } => {
            let password = secret::ask("new password", password_stdin)?;
            let beside = beside::open(&store).await?;
            beside.recovery().set_password(&whose.org, &whose.username, password.reveal()).await?;
            let told = json!({"username": whose.username, "changed": true});
            let said = format!("{} {} logs in with the new password", styled(GOOD, "changed:"), whose.username);
            terminal.answer(&told, |out| writeln!(out, "{said}"))
        }
        Act::OneTimeCode { whose, store } => {
            let beside = beside::open(&store).await?;
            let issued = beside.recovery().issue_code(&whose.org, &whose.username).await?;
            let expires_at = rfc3339::text(issued.expires_at);
            let told = json!({"username": whose.username, "code": issued.code.as_str(), "expires_at": expires_at});
            terminal.answer(&told, |out| {
                let code = styled(STRONG, &issued.code);
                writeln!(out, "{} logs in once with {code}, until {expires_at}", whose.username)
            })
        }
    }
}

async fn list(beside: &Beside, org: Option<&str>, terminal: Terminal) -> Result<(), Failure> {
    let mut db = beside.db.read().await?;
    let known = match org {
        Some(code) => {
            let org = orgs::by_code(&mut db, code).await?;
            vec![org.ok_or_else(|| RecoveryError::NoOrg(code.to_owned()))?]
        }
        None => orgs::all(&mut db).await?,
    };
    let mut accounts = Vec::new();
    for org in known {
        accounts.extend(users::of_org(&mut db, org.org).await?.into_iter().map(|user| Account {
            org: org.code.clone(),
            username: user.username,
            name: user.name,
            id: user.id,
            role: user.role,
            employment: user.employment,
            status: user.status,
            has_password: user.password_hash.is_some(),
        }));
    }
    terminal.answer(&accounts, |out| {
        let mut rows = table(&["org", "username", "name", "role", "employment", "status", "password"]);
        for account in &accounts {
            let Account { org, username, name, role, employment, status, has_password, .. } = account;
            let password = if *has_password { "set" } else { "none" };
            rows.add_row([org, username, name, role, employment, status, password].map(Cell::new));
        }
        writeln!(out, "{rows}")
    })
}

impl Beside {
    fn recovery(&self) -> Recovery<'_> {
        Recovery { db: &self.db, clock: &self.clock, passwords: &self.passwords, random: &self.random }
    }
}

impl From<RecoveryError> for Failure {
    fn from(error: RecoveryError) -> Self {
        let message = error.to_string();
        match error {
            RecoveryError::NoOrg(_) | RecoveryError::NoUser(_) => {
                Self::new(Exit::Mistakes, message).remedy("`baobei user list` shows who is there.")
            }
            RecoveryError::Weak => Self::new(Exit::Mistakes, message).remedy("Choose another one."),
            RecoveryError::Store(error) => error.into(),
            RecoveryError::Password(error) => error.into(),
        }
    }
}
