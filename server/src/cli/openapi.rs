//! `baobei openapi`: the document of the HTTP surface, made from the code.

use std::fs;
use std::io;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::failure::{Exit, Failure};
use super::terminal::{GOOD, Terminal, styled, text};
use crate::http;

/// Options of `baobei openapi`.
#[derive(Debug, Args)]
pub(super) struct OpenapiOptions {
    /// Only tell whether the file is what the code says
    #[arg(long)]
    check: bool,
    /// The file to compare with
    #[arg(long, value_name = "FILE", default_value = "api-spec/openapi.json", requires = "check")]
    file: PathBuf,
}

pub(super) fn run(options: &OpenapiOptions, terminal: Terminal) -> Result<(), Failure> {
    let document = http::openapi().to_pretty_json();
    let document = document.map_err(|error| Failure::new(Exit::Failed, format!("no document: {error}")))?;
    if !options.check {
        return text(&document);
    }
    let file = options.file.display();
    let written = match fs::read_to_string(&options.file) {
        Ok(written) => written,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Failure::new(Exit::Failed, format!("{file} cannot be read: {error}"))),
    };
    if written.trim_end() != document.trim_end() {
        let remedy = format!("Write it anew: `baobei openapi > {file}`.");
        return Err(Failure::new(Exit::Mistakes, format!("{file} is not what the code says")).remedy(remedy));
    }
    terminal.answer(&json!({"up_to_date": true}), |out| writeln!(out, "{} {file}", styled(GOOD, "up to date:")))
}
