//! The diary of `disk.c`: what a process wrote and synced, and what a power loss at any moment leaves of it.

use std::{
    collections::HashMap,
    fs::{File, OpenOptions},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::Command,
};

use crate::Dice;

/// What disks write as a whole.
const SECTOR: usize = 512;

const HEADER: usize = 24;

/// Compiles the library that keeps the diary. There is a compiler: SQLite itself was built with it.
pub(crate) fn library(folder: &Path) -> PathBuf {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/faults/disk.c");
    let library = folder.join("disk.so");
    let mut command = Command::new("cc");
    command.args(["-shared", "-fPIC", "-O2", "-o"]).arg(&library).args([source, "-ldl"]);
    let compiled = command.output().unwrap();
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    library
}

pub(crate) struct Diary {
    bytes: Vec<u8>,
    records: Vec<Record>,
    /// Files and folders by their number.
    paths: HashMap<u32, PathBuf>,
}

struct Record {
    /// Where it begins in the diary.
    position: u64,
    file: u32,
    op: Op,
}

enum Op {
    Write {
        at: u64,
        data: std::ops::Range<usize>,
    },
    Zeros {
        at: u64,
        length: u64,
    },
    Truncate {
        size: u64,
    },
    /// All that was done to the file before the diary had this length is on the disk.
    Sync {
        began: u64,
    },
    Unlink,
}

impl Diary {
    pub(crate) fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        let (mut records, mut paths, mut start) = (Vec::new(), HashMap::new(), 0);
        while let Some(header) = bytes.get(start..start + HEADER) {
            let number = |from: usize| u64::from_le_bytes(header[from..from + 8].try_into().unwrap());
            let short = |from: usize| u32::from_le_bytes(header[from..from + 4].try_into().unwrap());
            let (kind, file, at, length) = (short(0), short(4), number(8), number(16));
            let data = start + HEADER..start + HEADER + length as usize;
            let mut end = start + HEADER;
            let op = match kind {
                0 => {
                    let path = String::from_utf8_lossy(&bytes[data.clone()]).into_owned();
                    paths.insert(file, PathBuf::from(path));
                    end = data.end;
                    None
                }
                1 => {
                    end = data.end;
                    Some(Op::Write { at, data })
                }
                2 => Some(Op::Zeros { at, length }),
                3 => Some(Op::Truncate { size: at }),
                4 => Some(Op::Sync { began: at }),
                5 => Some(Op::Unlink),
                other => panic!("a record of kind {other}"),
            };
            records.extend(op.map(|op| Record { position: start as u64, file, op }));
            start = end;
        }
        Self { bytes, records, paths }
    }

    /// How often something was synced from a position on.
    pub(crate) fn syncs(&self, from: u64) -> usize {
        let is_sync = |record: &&Record| record.position >= from && matches!(record.op, Op::Sync { .. });
        self.records.iter().filter(is_sync).count()
    }

    /// Somewhere between two records, from a position on.
    pub(crate) fn cut(&self, from: u64, dice: &mut Dice) -> u64 {
        let first = self.records.partition_point(|record| record.position < from);
        let chosen = first as u64 + dice.roll((self.records.len() - first) as u64);
        self.records[chosen as usize].position
    }

    /// Writes the files as they may be when the power went at `cut`: what was synced is there; of the rest each write
    /// is there, or is not, or is torn between sectors.
    pub(crate) fn restore(&self, cut: u64, folder: &Path, dice: &mut Dice) {
        let before = || self.records.iter().take_while(|record| record.position < cut);
        let mut safe: HashMap<u32, u64> = HashMap::new();
        for record in before() {
            if let Op::Sync { began } = record.op {
                let safe = safe.entry(record.file).or_default();
                *safe = began.max(*safe);
            }
        }
        let mut files: HashMap<u32, File> = HashMap::new();
        for record in before() {
            let path = &self.paths[&record.file];
            let name = path.file_name().unwrap().to_str().unwrap();
            // The index of the log is made anew from it, locks are the process's, folders are only synced.
            if name.ends_with("-shm") || name.ends_with(".lock") || !name.contains('.') {
                continue;
            }
            // A removal is safe once the folder is synced.
            let keeper = match record.op {
                Op::Unlink => self.paths.iter().find(|(_, folder)| path.parent() == Some(folder)),
                _ => None,
            };
            let keeper = keeper.map_or(record.file, |(number, _)| *number);
            let is_safe = record.position < safe.get(&keeper).copied().unwrap_or(0);
            let file = files.entry(record.file).or_insert_with(|| {
                let options = OpenOptions::new().read(true).write(true).create(true).truncate(true).clone();
                options.open(folder.join(name)).unwrap()
            });
            self.redo(&record.op, file, if is_safe { None } else { Some(&mut *dice) });
            if matches!(record.op, Op::Unlink) && (is_safe || dice.roll(2) == 0) {
                files.remove(&record.file);
                std::fs::remove_file(folder.join(name)).unwrap();
            }
        }
    }

    /// Does it again: as a whole, or by the dice.
    fn redo(&self, op: &Op, file: &File, dice: Option<&mut Dice>) {
        let mut fate = 1;
        let mut torn = Dice(0);
        if let Some(dice) = dice {
            fate = dice.roll(3);
            torn = Dice(dice.roll(u64::MAX));
        }
        if fate == 0 {
            return;
        }
        match op {
            Op::Write { at, data } => {
                for (number, sector) in self.bytes[data.clone()].chunks(SECTOR).enumerate() {
                    if fate == 1 || torn.roll(2) == 0 {
                        file.write_all_at(sector, at + (number * SECTOR) as u64).unwrap();
                    }
                }
            }
            Op::Zeros { at, length } => {
                let size = file.metadata().unwrap().len();
                let overlap = size.saturating_sub(*at).min(*length);
                file.write_all_at(&vec![0; overlap as usize], *at).unwrap();
                file.set_len(size.max(at + length)).unwrap();
            }
            Op::Truncate { size } => file.set_len(*size).unwrap(),
            Op::Sync { .. } | Op::Unlink => {}
        }
    }
}
