//! Statements: one text for both engines, declared once, listed for the tests.
//!
//! Parameters are `$1`, `$2` … What the engines cannot share is written as one of four expansions:
//!
//! | in the text | SQLite | PostgreSQL |
//! |---|---|---|
//! | `{rows bigint, blob}` | `VALUES (?,?),(?,?)…` | `SELECT * FROM UNNEST($1::bigint[],$2::bytea[])` |
//! | `IN {blobs $2}`, `IN {bigints $2}`, `IN {texts $2}` | `IN (SELECT … FROM json_each($2))` | `= ANY($2::…[])` |
//! | `{for update}` | nothing: there is one writer | `FOR UPDATE` |
//! | `{now}` | the process's clock, Unix ms | the database's clock, Unix ms |
//!
//! A statement with `{rows …}` has no other parameters: what is the same for all rows is a column.

use std::fmt::Write as _;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// The database under the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The embedded default.
    Sqlite,
    /// For more than one server process.
    Postgres,
}

/// Type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    /// A whole number of 64 bits.
    BigInt,
    /// A text.
    Text,
    /// True or false.
    Boolean,
    /// Bytes.
    Blob,
}

/// How many rows one SQLite statement carries: few sizes, so that the statement cache stays small. Each statement is a trip to the
/// connection's thread and back; the largest stays below SQLite's 32,766 parameters for 31 columns.
pub(super) const CHUNKS: [usize; 6] = [1_024, 256, 64, 16, 4, 1];

/// A statement. Only statics of this type can be executed, see the `statements!` macro.
#[derive(Debug)]
pub struct Sql {
    name: &'static str,
    text: &'static str,
    postgres: OnceLock<String>,
    /// One text for each of [`CHUNKS`]; without `{rows …}` only the last is used.
    sqlite: [OnceLock<String>; CHUNKS.len()],
    columns: OnceLock<Vec<ColumnType>>,
}

impl Sql {
    /// A statement called `name`, with the expansions of this module in `text`.
    pub const fn new(name: &'static str, text: &'static str) -> Self {
        Self {
            name,
            text,
            postgres: OnceLock::new(),
            sqlite: [const { OnceLock::new() }; CHUNKS.len()],
            columns: OnceLock::new(),
        }
    }

