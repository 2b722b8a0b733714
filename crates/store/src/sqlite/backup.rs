//! A copy of a file as it is at one moment, while it is in use.

use std::{fs::File, path::Path};

use super::connection::{Purpose, open};
use crate::StoreError;

/// Copies a database to `target`, whole or not at all, and checks the copy.
pub(crate) fn back_up(path: &Path, target: &Path) -> Result<(), StoreError> {
    let shown = target.display();
    let failed = |error: &dyn std::fmt::Display| {
        StoreError::Unavailable(format!("no backup could be made at {shown}: {error}"))
    };
    if !path.exists() {
        return Err(StoreError::Config(format!("there is no database at {}", path.display())));
    }
    let mut unfinished = target.as_os_str().to_owned();
    unfinished.push(".part");
    let unfinished = Path::new(&unfinished);
    if unfinished.exists() {
        std::fs::remove_file(unfinished).map_err(|error| failed(&error))?;
    }
    let connection = open(path, Purpose::Checkpoint)?;
    // One statement is one snapshot: commits go on beside it.
    let name = unfinished.to_string_lossy();
    connection.execute("VACUUM INTO ?1", [name.as_ref()]).map_err(|error| failed(&error))?;
    let copy = rusqlite::Connection::open(unfinished)?;
    let found: String = copy.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if found != "ok" {
        return Err(StoreError::Corrupt(format!("the copy of {}: {found}", path.display())));
    }
    drop(copy);
    File::open(unfinished).and_then(|file| file.sync_all()).map_err(|error| failed(&error))?;
    std::fs::rename(unfinished, target).map_err(|error| failed(&error))?;
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| failed(&error))
}
