//! The file of a backup: what a database holds, for either engine, in lines of JSON compressed with zstd.
//!
//! ```json
//! {"format":"baobei-backup","version":1,"program":"0.1.0","schema":1,"engine":"sqlite","taken_at":"…","epoch":"…","keys":"…"}
//! {"table":"orgs","columns":[["org","bigint"],["code","text"]]}
//! [1,"qingshan"]
//! {"rows":1,"sha256":"…"}
//! ```
//!
//! The first line says what it is, the last one proves that it is whole: SHA-256 over the text of all lines before, none of which is to be
//! believed until then. Bytes are base64. What is sealed in the database is sealed here; keys are in no backup. `zstdcat FILE | head` shows it.

use std::io::{self, BufRead, BufReader, Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::ser::SerializeSeq as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sync_core::time::rfc3339;

use crate::store::dump::{Cell, Table};
use crate::store::{ColumnType, Engine};

/// What the first line calls the format.
const FORMAT: &str = "baobei-backup";
/// The version of the format that is written.
const VERSION: u32 = 1;
/// Level of zstd: the disk is slower.
const LEVEL: i32 = 3;
/// A longer line is no line of a backup: a row has a few hundred KiB at most.
const LINE_BYTES: u64 = 64 * 1024 * 1024;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    format: String,
    version: u32,
    /// Version of the program that wrote it.
    pub program: String,
    /// The newest migration of the database.
    pub schema: i64,
    /// What it was taken from, `sqlite` or `postgres`; it can be restored into either.
    pub engine: String,
    /// When: everything acknowledged before is in it. Unix ms; RFC 3339 in the file.
    #[serde(with = "rfc3339")]
    pub taken_at: i64,
    /// The history it belongs to.
    pub epoch: String,
    /// Fingerprint of the keys that open what is sealed in it.
    pub keys: String,
}

impl Header {
    /// Of a backup this program writes.
    pub fn new(schema: i64, engine: Engine, taken_at: i64, epoch: String, keys: String) -> Self {
        let engine = match engine {
            Engine::Sqlite => "sqlite",
            Engine::Postgres => "postgres",
        };
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            schema,
            engine: engine.to_owned(),
            taken_at,
            epoch,
            keys,
        }
    }
}

/// The last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Footer {
    rows: u64,
    sha256: String,
}

/// Why a file is no backup, or not a whole one.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It cannot be read or written.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is something else.
    #[error("this is not a backup of Baobei")]
    NoBackup,
    /// A newer program wrote it.
    #[error("the backup is of format {0}, which this program is too old for")]
    Newer(u32),
    /// Its end is missing.
    #[error("the backup is cut short after {0} rows")]
    CutShort(u64),
    /// Its content is not what was written.
    #[error("the backup is damaged at line {line}: {problem}")]
    Damaged {
        /// Counted from 1.
        line: u64,
        /// What is wrong there.
        problem: String,
    },
}

/// Writes a backup line by line; without [`ArchiveWriter::finish`] it is cut short.
pub struct ArchiveWriter<W: Write> {
    out: zstd::Encoder<'static, W>,
    sum: Sha256,
    rows: u64,
    line: Vec<u8>,
}

impl<W: Write> ArchiveWriter<W> {
    /// Begins a backup.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn begin(out: W, header: &Header) -> io::Result<Self> {
        let out = zstd::Encoder::new(out, LEVEL)?;
        let mut writer = Self { out, sum: Sha256::new(), rows: 0, line: Vec::new() };
        writer.write(header)?;
        Ok(writer)
    }

    /// The rows that follow are of this table.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn table(&mut self, table: &Table) -> io::Result<()> {
        self.write(table)
    }

    /// One row.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn row(&mut self, cells: &[Cell]) -> io::Result<()> {
        self.rows += 1;
        self.write(&Cells(cells))
    }

    /// Rows so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Ends the backup; returns the file and how many rows there are.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(mut self) -> io::Result<(W, u64)> {
        let rows = self.rows;
        let footer = Footer { rows, sha256: hex::encode(self.sum.clone().finalize()) };
        self.write(&footer)?;
        Ok((self.out.finish()?, rows))
    }

    fn write(&mut self, line: &impl Serialize) -> io::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line)?;
        self.line.push(b'\n');
        self.sum.update(&self.line);
        self.out.write_all(&self.line)
    }
}

struct Cells<'a>(&'a [Cell]);

