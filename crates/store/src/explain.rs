//! How an engine carries out each of our statements, as text that is compared with what it was.

use std::fmt::Write as _;

use crate::{Engine, Store, StoreError, postgres, read::Read, sqlite, store::queries};

impl Store {
    /// The query plan of every statement there is, as text: each statement, then indented what the engine reads and
    /// by which index. Costs, estimates and join orders are left out, so that the text changes when a statement, an
    /// index or the engine's choice does, and at no other time.
    ///
    /// # Errors
    /// What the database says of the first statement that it refuses.
    pub async fn explain_all(&self) -> Result<String, StoreError> {
        self.read(|read| Box::pin(async move { read.explain_all().await })).await
    }
}

impl Read {
    async fn explain_all(&mut self) -> Result<String, StoreError> {
        let mut out = String::new();
        match self {
            Self::Sqlite(connection) => {
                let reads = queries().map(|sql| sql.on(Engine::Sqlite));
                for text in reads.chain(sqlite::STATEMENTS.iter().copied()) {
                    push(&mut out, text, &sqlite_plan(connection, text)?);
                }
            }
            Self::Postgres(session) => {
                let reads = queries().map(|sql| sql.on(Engine::Postgres));
                for text in reads.chain(postgres::texts()) {
                    push(&mut out, text, &accesses(&session.explain(text).await?));
                }
            }
        }
        Ok(out)
    }
}

fn push(out: &mut String, text: &str, plan: &[String]) {
    // Comments of a text are for its readers; as one line they would swallow the rest.
    let lines = text.lines().map(|line| line.split("--").next().unwrap_or_default());
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    let _ = writeln!(out, "{}", words.join(" "));
    for line in plan {
        let _ = writeln!(out, "    {line}");
    }
    out.push('\n');
}

/// The engine's own words, indented as its tree.
fn sqlite_plan(connection: &rusqlite::Connection, text: &str) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {text}"))?;
    let mut depths = std::collections::HashMap::from([(0_i64, 0_usize)]);
    let mut lines = Vec::new();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        let (id, parent, detail): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(3)?);
        let depth = depths.get(&parent).copied().unwrap_or_default();
        depths.insert(id, depth + 1);
        lines.push(format!("{}{detail}", "  ".repeat(depth)));
    }
    Ok(lines)
}

/// Of PostgreSQL's tree: which tables are read, by what, and what is sorted; in alphabetical order, since the order of
/// joins is the version's choice.
fn accesses(tree: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut reads_table = false;
    for line in tree {
        let line = line.trim().trim_start_matches("->").trim();
        if let Some(condition) = line.strip_prefix("Index Cond: ") {
            if let Some(access) = out.last_mut().filter(|_| reads_table) {
                let _ = write!(access, " {condition}");
            }
        } else if line.starts_with("Sort Key: ") {
            reads_table = false;
            out.push(line.to_owned());
        } else if line.contains(" on ") || line.contains(" Scan") {
            let verb = line.split(" on ").next().unwrap_or_default();
            let verb = verb.split(" using ").next().unwrap_or_default();
            reads_table = matches!(
                verb,
                "Index Scan"
                    | "Index Scan Backward"
                    | "Index Only Scan"
                    | "Index Only Scan Backward"
                    | "Seq Scan"
                    | "Bitmap Heap Scan"
                    | "Bitmap Index Scan"
                    | "Insert"
                    | "Update"
                    | "Delete"
            );
            if reads_table {
                out.push(line.to_owned());
            }
        }
    }
    out.sort_unstable();
    out
}
