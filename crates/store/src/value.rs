//! Values in and rows out, alike on both engines.

use bytes::BytesMut;
use rusqlite::types::{ToSqlOutput, ValueRef};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type};
use uuid::Uuid;

use crate::StoreError;

/// A parameter of a statement.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Int(i64),
    Text(String),
    Uuid(Uuid),
    /// For `{ints ?n}`.
    Ints(Vec<i64>),
    /// For `{texts ?n}`.
    Texts(Vec<String>),
    /// For `{uuids ?n}`.
    Uuids(Vec<Uuid>),
    /// A JSON document, for the relations of `dialect.rs`.
    Json(String),
}

type AnyError = Box<dyn std::error::Error + Sync + Send>;

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, AnyError> {
        match self {
            Self::Int(value) => value.to_sql(&expect(&Type::INT8, ty)?, out),
            Self::Text(value) => value.to_sql(&expect(&Type::TEXT, ty)?, out),
            Self::Uuid(value) => value.to_sql(&expect(&Type::UUID, ty)?, out),
            Self::Ints(values) => values.to_sql(&expect(&Type::INT8_ARRAY, ty)?, out),
            Self::Texts(values) => values.to_sql(&expect(&Type::TEXT_ARRAY, ty)?, out),
            Self::Uuids(values) => values.to_sql(&expect(&Type::UUID_ARRAY, ty)?, out),
            Self::Json(value) => {
                expect(&Type::JSON, ty)?;
                out.extend_from_slice(value.as_bytes());
                Ok(IsNull::No)
            }
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    tokio_postgres::types::to_sql_checked!();
}

fn expect(ours: &Type, theirs: &Type) -> Result<Type, AnyError> {
    if ours == theirs {
        return Ok(theirs.clone());
    }
    Err(format!("a parameter is {ours} here and {theirs} in the statement").into())
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Int(value) => (*value).into(),
            Self::Text(value) | Self::Json(value) => value.as_str().into(),
            Self::Uuid(value) => ToSqlOutput::Borrowed(ValueRef::Blob(value.as_bytes())),
            Self::Ints(values) => json_list(values, |out, value| out.push_str(&value.to_string())).into(),
            Self::Texts(values) => json_list(values, |out, value| push_json_text(out, value)).into(),
            Self::Uuids(values) => {
                json_list(values, |out, value| out.push_str(&format!("\"{}\"", value.simple()))).into()
            }
        })
    }
}

/// A JSON array, written by `write` item by item.
pub(crate) fn json_list<T>(items: &[T], mut write: impl FnMut(&mut String, &T)) -> String {
    let mut out = String::from("[");
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write(&mut out, item);
    }
    out.push(']');
    out
}

fn push_json_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A row of an answer, whose columns are counted from 0.
pub(crate) enum Row {
    Sqlite(Vec<rusqlite::types::Value>),
    Postgres(tokio_postgres::Row),
}

macro_rules! getter {
    ($(#[$doc:meta])* $name:ident, $maybe:ident, $type:ty, $value:ident => $read:expr) => {
        $(#[$doc])*
        pub(crate) fn $name(&self, column: usize) -> Result<$type, StoreError> {
            self.$maybe(column)?.ok_or_else(|| StoreError::column(column, "nothing where a value must be"))
        }

        $(#[$doc])*
        pub(crate) fn $maybe(&self, column: usize) -> Result<Option<$type>, StoreError> {
            match self {
                Self::Sqlite(values) => match values.get(column) {
                    None => Err(StoreError::column(column, "not in the answer")),
                    Some(rusqlite::types::Value::Null) => Ok(None),
                    Some($value) => $read.map(Some).ok_or_else(|| StoreError::column(column, "of another type")),
                },
                Self::Postgres(row) => get(row, column),
            }
        }
    };
}

impl Row {
    getter!(int, maybe_int, i64, value => if let rusqlite::types::Value::Integer(i) = value { Some(*i) } else { None });
    getter!(text, maybe_text, String, value => if let rusqlite::types::Value::Text(t) = value { Some(t.clone()) } else { None });
    getter!(uuid, maybe_uuid, Uuid, value => if let rusqlite::types::Value::Blob(b) = value { Uuid::from_slice(b).ok() } else { None });
    getter!(bytes, maybe_bytes, Vec<u8>, value => if let rusqlite::types::Value::Blob(b) = value { Some(b.clone()) } else { None });
}

fn get<'r, T: FromSql<'r>>(row: &'r tokio_postgres::Row, column: usize) -> Result<Option<T>, StoreError> {
    row.try_get::<_, Option<T>>(column).map_err(|error| StoreError::column(column, error))
}
