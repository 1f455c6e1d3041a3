//! The matrix as a text, and the file it is compared with.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use super::call::{Answer, Call};
use super::callers::Caller;
use super::house::House;

const HEAD: &str = "\
Who may call what. Rows are operations, on things of one promoter of one project; columns are callers.

A cell is what is answered: the status, and the rule or the first letters of the problem's code unless it is the usual one of its status.
2xx is done or shown; `+` after it: what is shown tells of the promoter or of one of these things.
401, 403 and 404 are refused for who calls. Everything else is refused for what is sent, or for the state things are in, after it was clear
who calls.

";

/// A row of the matrix.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) call: Call,
    pub(crate) answers: Vec<Answer>,
}

/// The matrix as a text: what the columns and the letters stand for, then a line for each row.
pub(crate) fn text(house: &House, callers: &[Caller], rows: &[Row]) -> String {
    let mut text = HEAD.to_owned();
    for caller in callers {
        writeln!(text, "  {:<7} {}", caller.column, caller.about).unwrap();
    }
    text.push('\n');
    for (cell, code) in codes(rows) {
        writeln!(text, "  {cell:<7} {code}").unwrap();
    }
    text.push('\n');
    let width = rows.iter().map(|row| row.call.name().len()).max().unwrap_or_default();
    let mut line = |name: &str, cells: Vec<String>| {
        let cells = cells.iter().fold(String::new(), |line, cell| format!("{line} {cell:<6}"));
        writeln!(text, "{}", format!("{name:<width$} {cells}").trim_end()).unwrap();
    };
    line("", callers.iter().map(|caller| caller.column.to_owned()).collect());
    for Row { call, answers } in rows {
        let tells = |answer: &Answer| call.is_look() && answer.is_success() && house.is_told_in(&answer.text);
        let cell = |answer| format!("{}{}", cell(answer), if tells(answer) { "+" } else { "" });
        line(&call.name(), answers.iter().map(cell).collect());
    }
    text
}

/// Status and reason in a few letters: `422v` for `validation`, `409CF5` for CF-5.
fn cell(answer: &Answer) -> String {
    let letters: String = match (&answer.rule, answer.code.as_str()) {
        (Some(rule), _) => rule.replace('-', ""),
        (None, "" | "forbidden" | "not-found") => String::new(),
        (None, code) => code.split('-').filter_map(|word| word.chars().next()).collect(),
    };
    format!("{}{letters}", answer.status)
}

/// What the cells with letters stand for.
fn codes(rows: &[Row]) -> BTreeMap<String, String> {
    let mut codes = BTreeMap::new();
    for answer in rows.iter().flat_map(|row| &row.answers).filter(|answer| !answer.is_success()) {
        let meant =
            [Some(&answer.code), answer.rule.as_ref()].into_iter().flatten().cloned().collect::<Vec<_>>().join(", ");
        let before = codes.insert(cell(answer), meant.clone());
        assert!(before.as_ref().is_none_or(|before| *before == meant), "{before:?} and {meant} have the same letters");
    }
    codes
}

/// Compares the matrix with the file beside this folder; with `BLESS=1` writes it.
pub(crate) fn check(made: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http/matrix.txt");
    if env::var_os("BLESS").is_some() {
        fs::write(&file, made).unwrap();
        return;
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    let differs = |(kept, made): (&str, &str)| (kept != made).then(|| format!("- {kept}\n+ {made}"));
    let lines: Vec<String> = kept.lines().zip(made.lines()).filter_map(differs).collect();
    assert!(
        kept == made,
        "tests/tests/http/matrix.txt says otherwise; read what differs, then BLESS=1 cargo test -p tests --test http matrix\n{}",
        lines.join("\n")
    );
}
