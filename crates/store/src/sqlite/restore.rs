//! Putting a backup in the place of a database. Whatever goes wrong on the way, and whenever the power goes, the old
//! database is there as a whole, under its own name or the one it is kept as.

use std::{
    fs::File,
    io,
    os::unix::fs::{MetadataExt, chown},
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{
    backup::{beside, copy, faults, folder_of, not_written, sync_folder_of},
    connection::{Purpose, open},
    migrate::{RENEW_EPOCH, applied},
};
use crate::{
    Engine, RowCounts, StoreError, check, migrations,
    read::{Read, ready},
};

/// How long a command that still has the database may take to leave it.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(5);

/// What was put in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The backup's schema. An older one than the program's is brought up to date at the next start.
    pub schema: i64,
    /// What the database holds now.
    pub rows: RowCounts,
    /// Its size.
    pub bytes: u64,
    /// Where what was there before is now: nothing, the database, or the database and its log.
    pub kept: Vec<PathBuf>,
}

/// Puts a copy of `backup` in the place of `database`, under another epoch. The database that was there is kept beside
/// it, its name ending in `kept`. Nothing may have it open.
pub(crate) fn restore(database: &Path, backup: &Path, kept: &str) -> Result<Restored, StoreError> {
    let kept = beside(database, kept);
    for name in [kept.clone(), beside(&kept, "-wal")] {
        if name.exists() {
            return Err(StoreError::Config(format!("{} is there already", name.display())));
        }
    }
    let (source, schema) = verified(backup, database)?;
    let fresh = beside(database, ".restoring");
    let result = prepare(&source, &fresh, database).and_then(|rows| {
        let bytes = std::fs::metadata(&fresh).map_err(|error| not_written(&fresh, &error))?.len();
        let kept = put_in_place(&fresh, database, &kept)?;
        Ok(Restored { schema, rows, bytes, kept })
    });
    if result.is_err() {
        // Best effort: the next attempt does it too.
        let _ = remove(&fresh);
    }
    result
}

/// The backup, opened, with its schema's version: whole, Parlor's, and not of a newer one.
fn verified(backup: &Path, database: &Path) -> Result<(Connection, i64), StoreError> {
    let shown = backup.display();
    let same = |path: &Path| std::fs::metadata(path).map(|file| (file.dev(), file.ino()));
    if !backup.is_file() {
        return Err(StoreError::Config(format!("there is no file at {shown}")));
    }
    if same(backup).is_ok_and(|of_backup| same(database).is_ok_and(|of_database| of_backup == of_database)) {
        return Err(StoreError::Config(format!("{shown} is the database itself, not a backup of it")));
    }
    // It may be on a disk that is only read, and it stays as it is.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let source = Connection::open_with_flags(backup, flags)
        .map_err(|error| StoreError::Unavailable(format!("{shown} cannot be opened: {error}")))?;
    if let Some(fault) = faults(&source).first() {
        return Err(StoreError::Config(format!("{shown} is damaged, or no backup: {fault}")));
    }
    let applied = applied(&source)
        .map_err(|error| StoreError::Config(format!("{shown} is no backup of Parlor's: {error}")))?;
    if applied.is_empty() {
        return Err(StoreError::Config(format!(
            "{shown} is no backup of Parlor's: it holds none of its tables"
        )));
    }
    migrations::pending(Engine::Sqlite, &applied)?;
    Ok((source, migrations::version(&applied)))
}

/// Makes the file that will be the database: copied, checked, under another epoch, and on disk.
fn prepare(source: &Connection, fresh: &Path, database: &Path) -> Result<RowCounts, StoreError> {
    remove(fresh).map_err(|error| not_written(fresh, &error))?;
    copy(source, fresh)?;
    let connection = open(fresh, Purpose::Write)?;
    // Schemas before it get one, new as well, when they are brought up to date.
    if connection.table_exists(None, "epoch")? {
        connection.execute_batch(RENEW_EPOCH)?;
    }
    let mut read = Read::Sqlite(connection);
    let rows = ready(check::count(&mut read))?;
    if let Read::Sqlite(connection) = read {
        fold_log(&connection)?;
    }
    belong_as(fresh, database);
    File::open(fresh).and_then(|file| file.sync_all()).map_err(|error| not_written(fresh, &error))?;
    Ok(rows)
}

