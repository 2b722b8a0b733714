//! Where the database is.

use std::{fmt, path::PathBuf, str::FromStr};

use tokio_postgres::config::SslMode;

use crate::{Engine, StoreError};

/// The address of a database. Shown without its password.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL server's address, as libpq reads it.
    Postgres(String),
}

impl DatabaseUrl {
    /// Reads `sqlite:path`, `postgres://…` or `postgresql://…`.
    ///
    /// # Errors
    /// [`StoreError::Config`], saying what is wrong without repeating the address, which may hold a password.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let config = |message: &str| Err(StoreError::Config(message.into()));
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() {
                return config("the database address names no file; write sqlite:/path/to/parlor.db");
            }
            if path.contains(":memory:") || path.contains('?') {
                return config(
                    "a SQLite address is sqlite: and the path of a file; it takes no options and no :memory:",
                );
            }
            return Ok(Self::Sqlite(path.into()));
        }
        if let Some(rest) = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://")) {
            // Read up to the first @, the rest of a password would be taken, and shown, as the host.
            let authority = rest.split(['/', '?']).next().unwrap_or_default();
            if authority.matches('@').count() > 1 {
                return config(
                    "the PostgreSQL address has more than one @; write one in a user or password as %40",
                );
            }
            return match tokio_postgres::Config::from_str(text) {
                Ok(address) if address.get_ssl_mode() == SslMode::Require => config(
                    "this version speaks no TLS to PostgreSQL; leave sslmode=require out, and reach the server over a \
                         private network or a local proxy",
                ),
                Ok(_) => Ok(Self::Postgres(text.to_owned())),
                Err(error) => Err(StoreError::Config(format!(
                    "the PostgreSQL address cannot be read ({error}); write postgres://user:password@host:5432/database"
                ))),
            };
        }
        config("a database address starts with sqlite: or postgres://")
    }

    /// Which engine it is for.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = StoreError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Sqlite(path) => return write!(f, "sqlite:{}", path.display()),
            Self::Postgres(text) => text,
        };
        // Built from what was understood, so that nothing unexpected slips through.
        let Ok(config) = tokio_postgres::Config::from_str(text) else { return f.write_str("postgres://…") };
        let host = config.get_hosts().first().map_or_else(String::new, |host| match host {
            tokio_postgres::config::Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
        });
        f.write_str("postgres://")?;
        if let Some(user) = config.get_user() {
            write!(f, "{user}@")?;
        }
        f.write_str(&host)?;
        if let Some(port) = config.get_ports().first() {
            write!(f, ":{port}")?;
        }
        write!(f, "/{}", config.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_addresses_name_a_file() {
        let path = |text: &str| match DatabaseUrl::parse(text) {
            Ok(DatabaseUrl::Sqlite(path)) => path.display().to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(path("sqlite:data/parlor.db"), "data/parlor.db");
        assert_eq!(path("sqlite:/var/parlor.db"), "/var/parlor.db");
        assert_eq!(path("sqlite:///var/parlor.db"), "/var/parlor.db");
        for wrong in ["sqlite:", "sqlite://", "sqlite::memory:", "sqlite:a.db?mode=ro", "mysql://x", ""] {
            assert!(matches!(DatabaseUrl::parse(wrong), Err(StoreError::Config(_))), "{wrong:?}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        for text in [
            "postgres://ada:s3cret@db:5433/parlor",
            "postgresql://ada@db:5433/parlor?password=s3cret",
            "postgres://ada:s3cret@db:5433/parlor?application_name=s3cret",
        ] {
            let url = DatabaseUrl::parse(text).unwrap();
            assert_eq!(url.to_string(), "postgres://ada@db:5433/parlor");
            assert!(!format!("{url:?}").contains("s3cret"));
        }
        let unescaped = DatabaseUrl::parse("postgres://ada:s3@cret@db/parlor").unwrap_err();
        assert!(
            unescaped.to_string().contains("%40") && !unescaped.to_string().contains("cret"),
            "{unescaped}"
        );
        let error = DatabaseUrl::parse("postgres://ada:s3cret@db:notaport/parlor").unwrap_err();
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}
