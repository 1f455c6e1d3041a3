//! A workbook as a spreadsheet opens it: the cells of its first sheet.

use std::io::{Cursor, Read};

use zip::ZipArchive;

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    /// Words; empty for nothing.
    Text(String),
    /// A number.
    Number(f64),
}

/// The first sheet, and who wrote the workbook.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub(crate) rows: Vec<Vec<Cell>>,
    pub(crate) author: String,
    /// As it is stored.
    pub(crate) xml: String,
}

impl Sheet {
    pub(crate) fn open(bytes: &[u8]) -> Self {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut part = |name: &str| {
            let mut text = String::new();
            archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
            text
        };
        let words: Vec<String> = elements(&part("xl/sharedStrings.xml"), "si").map(|(_, si)| inner(si, "t")).collect();
        let (xml, core) = (part("xl/worksheets/sheet1.xml"), part("docProps/core.xml"));
        let rows = elements(&xml, "row").map(|(_, row)| cells(row, &words)).collect();
        Self { rows, author: inner(&core, "dc:creator"), xml }
    }
}

/// The cells of a row at their columns.
fn cells(row: &str, words: &[String]) -> Vec<Cell> {
    let mut cells = Vec::new();
    for (attributes, cell) in elements(row, "c") {
        let place = attributes.split_once("r=\"").unwrap().1;
        let letters = place.bytes().take_while(u8::is_ascii_uppercase);
        let column = letters.fold(0, |column, letter| column * 26 + usize::from(letter - b'A') + 1) - 1;
        cells.resize(column, Cell::Text(String::new()));
        let value = inner(cell, "v");
        cells.push(if attributes.contains("t=\"s\"") {
            Cell::Text(words[value.parse::<usize>().unwrap()].clone())
        } else {
            Cell::Number(value.parse().unwrap())
        });
    }
    cells
}

/// Attributes and contents of the elements with this name, which hold none of the same name.
fn elements<'a>(xml: &'a str, name: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let mut rest = xml;
    std::iter::from_fn(move || {
        loop {
            let after = &rest[rest.find(&open)? + open.len()..];
            if !after.starts_with([' ', '>']) {
                rest = after;
                continue;
            }
            let (attributes, body) = after.split_once('>')?;
            let (body, behind) = body.split_once(&close)?;
            rest = behind;
            return Some((attributes, body));
        }
    })
}

/// The words in the first element with this name.
fn inner(xml: &str, name: &str) -> String {
    let text = elements(xml, name).next().map(|(_, text)| text).unwrap_or_default();
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}
