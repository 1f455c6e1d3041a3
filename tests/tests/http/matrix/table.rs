//! The matrix as a text, and the file it is compared with.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use super::call::Answer;
use super::callers::Caller;

const HEAD: &str = "\
Who may call what. Rows are operations, on things of one promoter of one project; columns are callers.
A cell is what is answered: a status, and the first letters of the problem's code unless it is the usual one of its status.
2xx is done or shown, 401, 403 and 404 are refused for who calls. Everything else is refused for what is sent or for the state things are in,
after it was clear who calls: whoever sees 409, 412 or 422 could do it.

";

/// Status and code in a few letters: `422v` for `validation`.
fn cell(answer: &Answer) -> String {
    let initials = match answer.code.as_str() {
        "" | "forbidden" | "not-found" => String::new(),
        code => code.split('-').filter_map(|word| word.chars().next()).collect(),
    };
    format!("{}{initials}", answer.status)
}

/// The matrix as a text: what the columns and the letters stand for, then a line for each row.
pub(crate) fn text(callers: &[Caller], rows: &[(String, Vec<Answer>)]) -> String {
    let mut text = HEAD.to_owned();
    for caller in callers {
        writeln!(text, "  {:<4} {}", caller.column, caller.about).unwrap();
    }
    text.push('\n');
    for (cell, code) in codes(rows) {
        writeln!(text, "  {cell:<6} {code}").unwrap();
    }
    text.push('\n');
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let mut line = |name: &str, cells: Vec<String>| {
        let cells: String = cells.iter().map(|cell| format!(" {cell:<5}")).collect();
        writeln!(text, "{}", format!("{name:<width$} {cells}").trim_end()).unwrap();
    };
    line("", callers.iter().map(|caller| caller.column.to_owned()).collect());
    for (name, answers) in rows {
        line(name, answers.iter().map(cell).collect());
    }
    text
}

/// What the cells with letters stand for.
fn codes(rows: &[(String, Vec<Answer>)]) -> BTreeMap<String, &str> {
    let mut codes = BTreeMap::new();
    for answer in rows.iter().flat_map(|(_, answers)| answers).filter(|answer| !answer.is_success()) {
        let before = codes.insert(cell(answer), answer.code.as_str());
        assert!(
            before.is_none_or(|before| before == answer.code),
            "{before:?} and {} have the same letters",
            answer.code
        );
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
