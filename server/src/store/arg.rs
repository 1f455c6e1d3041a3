//! Arguments of statements, bound the same way on both engines.

use std::sync::Arc;

use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Postgres, Sqlite};
use uuid::Uuid;

use super::error::StoreError;
use super::sql::{ColumnType, Sql};

/// One argument of a statement. `From` turns the usual Rust types into it; `Option` is NULL when `None`.
#[derive(Debug, Clone, Copy)]
pub enum Arg<'a> {
    /// BIGINT
    I64(Option<i64>),
    /// TEXT
    Text(Option<&'a str>),
    /// BOOLEAN
    Bool(Option<bool>),
    /// BLOB
    Blob(Option<&'a [u8]>),
    /// An id: a BLOB of 16 bytes.
    Id(Option<Uuid>),
    /// For `IN {bigints $n}`.
    I64s(&'a [i64]),
    /// For `IN {texts $n}`.
    Texts(&'a [String]),
    /// For `IN {blobs $n}`.
    Ids(&'a [Uuid]),
}

macro_rules! arg_from {
    ($($from:ty => $variant:ident($value:ident => $to:expr);)*) => {$(
        impl<'a> From<$from> for Arg<'a> {
            fn from($value: $from) -> Self {
                Self::$variant($to)
            }
        }
    )*};
}

arg_from! {
    i64 => I64(value => Some(value));
    Option<i64> => I64(value => value);
    &'a str => Text(value => Some(value));
    Option<&'a str> => Text(value => value);
    &'a String => Text(value => Some(value));
    &'a Option<String> => Text(value => value.as_deref());
    bool => Bool(value => Some(value));
    Option<bool> => Bool(value => value);
    &'a [u8] => Blob(value => Some(value));
    Option<&'a [u8]> => Blob(value => value);
    &'a Vec<u8> => Blob(value => Some(value));
    &'a Option<Vec<u8>> => Blob(value => value.as_deref());
    &'a [u8; 32] => Blob(value => Some(value));
    Uuid => Id(value => Some(value));
    Option<Uuid> => Id(value => value);
    &'a [i64] => I64s(value => value);
    &'a [String] => Texts(value => value);
    &'a [Uuid] => Ids(value => value);
}

/// `args![project, id, &name]`: an array of [`Arg`]s.
macro_rules! args {
    ($($value:expr),* $(,)?) => { [$($crate::store::arg::Arg::from($value)),*] };
}
pub(super) use args;

type SqliteQuery<'q> = Query<'q, Sqlite, SqliteArguments>;
type PostgresQuery<'q> = Query<'q, Postgres, PgArguments>;

pub(super) fn bind_sqlite<'q>(query: SqliteQuery<'q>, args: &[Arg<'_>]) -> SqliteQuery<'q> {
    args.iter().fold(query, |query, arg| match *arg {
        Arg::I64(value) => query.bind(value),
        // the connection's thread owns what it binds: one allocation each
        Arg::Text(value) => query.bind(value.map(Arc::<str>::from)),
        Arg::Bool(value) => query.bind(value),
        Arg::Blob(value) => query.bind(value.map(<[u8]>::to_vec)),
        Arg::Id(value) => query.bind(value.map(|id| id.as_bytes().to_vec())),
        Arg::I64s(values) => query.bind(serde_json::Value::from(values.to_vec()).to_string()),
        Arg::Texts(values) => query.bind(serde_json::Value::from(values.to_vec()).to_string()),
        Arg::Ids(values) => {
            let hex: Vec<String> = values.iter().map(|id| id.simple().to_string()).collect();
            query.bind(serde_json::Value::from(hex).to_string())
        }
    })
}

pub(super) fn bind_postgres<'q>(query: PostgresQuery<'q>, args: &[Arg<'_>]) -> PostgresQuery<'q> {
    args.iter().fold(query, |query, arg| match *arg {
        Arg::I64(value) => query.bind(value),
        Arg::Text(value) => query.bind(value.map(str::to_owned)),
        Arg::Bool(value) => query.bind(value),
        Arg::Blob(value) => query.bind(value.map(<[u8]>::to_vec)),
        Arg::Id(value) => query.bind(value.map(|id| id.as_bytes().to_vec())),
        Arg::I64s(values) => query.bind(values.to_vec()),
        Arg::Texts(values) => query.bind(values.to_vec()),
        Arg::Ids(values) => query.bind(values.iter().map(|id| id.as_bytes().to_vec()).collect::<Vec<_>>()),
    })
}

/// Binds rows as one typed array per column of the statement's `{rows …}`.
pub(super) fn bind_unnest<'q, const N: usize>(
    mut query: PostgresQuery<'q>,
    sql: &'static Sql,
    rows: &'q [[Arg<'q>; N]],
) -> Result<PostgresQuery<'q>, StoreError> {
    for (index, kind) in sql.columns().iter().enumerate() {
        let cells = rows.iter().map(|row| &row[index]);
        query = match kind {
            ColumnType::BigInt => query.bind(column(sql, cells, |arg| match arg {
                Arg::I64(value) => Some(*value),
                _ => None,
            })?),
            ColumnType::Text => query.bind(column(sql, cells, |arg| match arg {
                Arg::Text(value) => Some(*value),
                _ => None,
            })?),
            ColumnType::Boolean => query.bind(column(sql, cells, |arg| match arg {
                Arg::Bool(value) => Some(*value),
                _ => None,
            })?),
            ColumnType::Blob => query.bind(column(sql, cells, |arg| match arg {
                Arg::Blob(value) => Some(*value),
                Arg::Id(value) => Some(value.as_ref().map(|id| &id.as_bytes()[..])),
                _ => None,
            })?),
        };
    }
    Ok(query)
}

fn column<'c, T>(
    sql: &'static Sql,
    cells: impl Iterator<Item = &'c Arg<'c>>,
    cell: impl Fn(&'c Arg<'c>) -> Option<Option<T>>,
) -> Result<Vec<Option<T>>, StoreError> {
    cells.map(cell).collect::<Option<_>>().ok_or(StoreError::Arguments { statement: sql.name() })
}
