//! A table as CSV (RFC 4180) that spreadsheets open as it is: UTF-8 with BOM, and nothing in it is a formula.

use super::{Cell, File, Table};
use crate::error::AppError;

/// The byte order mark: without it Excel reads Chinese as something else.
const BOM: &[u8] = b"\xef\xbb\xbf";
/// What a spreadsheet takes for the beginning of a formula, also in full width and behind white space that it skips.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

pub(super) fn write(table: &Table, stem: &str) -> Result<File, AppError> {
    let broken = |error: &dyn std::fmt::Display| AppError::Broken(format!("a CSV file: {error}"));
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).flexible(true).from_writer(BOM.to_vec());
    writer.write_record(&table.heading).map_err(|error| broken(&error))?;
    for row in &table.rows {
        writer.write_record(row.iter().map(text)).map_err(|error| broken(&error))?;
    }
    writer.write_record([&table.footer]).map_err(|error| broken(&error))?;
    let bytes = writer.into_inner().map_err(|error| broken(&error))?;
    Ok(File { name: format!("{stem}.csv"), media_type: "text/csv; charset=utf-8; header=present", bytes })
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) if text.starts_with(FORMULA) => format!("'{text}"),
        Cell::Text(text) => text.clone(),
        Cell::Number(number) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dp_3_no_text_of_a_file_is_a_formula() {
        let rows = ["=1+1", "+86", "-1", "@SUM(A1)", "\tx", "\rx", "＝1", "a=1", "", "say \"hi\", 你好\n再见"];
        let table = Table {
            name: "t",
            heading: vec!["名".to_owned(), "n".to_owned()],
            rows: rows.iter().map(|text| vec![Cell::from(*text), Cell::Number(-1.5)]).collect(),
            footer: "by".to_owned(),
            exporter: String::new(),
        };
        let file = write(&table, "t").unwrap();
        let text = String::from_utf8(file.bytes).unwrap();
        let expected = "\u{feff}名,n\r\n'=1+1,-1.5\r\n'+86,-1.5\r\n'-1,-1.5\r\n'@SUM(A1),-1.5\r\n'\tx,-1.5\r\n\"'\rx\",-1.5\r\n'＝1,-1.5\r\na=1,-1.5\r\n,-1.5\r\n\"say \"\"hi\"\", 你好\n再见\",-1.5\r\nby\r\n";
        assert_eq!(text, expected);
    }
}
