//! What a database holds, read past the store, so that the checker does not rest on what it judges.

use std::{collections::HashMap, path::Path};

use checker::{Conversation, Dump, Member, Message, Row, User};
use rusqlite::{Connection, OpenFlags};
use store::DatabaseUrl;
use tokio_postgres::{NoTls, SimpleQueryMessage};

use crate::Error;

/// Every query gives its columns as text. `{id}` is an identifier as 32 hexadecimal digits.
const CONVERSATIONS: &str =
    "SELECT key, {id}, last_seq, last_rev, changes_floor FROM conversations ORDER BY key";
const MESSAGES: &str = "SELECT m.conversation, {id}, m.seq, m.rev, u.subject, COALESCE(m.body, ''), \
     CASE WHEN m.kind = 1 AND m.deleted_at IS NULL THEN 1 ELSE 0 END \
     FROM messages m JOIN users u ON u.key = m.sender ORDER BY m.conversation, m.seq";
const CHANGES: &str = "SELECT conversation, rev FROM changes ORDER BY conversation, rev";
const MEMBERS: &str = "SELECT p.conversation, u.subject, p.joined_seq, COALESCE(s.read_seq, 0) FROM participants p \
     JOIN users u ON u.key = p.user_key LEFT JOIN participant_state s \
     ON s.user_key = p.user_key AND s.conversation = p.conversation WHERE p.left_at IS NULL";
const USERS: &str = "SELECT key, subject, last_user_rev, changes_floor FROM users ORDER BY key";
const USER_CHANGES: &str = "SELECT user_key, user_rev FROM user_changes ORDER BY user_key, user_rev";

type Rows = Vec<Vec<String>>;

/// Reads all that the checker judges. Nothing may be written meanwhile.
///
/// # Errors
/// When the database cannot be read.
pub async fn dump(url: &DatabaseUrl) -> Result<Dump, Error> {
    let mut tables = Vec::new();
    match url {
        DatabaseUrl::Sqlite(path) => return dump_file(path),
        DatabaseUrl::Postgres(address) => {
            let (client, connection) = tokio_postgres::connect(address, NoTls).await?;
            let connection = tokio::spawn(connection);
            for (sql, id) in queries("replace(ID::text, '-', '')") {
                let rows = client.simple_query(&sql.replace("{id}", &id)).await?;
                tables.push(rows.iter().filter_map(texts).collect::<Rows>());
            }
            drop(client);
            let _ = connection.await;
        }
    }
    assemble(tables)
}

/// Reads a SQLite file; one that is damaged is refused.
///
/// # Errors
/// When it cannot be read, or `PRAGMA integrity_check` finds something.
pub fn dump_file(path: &Path) -> Result<Dump, Error> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let verdict: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(Error::Setup(format!("{} is damaged: {verdict}", path.display())));
    }
    let mut tables = Vec::new();
    for (sql, id) in queries("lower(hex(ID))") {
        let mut statement = connection.prepare(&sql.replace("{id}", &id))?;
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| (0..columns).map(|at| text(row, at)).collect())?;
        tables.push(rows.collect::<Result<Rows, _>>()?);
    }
    assemble(tables)
}

fn queries(id: &str) -> [(&'static str, String); 6] {
    let of = |column: &str| id.replace("ID", column);
    [
        (CONVERSATIONS, of("id")),
        (MESSAGES, of("m.id")),
        (CHANGES, String::new()),
        (MEMBERS, String::new()),
        (USERS, String::new()),
        (USER_CHANGES, String::new()),
    ]
}

fn text(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<String> {
    use rusqlite::types::ValueRef;
    Ok(match row.get_ref(at)? {
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => format!("{other:?}"),
    })
}

fn texts(message: &SimpleQueryMessage) -> Option<Vec<String>> {
    let SimpleQueryMessage::Row(row) = message else { return None };
    Some((0..row.len()).map(|at| row.get(at).unwrap_or_default().to_owned()).collect())
}

fn assemble(tables: Vec<Rows>) -> Result<Dump, Error> {
    let Ok([conversations, messages, changes, members, users, user_changes]) = <[Rows; 6]>::try_from(tables)
    else {
        return Err(Error::Setup("a table is missing".into()));
    };
    let mut all: HashMap<&str, Conversation> = HashMap::new();
    for row in &conversations {
        let (id, last_seq, last_rev) = (row[1].clone(), number(&row[2])?, number(&row[3])?);
        let trimmed_to = number(&row[4])?;
        all.insert(&row[0], Conversation { id, last_seq, last_rev, trimmed_to, ..Conversation::default() });
    }
    for row in &messages {
        let conversation = known(&mut all, &row[0])?;
        let message = Message {
            conversation: conversation.id.clone(),
            id: row[1].clone(),
            seq: number(&row[2])?,
            rev: number(&row[3])?,
            sender: row[4].clone(),
            body: row[5].clone(),
        };
        conversation.messages.push(Row { message, counts: row[6] == "1" });
    }
    for row in &changes {
        known(&mut all, &row[0])?.changes.push(number(&row[1])?);
    }
    for row in &members {
        let (joined_seq, read_seq) = (number(&row[2])?, number(&row[3])?);
        let member = Member { user: row[1].clone(), joined_seq, read_seq, unread: None };
        known(&mut all, &row[0])?.members.push(member);
    }
    let conversations = all.into_values().collect();
    Ok(Dump { conversations, users: streams(&users, &user_changes)? })
}

fn streams(users: &Rows, changes: &Rows) -> Result<Vec<User>, Error> {
    let mut all = Vec::new();
    for row in users {
        let own = changes.iter().filter(|change| change[0] == row[0]);
        let changes = own.map(|change| number(&change[1])).collect::<Result<_, _>>()?;
        let (id, last_user_rev, trimmed_to) = (row[1].clone(), number(&row[2])?, number(&row[3])?);
        all.push(User { id, last_user_rev, trimmed_to, changes });
    }
    Ok(all)
}

fn known<'a>(all: &'a mut HashMap<&str, Conversation>, key: &str) -> Result<&'a mut Conversation, Error> {
    all.get_mut(key).ok_or_else(|| Error::Setup(format!("a row of no conversation: {key}")))
}

fn number(text: &str) -> Result<u64, Error> {
    text.parse().map_err(|_| Error::Setup(format!("{text:?} is no number")))
}
