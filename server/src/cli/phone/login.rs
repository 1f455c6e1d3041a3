//! `baobei phone login` and `phone passwd`.

use api_spec::auth::{DeviceClaim, Login, PasswordChange, Session};
use api_spec::info::Limits;
use clap::Args;
use serde::Serialize;
use sync_core::replica::Replica;
use uuid::Uuid;

use super::client::Client;
use super::clocks;
use super::line::{Line, log_in_again, login_of};
use super::state::{Account, Phone, PhoneFile};
use crate::cli::failure::{Exit, Failure};
use crate::cli::secret;
use crate::cli::terminal::{DOUBTFUL, GOOD, Terminal, styled};
use crate::random::Random;

/// Options of `phone login`.
#[derive(Debug, Args)]
pub(super) struct LoginOptions {
    /// URL of the server; a phone that exists remembers it
    #[arg(long, env = "BAOBEI_SERVER", value_name = "URL")]
    server: Option<String>,
    /// The company's code; a phone that exists remembers it
    #[arg(long, env = "BAOBEI_ORG", value_name = "CODE")]
    org: Option<String>,
    /// The user name; a phone that exists remembers it
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// Read the password (or one-time code) from standard input: always so when that is no terminal
    #[arg(long)]
    password_stdin: bool,
    /// What the owner calls the phone
    #[arg(long, value_name = "NAME", default_value = "terminal")]
    device_name: String,
    /// A hash that tells this machine from others, whatever is installed on it (AT-16)
    #[arg(long, value_name = "HASH")]
    hardware: Option<String>,
}

/// What a login came to.
#[derive(Debug, Serialize)]
struct LoggedIn {
    user: Uuid,
    name: String,
    role: String,
    device: Uuid,
    must_change_password: bool,
}

pub(super) async fn log_in(file: &PhoneFile, options: LoginOptions, terminal: Terminal) -> Result<(), Failure> {
    let known = file.find()?.map(|phone| phone.account);
    let missing = |flag: &str| {
        Failure::new(Exit::Mistakes, format!("{flag} is missing"))
            .remedy("A new phone needs --server, --org and --username.")
    };
    let server = options.server.or_else(|| known.as_ref().map(|known| known.server.clone()));
    let server = server.ok_or_else(|| missing("--server"))?.trim_end_matches('/').to_owned();
    let org = options.org.or_else(|| known.as_ref().map(|known| known.org.clone())).ok_or_else(|| missing("--org"))?;
    let username = options.username.or_else(|| known.as_ref().map(|known| known.user.username.clone()));
    let username = username.ok_or_else(|| missing("--username"))?;
    let device = known.as_ref().map_or_else(
        || DeviceClaim {
            id: Random::system().id(clocks::wall_ms()),
            name: options.device_name,
            platform: format!("{} terminal", std::env::consts::OS),
            hardware: options.hardware,
        },
        |known| known.device.clone(),
    );
    let password = secret::ask("password", options.password_stdin)?;
    let login = Login { org: org.clone(), username, password, device: Some(device.clone()) };
    let client = Client::new(&server)?;
    let limits = client.info().await?.limits;
    let session = client.login(&login).await?;
    let told = LoggedIn {
        user: session.user.id,
        name: session.user.name.clone(),
        role: session.user.role.to_string(),
        device: device.id,
        must_change_password: session.must_change_password,
    };
    match known {
        Some(_) => file.change(|phone| {
            (phone.account.server, phone.account.org, phone.account.limits) = (server, org, limits);
            log_in_again(phone, session)
        })?,
        None => file.create(&set_up((server, limits), org, device, session)?)?,
    }
    terminal.answer(&told, |out| {
        writeln!(out, "{} {} ({}), phone {}", styled(GOOD, "logged in:"), told.name, told.role, file.path().display())?;
        if told.must_change_password {
            writeln!(out, "{} choose a password with `baobei phone passwd`", styled(DOUBTFUL, "first:"))?;
        }
        Ok(())
    })
}

fn set_up(
    (server, limits): (String, Limits),
    org: String,
    device: DeviceClaim,
    session: Session,
) -> Result<Phone, Failure> {
    let mut replica = Replica::new(session.user.id, device.id);
    let login = login_of(&session, &device);
    replica.login(login, &clocks::read()).map_err(|fault| Failure::new(Exit::Failed, fault.to_string()))?;
    let account = Account {
        server,
        org,
        user: session.user,
        device,
        access_token: session.tokens.access_token,
        refresh_token: session.tokens.refresh_token,
        limits,
        next_device: None,
    };
    Ok(Phone { account, replica })
}

/// Changes the password; the old one (or the one-time code) and the new one are asked for, or read line by line.
pub(super) async fn change_password(file: &PhoneFile, password_stdin: bool, terminal: Terminal) -> Result<(), Failure> {
    let line = Line::open(file)?;
    let old_password = secret::ask("old password or one-time code", password_stdin)?;
    let new_password = secret::ask("new password", password_stdin)?;
    let change = PasswordChange { old_password, new_password };
    line.call(async |token| line.client.change_password(token, &change).await).await?;
    terminal.answer(&serde_json::json!({"changed": true}), |out| writeln!(out, "{}", styled(GOOD, "changed")))
}
