//! Why a command failed, what to do about it, and the exit code that tells scripts.

use std::io::Write;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::terminal::{BAD, STRONG, styled};

/// Exit codes, the same for every command. 0 is success, 2 is a wrong command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// It did not work.
    Failed = 1,
    /// The input has mistakes; nothing was changed.
    Mistakes = 3,
    /// The server or the database cannot be reached; the same command may work later.
    Unreachable = 4,
    /// The server refused it.
    Refused = 5,
}

/// A failed command.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Failure {
    exit: Exit,
    message: String,
    remedy: Option<String>,
    /// For machines, beside the message.
    details: Option<Value>,
}

impl Failure {
    pub(super) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), remedy: None, details: None }
    }

    /// Says what to do about it.
    pub(super) fn remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }

    /// Adds what machines may want to know.
    pub(super) fn details(self, details: Value) -> Self {
        Self { details: Some(details), ..self }
    }

    /// The exit code it ends with.
    pub(super) fn exit(&self) -> Exit {
        self.exit
    }

    /// Names the line of a file it is about.
    pub(super) fn at(self, line: usize) -> Self {
        Self { message: format!("line {line}: {}", self.message), ..self }
    }

    /// Tells standard error.
    pub(super) fn report(&self, as_json: bool) -> ExitCode {
        let mut err = anstream::stderr().lock();
        // when standard error is gone, the exit code is all that is left
        let _ = if as_json {
            let error = json!({"message": self.message, "remedy": self.remedy, "details": self.details});
            writeln!(err, "{}", json!({ "error": error }))
        } else {
            let remedy = self.remedy.iter().map(|remedy| format!("\n{} {remedy}", styled(STRONG, "help:")));
            writeln!(err, "{} {}{}", styled(BAD, "error:"), self.message, remedy.collect::<String>())
        };
        ExitCode::from(self.exit as u8)
    }
}
