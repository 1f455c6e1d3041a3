//! Finding a record by what a person types: its id, the end of its id, its code or its name.

use sync_core::kind::Kind;
use sync_core::replica::{Replica, View};
use uuid::Uuid;

use crate::cli::failure::{Exit, Failure};

/// Digits of an id that are shown: its end is random, its beginning is the time.
const SHOWN: usize = 8;
/// Fields that people know records by.
const NAMES: [&str; 4] = ["code", "name", "customer_name", "day"];

/// An id as tables show it.
pub(super) fn short(id: Uuid) -> String {
    let digits = id.simple().to_string();
    digits[digits.len() - SHOWN..].to_owned()
}

/// The record of one of these kinds that `text` means.
///
/// # Errors
/// When it means none or several.
pub(super) fn record(replica: &Replica, kinds: &[&Kind], text: &str) -> Result<View, Failure> {
    let named = kinds.iter().map(|kind| kind.name).collect::<Vec<_>>().join(" or ");
    let known = |view: &View| kinds.iter().any(|kind| kind.name == view.kind);
    let mut found: Vec<View> = replica.records().into_iter().filter(|view| known(view) && means(view, text)).collect();
    match (found.pop(), found.len()) {
        (Some(view), 0) => Ok(view),
        (Some(_), more) => {
            let message = format!("\"{text}\" means {} records", more + 1);
            Err(Failure::new(Exit::Mistakes, message).remedy("Give the whole id, as --json shows it."))
        }
        (None, _) => {
            let message = format!("this phone knows no {named} \"{text}\"");
            let remedy =
                format!("`baobei phone show {}` lists what it knows.", kinds.first().map_or("", |kind| kind.name));
            Err(Failure::new(Exit::Mistakes, message).remedy(remedy))
        }
    }
}

/// The id that `text` means. A whole id is taken as it is: the phone need not know the record.
///
/// # Errors
/// When it is no id, and means no record or several.
pub(super) fn id(replica: &Replica, kinds: &[&Kind], text: &str) -> Result<Uuid, Failure> {
    match Uuid::try_parse(text) {
        Ok(id) => Ok(id),
        Err(_) => record(replica, kinds, text).map(|view| view.id),
    }
}

fn means(view: &View, text: &str) -> bool {
    let digits = view.id.simple().to_string();
    let named = |field: &str| view.body.get(field).and_then(serde_json::Value::as_str) == Some(text);
    view.id.to_string() == text
        || (text.len() >= 4 && digits.ends_with(&text.to_lowercase()))
        || NAMES.iter().any(|field| named(field))
}
