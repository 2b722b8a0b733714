//! All that a database holds, as text, so that two moments can be compared.

use std::{collections::BTreeMap, path::Path};

use rusqlite::{Connection, OpenFlags, types::ValueRef};
use store::DatabaseUrl;
use tokio_postgres::{NoTls, SimpleQueryMessage};

use crate::Error;

/// What the server keeps for itself, whoever asks for what.
const OF_THE_SERVER: [&str; 4] = ["key_blocks", "schedules", "change_marks", "epoch"];

/// The rows of every table, sorted, by the table's name.
pub type Contents = BTreeMap<String, Vec<String>>;

/// Reads every table but those in which the server keeps its own affairs.
///
/// # Errors
/// When the database cannot be read.
pub async fn contents(url: &DatabaseUrl) -> Result<Contents, Error> {
    match url {
        DatabaseUrl::Sqlite(path) => of_file(path),
        DatabaseUrl::Postgres(address) => {
            let (client, connection) = tokio_postgres::connect(address, NoTls).await?;
            let connection = tokio::spawn(connection);
            let tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'";
            let mut contents = Contents::new();
            for table in texts(&client.simple_query(tables).await?) {
                let rows = client.simple_query(&format!("SELECT t::text FROM {table} t ORDER BY 1")).await?;
                contents.insert(table, texts(&rows));
            }
            drop(client);
            let _ = connection.await;
            Ok(without_the_servers(contents))
        }
    }
}

fn of_file(path: &Path) -> Result<Contents, Error> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mut tables = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")?;
    let tables = tables.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    let mut contents = Contents::new();
    for table in tables {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}"))?;
        let columns = statement.column_count();
        let row = |row: &rusqlite::Row<'_>| {
            (0..columns).map(|at| row.get_ref(at).map(shown)).collect::<Result<Vec<_>, _>>()
        };
        let rows = statement.query_map([], row)?.collect::<Result<Vec<_>, _>>()?;
        let mut rows: Vec<String> = rows.iter().map(|cells| cells.join(",")).collect();
        rows.sort_unstable();
        contents.insert(table, rows);
    }
    Ok(without_the_servers(contents))
}

fn without_the_servers(mut contents: Contents) -> Contents {
    contents.retain(|table, _| !OF_THE_SERVER.contains(&table.as_str()));
    contents
}

fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        other => format!("{other:?}"),
    }
}

fn texts(messages: &[SimpleQueryMessage]) -> Vec<String> {
    let text = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
        _ => None,
    };
    messages.iter().filter_map(text).collect()
}
