//! A table as an Excel workbook, in memory. Texts are written as texts, never as formulas.

use chrono::DateTime;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

use super::{Cell, File, Table};
use crate::error::AppError;

/// Characters that a cell of a workbook holds.
const CELL_CHARACTERS: usize = 32_767;

pub(super) fn write(table: &Table, stem: &str, now: i64) -> Result<File, AppError> {
    let bytes = bytes(table, now).map_err(|error| AppError::Broken(format!("a workbook: {error}")))?;
    let media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    Ok(File { name: format!("{stem}.xlsx"), media_type, bytes })
}

fn bytes(table: &Table, now: i64) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let seconds = DateTime::from_timestamp_millis(now).unwrap_or_default().timestamp();
    let properties = DocProperties::new()
        .set_title(table.name)
        .set_author(&table.exporter)
        .set_creation_datetime(&ExcelDateTime::from_timestamp(seconds)?);
    workbook.set_properties(&properties);
    let sheet = workbook.add_worksheet();
    sheet.set_name(table.name)?.set_freeze_panes(1, 0)?;
    let bold = Format::new().set_bold();
    for (column, heading) in (0..).zip(&table.heading) {
        sheet.write_string_with_format(0, column, heading, &bold)?;
    }
    let mut line = 1;
    for row in &table.rows {
        for (column, cell) in (0..).zip(row) {
            match cell {
                Cell::Text(text) if text.is_empty() => {}
                Cell::Text(text) => {
                    let text: String = text.chars().take(CELL_CHARACTERS).collect();
                    sheet.write_string(line, column, text)?;
                }
                Cell::Number(number) => drop(sheet.write_number(line, column, *number)?),
            }
        }
        line += 1;
    }
    sheet.write_string(line, 0, &table.footer)?;
    workbook.save_to_buffer()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dp_3_a_workbook_is_a_zip_of_the_table() {
        let table = Table {
            name: "bookings",
            heading: vec!["名".to_owned()],
            rows: vec![vec![Cell::from("=1+1")], vec![Cell::Number(2.0)]],
            footer: "by".to_owned(),
            exporter: "李华 (lihua)".to_owned(),
        };
        let file = write(&table, "t", 1_795_312_800_000).unwrap();
        assert!(file.bytes.starts_with(b"PK\x03\x04"), "a zip");
        assert_eq!(file.name, "t.xlsx");
    }
}
