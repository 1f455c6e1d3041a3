use std::fs;

use clap::{CommandFactory, Subcommand};

use super::*;

#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Commands,
}

#[derive(Debug, Subcommand)]
enum Commands {
    Serve(Box<ServeOptions>),
}

fn parse_args(args: &[&str]) -> Result<ServeOptions, String> {
    let all = ["baobei", "serve"].iter().chain(args);
    let Commands::Serve(options) = parse::<Cli>(all).map_err(|error| error.to_string())?.command;
    Ok(*options)
}

#[test]
fn an_empty_command_line_is_enough() {
    let options = parse_args(&[]).unwrap();
    options.check().unwrap();
    assert_eq!(options.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(options.store.database, Database::Sqlite("baobei.db".into()));
    assert_eq!(options.store.keys_folder(), PathBuf::from("baobei.db.keys"));
    assert_eq!((options.access_lifetime.as_secs(), options.refresh_lifetime.as_secs()), (900, 30 * 86_400));
    assert_eq!((options.max_request_bytes, options.max_request_ops), (1024 * 1024, 1_000));
    assert!(!options.dev_clock);
}

#[test]
fn flags_go_before_the_file_and_the_file_before_the_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("baobei.toml");
    let text = "listen = \"127.0.0.1:9\"\ndatabase = \"postgres://u:hunter2@h/d\"\nconnections = 3\ndev_clock = true\naccess-lifetime = \"1h\"\n";
    fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let options = parse_args(&["--config", file, "--connections", "5"]).unwrap();
    assert_eq!((options.listen.port(), options.connections, options.dev_clock), (9, 5, true));
    assert_eq!(options.access_lifetime, Duration::from_hours(1));
    assert_eq!(options.store.database.url(), "postgres://u:hunter2@h/d");
    assert_eq!(options.store.keys_folder(), PathBuf::from("baobei.keys"));
    assert_eq!(options.refresh_lifetime, Duration::from_hours(30 * 24));
    assert!(!format!("{options:?}").contains("hunter2"));
}

#[test]
fn trusted_proxies_are_named_one_by_one_or_in_a_list() {
    let networks = |args: &[&str]| {
        let options = parse_args(args).map(|options| options.trusted_proxy)?;
        Ok::<_, String>(options.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    assert_eq!(networks(&[]).unwrap(), [""; 0]);
    let both = ["10.0.0.0/8", "192.0.2.1/32"];
    assert_eq!(networks(&["--trusted-proxy", "10.0.0.0/8", "--trusted-proxy", "192.0.2.1"]).unwrap(), both);
    assert_eq!(networks(&["--trusted-proxy", "10.0.0.0/8,192.0.2.1"]).unwrap(), both);
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), "trusted-proxy = \"10.0.0.0/8,192.0.2.1\"").unwrap();
    assert_eq!(networks(&["--config", file.path().to_str().unwrap()]).unwrap(), both);
    let refusal = networks(&["--trusted-proxy", "10.0.0.0/8,0.0.0.0/0"]).unwrap_err();
    assert!(refusal.contains("callers would choose their address"), "{refusal}");
}

#[test]
fn a_wrong_file_is_told_without_its_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("baobei.toml");
    let path = file.to_str().unwrap();
    for (text, expected) in [
        ("listen = \"127.0.0.1:9\"\nlisten_on = 1\npot = 2\n", "no such option: listen-on, pot"),
        ("config = \"other.toml\"", "no such option: config"),
        ("connections = 0", "0 is not in 1..=1000"),
        ("access-lifetime = \"soon\"", "such as 90s or 15m"),
        ("listen = [1]", "listen must be a text"),
        ("\n\ndatabase = \"postgres://u:hunter2@h", "line 3"),
        ("database = \"pg://u:hunter2@h\"", "must be sqlite:PATH or postgres://"),
    ] {
        fs::write(&file, text).unwrap();
        let error = parse_args(&["--config", path]).unwrap_err();
        assert!(error.contains(expected) && !error.contains("hunter2"), "{error}");
    }
    assert!(parse_args(&["--config", "nowhere.toml"]).unwrap_err().contains("nowhere.toml"));
    let error = parse_args(&["--database", "pg://u:hunter2@h"]).unwrap_err();
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn options_that_endanger_others_stay_on_loopback() {
    let check = |args: &[&str]| parse_args(args).unwrap().check();
    assert_eq!(check(&["--dev-clock", "--listen", "[::1]:80", "--password-cost", "cheap"]), Ok(()));
    let public = "0.0.0.0:80".parse().unwrap();
    assert_eq!(check(&["--listen", "0.0.0.0:80"]), Ok(()));
    assert_eq!(check(&["--dev-clock", "--listen", "0.0.0.0:80"]), Err(ConfigError::DevClockInPublic(public)));
    let cheap = check(&["--password-cost", "cheap", "--listen", "0.0.0.0:80"]);
    assert_eq!(cheap, Err(ConfigError::CheapPasswordsInPublic(public)));
    assert_eq!(check(&["--access-lifetime", "31d"]), Err(ConfigError::RefreshBeforeAccess));
}

#[test]
fn limits_leave_room_for_each_other() {
    let options = |args: &[&str]| parse_args(args).unwrap();
    let check = |args: &[&str]| options(args).check();
    let streams = ["--max-connections", "10", "--max-event-streams"];
    assert_eq!(check(&[&streams[..], &["9"]].concat()), Ok(()));
    assert_eq!(check(&[&streams[..], &["10"]].concat()), Err(ConfigError::StreamsFillConnections));
    assert_eq!(options(&[]).event_streams(10_000), 8_000);
    assert_eq!(options(&["--max-event-streams", "9000"]).event_streams(1_000), 1_000, "few files");
    assert_eq!(check(&["--max-waiting-ops", "2000"]), Ok(()));
    assert_eq!(check(&["--max-waiting-ops", "1999"]), Err(ConfigError::RequestFillsLine));
}

#[test]
fn times_have_units_and_bounds() {
    for (text, seconds) in [("0s", 0), ("90s", 90), ("15m", 900), ("12h", 43_200), ("30d", 2_592_000)] {
        assert_eq!(duration(text), Ok(Duration::from_secs(seconds)));
    }
    for text in ["", "s", "15", "-1s", "1.5h", "1w", "15 m", "9999999999999999999d", "一"] {
        assert!(duration(text).is_err(), "{text}");
    }
    assert!(lifetime("0s").is_err() && lifetime("4000d").is_err() && lifetime("3650d").is_ok());
}

#[test]
fn every_option_has_help_and_an_environment_variable_of_its_own() {
    let command = Cli::command();
    let serve = command.find_subcommand("serve").unwrap();
    let mut variables = Vec::new();
    for arg in serve.get_arguments() {
        assert!(arg.get_help().is_some(), "{arg}");
        let variable = arg.get_env().unwrap().to_str().unwrap();
        assert!(variable.starts_with("BAOBEI_") && !variables.contains(&variable.to_owned()), "{variable}");
        variables.push(variable.to_owned());
    }
    assert!(variables.contains(&"BAOBEI_DATABASE_URL".to_owned()));
}