    /// Where the statement is declared, as `module::NAME`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The texts an engine is given.
    pub fn rendered(&'static self, engine: Engine) -> Vec<&'static str> {
        match engine {
            Engine::Postgres => vec![self.postgres()],
            Engine::Sqlite if self.columns().is_empty() => vec![self.sqlite()],
            Engine::Sqlite => (0..CHUNKS.len()).map(|chunk| self.sqlite_rows(chunk)).collect(),
        }
    }

    pub(super) fn postgres(&'static self) -> &'static str {
        self.postgres.get_or_init(|| expand(self.text, postgres))
    }

    pub(super) fn sqlite(&'static self) -> &'static str {
        self.sqlite_rows(CHUNKS.len() - 1)
    }

    /// The text for `CHUNKS[chunk]` rows.
    pub(super) fn sqlite_rows(&'static self, chunk: usize) -> &'static str {
        self.sqlite[chunk].get_or_init(|| expand(self.text, |expansion| sqlite(expansion, CHUNKS[chunk])))
    }

    /// The columns of `{rows …}`; none when the statement has no such expansion.
    pub(super) fn columns(&'static self) -> &'static [ColumnType] {
        self.columns.get_or_init(|| {
            let mut columns = Vec::new();
            expand(self.text, |expansion| {
                if let Expansion::Rows(types) = expansion {
                    columns = types;
                }
                String::new()
            });
            columns
        })
    }
}

enum Expansion<'a> {
    Rows(Vec<ColumnType>),
    In { of: ColumnType, parameter: &'a str },
    ForUpdate,
    Now,
}

impl<'a> Expansion<'a> {
    fn parse(inner: &'a str) -> Option<Self> {
        match inner.split_once(' ') {
            None if inner == "now" => Some(Self::Now),
            Some(("for", "update")) => Some(Self::ForUpdate),
            Some(("rows", types)) => {
                types.split(',').map(|name| ColumnType::parse(name.trim())).collect::<Option<_>>().map(Self::Rows)
            }
            Some((list, parameter)) => {
                Some(Self::In { of: ColumnType::parse(list.strip_suffix('s')?)?, parameter: parameter.trim() })
            }
            None => None,
        }
    }
}

impl ColumnType {
    /// The type an engine or an expansion calls so.
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "bigint" => Some(Self::BigInt),
            "text" => Some(Self::Text),
            "boolean" => Some(Self::Boolean),
            "blob" | "bytea" => Some(Self::Blob),
            _ => None,
        }
    }

    pub(super) fn in_postgres(self) -> &'static str {
        match self {
            Self::BigInt => "bigint",
            Self::Text => "text",
            Self::Boolean => "boolean",
            Self::Blob => "bytea",
        }
    }
}

/// Replaces every expansion in `text`; braces that are none stay as they are.
fn expand(text: &str, mut render: impl FnMut(Expansion<'_>) -> String) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let expansion = after.split_once('}').and_then(|(inner, tail)| Some((Expansion::parse(inner)?, tail)));
        if let Some((expansion, tail)) = expansion {
            // `IN` belongs to the list: PostgreSQL says `= ANY`
            let in_list = matches!(expansion, Expansion::In { .. });
            out.push_str(before.strip_suffix("IN ").filter(|_| in_list).unwrap_or(before));
            out.push_str(&render(expansion));
            rest = tail;
        } else {
            out.push_str(before);
            out.push('{');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

fn postgres(expansion: Expansion<'_>) -> String {
    match expansion {
        Expansion::Rows(types) => {
            let mut out = String::from("SELECT * FROM UNNEST(");
            for (index, kind) in types.iter().enumerate() {
                let comma = if index == 0 { "" } else { "," };
                let _ = write!(out, "{comma}${}::{}[]", index + 1, kind.in_postgres());
            }
            out.push(')');
            out
        }
        Expansion::In { of, parameter } => format!("= ANY({parameter}::{}[])", of.in_postgres()),
        Expansion::ForUpdate => "FOR UPDATE".to_owned(),
        Expansion::Now => "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)".to_owned(),
    }
}

fn sqlite(expansion: Expansion<'_>, rows: usize) -> String {
    match expansion {
        Expansion::Rows(types) => {
            let row = format!("({})", vec!["?"; types.len()].join(","));
            format!("VALUES {}", vec![row; rows].join(","))
        }
        Expansion::In { of, parameter } => {
            let value = if of == ColumnType::Blob { "unhex(value)" } else { "value" };
            format!("IN (SELECT {value} FROM json_each({parameter}))")
        }
        Expansion::ForUpdate => String::new(),
        Expansion::Now => "CAST(unixepoch('subsec') * 1000 AS BIGINT)".to_owned(),
    }
}

/// Declares the statements of a file: `NAME = "…";` makes a static [`Sql`], and `ALL` lists them.
macro_rules! statements {
    ($($(#[$meta:meta])* $name:ident = $text:expr;)*) => {
        $(
            $(#[$meta])*
            static $name: $crate::store::sql::Sql =
                $crate::store::sql::Sql::new(concat!(module_path!(), "::", stringify!($name)), $text);
        )*
        /// Every statement of this file.
        pub(super) static ALL: &[&$crate::store::sql::Sql] = &[$(&$name),*];
    };
}
pub(super) use statements;

#[cfg(test)]
mod tests {
    use super::*;

    static SAMPLE: Sql = Sql::new("sample", "INSERT INTO t (a, b) {rows bigint, blob} ON CONFLICT DO NOTHING");
    static LISTS: Sql = Sql::new("lists", "SELECT '{}' FROM t WHERE a IN {blobs $1} AND b IN {texts $2} {for update}");

    #[test]
    fn rows_become_unnest_and_values() {
        assert_eq!(
            SAMPLE.rendered(Engine::Postgres),
            ["INSERT INTO t (a, b) SELECT * FROM UNNEST($1::bigint[],$2::bytea[]) ON CONFLICT DO NOTHING"]
        );
        let sqlite = SAMPLE.rendered(Engine::Sqlite);
        assert_eq!(sqlite.len(), CHUNKS.len());
        assert_eq!(sqlite[CHUNKS.len() - 1], "INSERT INTO t (a, b) VALUES (?,?) ON CONFLICT DO NOTHING");
        assert_eq!(
            sqlite[CHUNKS.len() - 2],
            "INSERT INTO t (a, b) VALUES (?,?),(?,?),(?,?),(?,?) ON CONFLICT DO NOTHING"
        );
        assert_eq!(SAMPLE.columns(), [ColumnType::BigInt, ColumnType::Blob]);
    }

    #[test]
    fn lists_and_locks_are_each_engines_own_and_other_braces_stay() {
        assert_eq!(
            LISTS.rendered(Engine::Postgres),
            ["SELECT '{}' FROM t WHERE a = ANY($1::bytea[]) AND b = ANY($2::text[]) FOR UPDATE"]
        );
        assert_eq!(
            LISTS.rendered(Engine::Sqlite),
            [
                "SELECT '{}' FROM t WHERE a IN (SELECT unhex(value) FROM json_each($1)) AND b IN (SELECT value FROM json_each($2)) "
            ]
        );
    }
}
