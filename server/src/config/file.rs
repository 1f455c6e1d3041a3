//! The configuration file: its values take the place of the defaults, so that clap reads and checks them as any other.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{ArgAction, ArgMatches, Command, Error, Parser};
use toml::{Table, Value};

/// The argument that names the file.
const CONFIG: &str = "config";

/// Reads a command line; where its subcommand has a `--config` file, that file's values go before the defaults.
///
/// # Errors
/// Those of clap (help is one), and files that cannot be read or name what is no option.
pub fn parse<C: Parser>(args: impl IntoIterator<Item = impl Into<OsString>>) -> Result<C, Error> {
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    let matches = C::command().try_get_matches_from(&args)?;
    let (path, leaf) = chosen_command(&matches);
    let Some(file) = leaf.try_get_one::<PathBuf>(CONFIG).ok().flatten() else {
        return C::from_arg_matches(&matches);
    };
    let values = read(file)?;
    let mut unknown: Vec<_> = values.keys().cloned().collect();
    let command = with_defaults(C::command(), &path, &values, &mut unknown);
    if !unknown.is_empty() {
        return Err(failed(file, &format!("no such option: {}", unknown.join(", "))));
    }
    C::from_arg_matches(&command.try_get_matches_from(args)?)
}

/// The subcommand that was called, by its names from the root, and its arguments.
fn chosen_command(matches: &ArgMatches) -> (Vec<String>, &ArgMatches) {
    let (mut path, mut leaf) = (Vec::new(), matches);
    while let Some((name, next)) = leaf.subcommand() {
        path.push(name.to_owned());
        leaf = next;
    }
    (path, leaf)
}

fn with_defaults(
    command: Command,
    path: &[String],
    values: &BTreeMap<String, String>,
    unknown: &mut Vec<String>,
) -> Command {
    if let [name, rest @ ..] = path {
        return command.mut_subcommand(name, |next| with_defaults(next, rest, values, unknown));
    }
    command.mut_args(|arg| {
        let name = arg.get_long().filter(|name| *name != CONFIG).map(ToOwned::to_owned);
        let Some(value) = name.as_ref().and_then(|name| values.get(name)) else { return arg };
        unknown.retain(|other| Some(other) != name.as_ref());
        // read once at the start, kept to the end
        let value: &'static str = value.clone().leak();
        match arg.get_action() {
            ArgAction::SetTrue => arg.default_value(value).default_missing_value("true"),
            _ => arg.default_value(value),
        }
    })
}

/// The file's values by option name, as one would write them on the command line.
fn read(file: &Path) -> Result<BTreeMap<String, String>, Error> {
    let text = fs::read_to_string(file).map_err(|error| failed(file, &error.to_string()))?;
    // the parser's message shows the line, which may hold a password
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
        failed(file, &format!("line {line}: {}", error.message()))
    })?;
    table
        .into_iter()
        .map(|(name, value)| {
            let name = name.replace('_', "-");
            match value {
                Value::String(text) => Ok((name, text)),
                Value::Integer(number) => Ok((name, number.to_string())),
                Value::Boolean(answer) => Ok((name, answer.to_string())),
                _ => Err(failed(file, &format!("{name} must be a text, a whole number, true or false"))),
            }
        })
        .collect()
}

fn failed(file: &Path, reason: &str) -> Error {
    Error::raw(ErrorKind::InvalidValue, format!("{}: {reason}\n", file.display()))
}
