//! Where the data is.

use std::ffi::OsStr;
use std::fmt;
use std::path::PathBuf;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command, Error};

/// A database URL. It prints without its password.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A file of this machine.
    Sqlite(PathBuf),
    /// The whole URL of a PostgreSQL database.
    Postgres(String),
}

impl Database {
    /// The database that `url` names, if it has a known form.
    pub fn from_url(url: &str) -> Option<Self> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return (!path.is_empty()).then(|| Self::Sqlite(path.into()));
        }
        let known = ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
        known.then(|| Self::Postgres(url.to_owned()))
    }

    /// The URL to connect with, password included.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres(url) => url.clone(),
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Hides what stands between the user and the last `@`, and a `password=` parameter; rather too much than too little.
fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let shown = match rest.rsplit_once('@') {
        Some((login, place)) => match login.split_once(':') {
            Some((user, _)) => format!("{scheme}://{user}:****@{place}"),
            None => format!("{scheme}://{login}@{place}"),
        },
        None => format!("{scheme}://{rest}"),
    };
    let Some((before, parameters)) = shown.split_once('?') else { return shown };
    let hidden = parameters.split('&').map(|parameter| match parameter.split_once('=') {
        Some((name, _)) if name.contains("password") => format!("{name}=****"),
        _ => parameter.to_owned(),
    });
    format!("{before}?{}", hidden.collect::<Vec<_>>().join("&"))
}

/// Reads a [`Database`] from the command line; unlike clap's own, its error does not repeat what may be a password.
#[derive(Debug, Clone, Copy)]
pub struct DatabaseParser;

impl TypedValueParser for DatabaseParser {
    type Value = Database;

    fn parse_ref(&self, command: &Command, _: Option<&Arg>, value: &OsStr) -> Result<Database, Error> {
        value.to_str().and_then(Database::from_url).ok_or_else(|| {
            let message = "the database URL must be sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME\n";
            Error::raw(ErrorKind::InvalidValue, message).with_cmd(command)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_engines_are_recognised_and_others_are_not() {
        for (url, expected) in [
            ("sqlite:data/baobei.db", Some(Database::Sqlite("data/baobei.db".into()))),
            ("sqlite:///var/baobei.db", Some(Database::Sqlite("/var/baobei.db".into()))),
            ("postgres://u:p@h/d", Some(Database::Postgres("postgres://u:p@h/d".into()))),
            ("postgresql:///d?host=/tmp", Some(Database::Postgres("postgresql:///d?host=/tmp".into()))),
            ("sqlite:", None),
            ("baobei.db", None),
            ("mysql://u:p@h/d", None),
        ] {
            assert_eq!(Database::from_url(url), expected, "{url}");
        }
        assert_eq!(Database::from_url("sqlite://a.db").unwrap().url(), "sqlite:a.db");
    }

    #[test]
    fn a_password_is_never_printed() {
        for (url, expected) in [
            ("postgres://u:hunter2@h:5432/d", "postgres://u:****@h:5432/d"),
            ("postgres://u:hun@ter2@h/d", "postgres://u:****@h/d"),
            ("postgres://u:hun/ter2?@h/d", "postgres://u:****@h/d"),
            ("postgres://u@h/d?sslmode=require&password=hunter2", "postgres://u@h/d?sslmode=require&password=****"),
            ("postgres://h/d?user=u&sslpassword=hunter2", "postgres://h/d?user=u&sslpassword=****"),
            ("postgres://h/d", "postgres://h/d"),
        ] {
            let database = Database::from_url(url).unwrap();
            assert_eq!((database.to_string(), format!("{database:?}")), (expected.to_owned(), expected.to_owned()));
            assert_eq!(database.url(), url);
        }
    }
}