impl Serialize for Cells<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_seq(Some(self.0.len()))?;
        for cell in self.0 {
            match cell {
                Cell::BigInt(value) => row.serialize_element(value)?,
                Cell::Text(value) => row.serialize_element(value)?,
                Cell::Boolean(value) => row.serialize_element(value)?,
                Cell::Blob(value) => {
                    row.serialize_element(&value.as_ref().map(|bytes| STANDARD_NO_PAD.encode(bytes)))?;
                }
            }
        }
        row.end()
    }
}

/// What a line of a backup says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// The rows that follow are of this table.
    Table(Table),
    /// A row of the last table.
    Row(Vec<Cell>),
    /// The end: all lines before were as they were written.
    End,
}

/// Reads a backup line by line.
pub struct ArchiveReader<R: Read> {
    input: BufReader<zstd::Decoder<'static, BufReader<R>>>,
    sum: Sha256,
    /// Lines and rows so far.
    lines: u64,
    rows: u64,
    kinds: Vec<ColumnType>,
    header: Header,
}

impl<R: Read> ArchiveReader<R> {
    /// Reads the first line.
    ///
    /// # Errors
    /// [`ArchiveError::NoBackup`], [`ArchiveError::Newer`].
    pub fn begin(input: R) -> Result<Self, ArchiveError> {
        let input = BufReader::new(zstd::Decoder::new(input)?);
        let header = Header::new(0, Engine::Sqlite, 0, String::new(), String::new());
        let mut reader = Self { input, sum: Sha256::new(), lines: 0, rows: 0, kinds: Vec::new(), header };
        let line = reader.next_text().map_err(|error| match error {
            ArchiveError::CutShort(_) => error,
            _ => ArchiveError::NoBackup,
        })?;
        let said: Value = serde_json::from_slice(&line).map_err(|_| ArchiveError::NoBackup)?;
        if said["format"] != FORMAT {
            return Err(ArchiveError::NoBackup);
        }
        match said["version"].as_u64().and_then(|version| u32::try_from(version).ok()) {
            Some(version) if version > VERSION => return Err(ArchiveError::Newer(version)),
            _ => {}
        }
        reader.header = serde_json::from_value(said).map_err(|error| reader.damaged(&error))?;
        reader.sum.update(&line);
        Ok(reader)
    }

    /// The first line.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Rows read so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The next line. After [`Line::End`] there is none.
    ///
    /// # Errors
    /// [`ArchiveError::CutShort`], [`ArchiveError::Damaged`].
    #[expect(clippy::should_implement_trait, reason = "it ends with a line of its own, which proves the others")]
    pub fn next(&mut self) -> Result<Line, ArchiveError> {
        let text = self.next_text()?;
        if text.first() == Some(&b'[') {
            let values: Vec<Value> = serde_json::from_slice(&text).map_err(|error| self.damaged(&error))?;
            let row = self.cells(values)?;
            self.sum.update(&text);
            self.rows += 1;
            return Ok(Line::Row(row));
        }
        if let Ok(table) = serde_json::from_slice::<Table>(&text) {
            self.sum.update(&text);
            self.kinds = table.columns.iter().map(|(_, kind)| *kind).collect();
            return Ok(Line::Table(table));
        }
        let footer: Footer = serde_json::from_slice(&text).map_err(|error| self.damaged(&error))?;
        let sum = hex::encode(self.sum.clone().finalize());
        if (footer.rows, &footer.sha256) != (self.rows, &sum) {
            return Err(self.damaged(&"the sum of all lines before is another one"));
        }
        Ok(Line::End)
    }

    fn cells(&self, values: Vec<Value>) -> Result<Vec<Cell>, ArchiveError> {
        if values.len() != self.kinds.len() {
            return Err(self.damaged(&format!("{} values for {} columns", values.len(), self.kinds.len())));
        }
        let cells = values.into_iter().zip(&self.kinds).map(|(value, kind)| cell(*kind, value));
        cells.collect::<Option<_>>().ok_or_else(|| self.damaged(&"a value is not of its column's type"))
    }

