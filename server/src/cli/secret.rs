//! Passwords and codes as a person types them, or as a script pipes them.

use std::io::{self, BufRead, IsTerminal};

use api_spec::primitives::Secret;

use super::failure::{Exit, Failure};

/// Asks for a secret without an echo; reads a line of standard input when told to, or when nobody sits there.
///
/// # Errors
/// When there is nothing to read.
pub(super) fn ask(what: &str, from_stdin: bool) -> Result<Secret, Failure> {
    let read = if !from_stdin && io::stdin().is_terminal() {
        rpassword::prompt_password(format!("{what}: "))
    } else {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map(|_| line.trim_end_matches(['\r', '\n']).to_owned())
    };
    match read {
        Ok(secret) if secret.is_empty() => {
            let remedy = "Type it when asked, or pipe it into standard input.";
            Err(Failure::new(Exit::Mistakes, format!("the {what} is missing")).remedy(remedy))
        }
        Ok(secret) => Ok(Secret::new(secret)),
        Err(error) => Err(Failure::new(Exit::Failed, format!("the {what} cannot be read: {error}"))),
    }
}
