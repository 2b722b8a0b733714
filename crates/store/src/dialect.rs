//! One SQL text per query. What the engines spell differently stands here, side by side.
//!
//! | in a text | SQLite | PostgreSQL |
//! |---|---|---|
//! | `?1` | `?1` | `$1` |
//! | `{ints ?1}` | `IN (SELECT value FROM json_each(?1))` | `= ANY($1::bigint[])` |
//! | `{texts ?1}` | the same | `= ANY($1::text[])` |
//! | `{uuids ?1}` | `IN (SELECT unhex(value) FROM json_each(?1))` | `= ANY($1::uuid[])` |
//! | `{lock t}` | nothing: there is one writer | `FOR UPDATE OF t` |
//! | `{skip locked}` | nothing: there is one writer | `FOR UPDATE SKIP LOCKED` |
//! | `{once}` | `MATERIALIZED`: looked up by an index that is made for it | `NOT MATERIALIZED`: hashed or merged |
//! | `{heads ?1}` | a relation `(id, rev)` from `[["hex of a uuid", rev], …]` | the same |
//! | `{changes r}` | `changes x ON …` in the range `r` of the next line | the same, looked up range by range: else whole conversations are read, since a range is not known to be short |
//! | `{bits x}` | how many of the lowest 32 bits of `x` are set | the same |
//! | `{ranges ?1}` | a relation `(key, after, upto)` from `[[key, after, upto], …]` | the same |

use std::sync::OnceLock;

use crate::Engine;

/// A statement, written once.
pub(crate) struct Sql {
    text: &'static str,
    sqlite: OnceLock<String>,
    postgres: OnceLock<String>,
}

impl Sql {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self { text, sqlite: OnceLock::new(), postgres: OnceLock::new() }
    }

    /// The statement as this engine reads it.
    pub(crate) fn on(&self, engine: Engine) -> &str {
        match engine {
            Engine::Sqlite => self.sqlite.get_or_init(|| render(self.text, engine)),
            Engine::Postgres => self.postgres.get_or_init(|| render(self.text, engine)),
        }
    }
}

fn render(text: &str, engine: Engine) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let (name, parameter) = name.split_once(' ').unwrap_or((name, ""));
        out.push_str(before);
        out.push_str(&spelling(name, engine).replace('#', parameter));
        rest = after;
    }
    out.push_str(rest);
    match engine {
        Engine::Sqlite => out,
        Engine::Postgres => out.replace('?', "$"),
    }
}

fn spelling(name: &str, engine: Engine) -> &'static str {
    let (sqlite, postgres) = match name {
        "ints" => ("IN (SELECT value FROM json_each(#))", "= ANY(#::bigint[])"),
        "texts" => ("IN (SELECT value FROM json_each(#))", "= ANY(#::text[])"),
        "uuids" => ("IN (SELECT unhex(value) FROM json_each(#))", "= ANY(#::uuid[])"),
        "lock" => ("", "FOR UPDATE OF #"),
        "skip" => ("", "FOR UPDATE SKIP LOCKED"),
        "once" => ("MATERIALIZED", "NOT MATERIALIZED"),
        "bits" => ("bit_count(#)", "bit_count(CAST(# AS bit(32)))"),
        "heads" => (
            "(SELECT unhex(value ->> 0) AS id, value ->> 1 AS rev FROM json_each(#))",
            "(SELECT CAST(value ->> 0 AS uuid) AS id, CAST(value ->> 1 AS bigint) AS rev \
              FROM json_array_elements(CAST(# AS json)))",
        ),
        "ranges" => (
            "(SELECT value ->> 0 AS key, value ->> 1 AS after, value ->> 2 AS upto FROM json_each(#))",
            "(SELECT CAST(value ->> 0 AS bigint) AS key, CAST(value ->> 1 AS bigint) AS after, \
              CAST(value ->> 2 AS bigint) AS upto FROM json_array_elements(CAST(# AS json)))",
        ),
        "changes" => (
            "changes x ON x.conversation = #.key AND x.rev > #.after AND x.rev <= #.upto",
            "LATERAL (SELECT * FROM changes WHERE conversation = #.key AND rev > #.after AND rev <= #.upto OFFSET 0) x \
              ON true",
        ),
        // Nothing else is written in our texts; an engine refuses this, and the test that prepares all shows it.
        _ => ("{unknown}", "{unknown}"),
    };
    match engine {
        Engine::Sqlite => sqlite,
        Engine::Postgres => postgres,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_spelled_for_each_engine() {
        let sql = Sql::new("SELECT key FROM users WHERE key {ints ?2} AND issuer = ?1");
        assert_eq!(
            sql.on(Engine::Sqlite),
            "SELECT key FROM users WHERE key IN (SELECT value FROM json_each(?2)) AND issuer = ?1"
        );
        assert_eq!(
            sql.on(Engine::Postgres),
            "SELECT key FROM users WHERE key = ANY($2::bigint[]) AND issuer = $1"
        );
    }
}