    fn next_text(&mut self) -> Result<Vec<u8>, ArchiveError> {
        let mut text = Vec::new();
        match (&mut self.input).take(LINE_BYTES).read_until(b'\n', &mut text) {
            Ok(_) if text.last() == Some(&b'\n') => {
                self.lines += 1;
                Ok(text)
            }
            Ok(_) => Err(ArchiveError::CutShort(self.rows)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(ArchiveError::CutShort(self.rows)),
            // the decompressor calls a damaged stream so
            Err(error) => Err(ArchiveError::Damaged { line: self.lines + 1, problem: error.to_string() }),
        }
    }

    fn damaged(&self, problem: &impl ToString) -> ArchiveError {
        ArchiveError::Damaged { line: self.lines, problem: problem.to_string() }
    }
}

fn cell(kind: ColumnType, value: Value) -> Option<Cell> {
    Some(match (kind, value) {
        (ColumnType::BigInt, Value::Null) => Cell::BigInt(None),
        (ColumnType::BigInt, Value::Number(number)) => Cell::BigInt(Some(number.as_i64()?)),
        (ColumnType::Text, Value::Null) => Cell::Text(None),
        (ColumnType::Text, Value::String(text)) => Cell::Text(Some(text)),
        (ColumnType::Boolean, Value::Null) => Cell::Boolean(None),
        (ColumnType::Boolean, Value::Bool(value)) => Cell::Boolean(Some(value)),
        (ColumnType::Blob, Value::Null) => Cell::Blob(None),
        (ColumnType::Blob, Value::String(text)) => Cell::Blob(Some(STANDARD_NO_PAD.decode(text).ok()?)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table() -> Table {
        use ColumnType::{BigInt, Blob, Boolean, Text};
        let columns = [("n", BigInt), ("t", Text), ("b", Boolean), ("x", Blob)];
        Table { name: "things".into(), columns: columns.map(|(name, kind)| (name.to_owned(), kind)).into() }
    }

    fn header() -> Header {
        Header::new(1, Engine::Sqlite, 1_000, "e".into(), "k".into())
    }

    fn write(rows: &[Vec<Cell>]) -> Vec<u8> {
        let mut writer = ArchiveWriter::begin(Vec::new(), &header()).unwrap();
        writer.table(&table()).unwrap();
        for row in rows {
            writer.row(row).unwrap();
        }
        let (file, count) = writer.finish().unwrap();
        assert_eq!(count, rows.len() as u64);
        file
    }

    /// The rows of a whole backup.
    fn read(file: &[u8]) -> Result<Vec<Vec<Cell>>, ArchiveError> {
        let mut reader = ArchiveReader::begin(file)?;
        let (mut rows, mut tables) = (Vec::new(), Vec::new());
        loop {
            match reader.next()? {
                Line::Table(found) => tables.push(found),
                Line::Row(row) => rows.push(row),
                Line::End => break,
            }
        }
        // nothing of it is to be believed before its end
        assert_eq!((reader.header(), tables), (&header(), vec![table()]));
        Ok(rows)
    }

    fn row() -> impl Strategy<Value = Vec<Cell>> {
        let number = any::<Option<i64>>().prop_map(Cell::BigInt);
        let text = proptest::option::of("\\PC{0,20}").prop_map(Cell::Text);
        let yes = any::<Option<bool>>().prop_map(Cell::Boolean);
        let bytes = proptest::option::of(proptest::collection::vec(any::<u8>(), 0..40)).prop_map(Cell::Blob);
        (number, text, yes, bytes).prop_map(|(n, t, b, x)| vec![n, t, b, x])
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(rows in proptest::collection::vec(row(), 0..20)) {
            prop_assert_eq!(read(&write(&rows)).unwrap(), rows);
        }

        #[test]
        fn one_changed_byte_is_noticed(rows in proptest::collection::vec(row(), 1..20), at: prop::sample::Index, flip in 1_u8..) {
            let mut file = write(&rows);
            let at = at.index(file.len());
            file[at] ^= flip;
            // some bits of a frame's head mean nothing; then nothing was lost either
            prop_assert!(read(&file).map_or(true, |read| read == rows));
        }

        #[test]
        fn a_part_is_no_backup(rows in proptest::collection::vec(row(), 0..20), at: prop::sample::Index) {
            let file = write(&rows);
            prop_assert!(read(&file[..at.index(file.len())]).is_err());
        }
    }

    #[test]
    fn other_files_and_newer_backups_are_told_apart() {
        assert!(matches!(read(b"SQLite format 3"), Err(ArchiveError::NoBackup)));
        let other = zstd::encode_all(&b"{\"format\":\"tar\"}\n"[..], 1).unwrap();
        assert!(matches!(read(&other), Err(ArchiveError::NoBackup)));
        let newer = zstd::encode_all(&b"{\"format\":\"baobei-backup\",\"version\":2}\n"[..], 1).unwrap();
        assert!(matches!(read(&newer), Err(ArchiveError::Newer(2))));
    }
}
