//! A copy of a file as it is at one moment, while it is in use.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use rusqlite::Connection;

use super::connection::{Purpose, open};
use crate::StoreError;

/// Faults of a file that are told at most.
const FAULTS_TOLD: u32 = 100;

/// Copies a database to `target`, whole or not at all, and checks the copy.
pub(crate) fn back_up(path: &Path, target: &Path) -> Result<(), StoreError> {
    if !path.is_file() {
        return Err(StoreError::Config(format!("there is no database at {}", path.display())));
    }
    let unfinished = beside(target, ".part");
    let finish = || std::fs::rename(&unfinished, target).and_then(|()| sync_folder_of(target));
    let made = open(path, Purpose::Checkpoint)
        .and_then(|connection| copy(&connection, &unfinished))
        .and_then(|()| finish().map_err(|error| not_written(target, &error)));
    if made.is_err() {
        // What is there of it only takes room, perhaps the last there was.
        let _ = std::fs::remove_file(&unfinished);
    }
    made
}

/// Copies what a connection sees to a new file, checks the copy, and waits until it is on disk. One statement is one
/// snapshot: commits go on beside it.
pub(super) fn copy(connection: &Connection, target: &Path) -> Result<(), StoreError> {
    if target.exists() {
        std::fs::remove_file(target).map_err(|error| not_written(target, &error))?;
    }
    let name = target.to_string_lossy();
    connection.execute("VACUUM INTO ?1", [name.as_ref()]).map_err(|error| match StoreError::from(error) {
        StoreError::Unavailable(why) => not_written(target, &why),
        other => other,
    })?;
    let copied = Connection::open(target)?;
    if let Some(fault) = faults(&copied).first() {
        return Err(StoreError::Corrupt(format!("the copy at {}: {fault}", target.display())));
    }
    drop(copied);
    File::open(target).and_then(|file| file.sync_all()).map_err(|error| not_written(target, &error))
}

/// What SQLite finds wrong with a file, itself included when it cannot even look.
pub(crate) fn faults(connection: &Connection) -> Vec<String> {
    let look = || -> rusqlite::Result<Vec<String>> {
        let mut statement = connection.prepare(&format!("PRAGMA integrity_check({FAULTS_TOLD})"))?;
        statement.query_map([], |row| row.get::<_, String>(0))?.collect()
    };
    match look() {
        Ok(told) => told.into_iter().filter(|text| text != "ok").collect(),
        Err(error) => vec![error.to_string()],
    }
}

/// The file with something behind its name.
pub(super) fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The folder that a file is in.
pub(super) fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes names that were given in the folder of a file survive a power loss.
pub(super) fn sync_folder_of(file: &Path) -> std::io::Result<()> {
    File::open(folder_of(file))?.sync_all()
}

pub(super) fn not_written(target: &Path, why: &dyn std::fmt::Display) -> StoreError {
    StoreError::Unavailable(format!("{} could not be written: {why}", target.display()))
}