/// Moves everything from the log into the file, and the log away. Fails while anybody else has the file open.
fn fold_log(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(LEAVE_TIMEOUT)?;
    connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))
}

/// Gives a new file the owner and the mode of the database, or else the owner of its folder: who restores may be root,
/// who serves is not.
fn belong_as(fresh: &Path, database: &Path) {
    // Who may not do this is the owner already, or cannot help it.
    if let Ok(old) = std::fs::metadata(database) {
        let _ = chown(fresh, Some(old.uid()), Some(old.gid()));
        let _ = std::fs::set_permissions(fresh, old.permissions());
    } else if let Ok(folder) = std::fs::metadata(folder_of(database)) {
        let _ = chown(fresh, Some(folder.uid()), Some(folder.gid()));
    }
}

/// A file of the old database, and the name it is kept under.
type Kept = (PathBuf, PathBuf);

/// Tells under which names the old files are kept.
fn put_in_place(fresh: &Path, database: &Path, kept: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut old: Vec<Kept> = Vec::new();
    if let Err(error) = swap(fresh, database, kept, &mut old) {
        for (file, name) in &old {
            // What has its own name again, or still, is only one name too many.
            if file.exists() || std::fs::hard_link(name, file).is_ok() {
                let _ = std::fs::remove_file(name);
            }
        }
        return Err(error);
    }
    Ok(old.into_iter().map(|(_, name)| name).collect())
}

fn swap(fresh: &Path, database: &Path, kept: &Path, old: &mut Vec<Kept>) -> Result<(), StoreError> {
    let failed = |error: io::Error| not_written(database, &error);
    // Before anything opens it: of a file that is cut to nothing SQLite removes the log.
    keep(&beside(database, "-wal"), &beside(kept, "-wal"), old).map_err(failed)?;
    if settle(database)?
        && let Some((_, log)) = old.pop()
    {
        remove_one(&log).map_err(failed)?;
    }
    keep(database, kept, old).map_err(failed)?;
    sync_folder_of(database).map_err(failed)?;
    // A log that stayed would be applied to the new file.
    for ending in ["-wal", "-shm", "-journal"] {
        remove_one(&beside(database, ending)).map_err(failed)?;
    }
    std::fs::rename(fresh, database).and_then(|()| sync_folder_of(database)).map_err(failed)
}

/// Makes the old database one file, if it can still be read: then there is no moment at which it is in two places.
/// False: it cannot, which may be why somebody restores; it stays as it is, with its log.
fn settle(database: &Path) -> Result<bool, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let settled = Connection::open_with_flags(database, flags).and_then(|connection| fold_log(&connection));
    match settled {
        Ok(()) => Ok(true),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
            Err(StoreError::InUse(format!(
                "{} is open elsewhere, perhaps in `parlor backup` or `parlor check`; try again when that is done",
                database.display()
            )))
        }
        Err(_) => Ok(false),
    }
}

/// Gives a file, if there is one, a second name; a copy, where the file system knows no second names.
fn keep(file: &Path, name: &Path, kept: &mut Vec<Kept>) -> io::Result<()> {
    if !file.exists() {
        return Ok(());
    }
    kept.push((file.to_owned(), name.to_owned()));
    std::fs::hard_link(file, name).or_else(|_| {
        std::fs::copy(file, name)?;
        File::open(name)?.sync_all()
    })
}

fn remove(file: &Path) -> io::Result<()> {
    for ending in ["", "-wal", "-shm", "-journal"] {
        remove_one(&beside(file, ending))?;
    }
    Ok(())
}

fn remove_one(file: &Path) -> io::Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
