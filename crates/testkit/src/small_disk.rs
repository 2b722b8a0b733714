//! A disk with little room, to be filled.

use std::{
    io::{BufRead, BufReader, Read, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::Error;

/// `$1` is where, `$2` the bytes. As in `process.rs`: it ends with the handle, or with the test process.
const KEEPER: &str = r#"mount -t tmpfs -o size="$2",mode=755 tmpfs "$1" || exit 1
echo mounted; cat >/dev/null; umount "$1" 2>/dev/null || umount -l "$1"; rmdir "$1""#;

/// A file system in memory that takes so many bytes and no more. It is gone when this is dropped.
#[derive(Debug)]
pub struct SmallDisk {
    keeper: Child,
    path: PathBuf,
}

impl SmallDisk {
    /// Mounts one; none where this process may not mount, which it says on standard error.
    ///
    /// # Errors
    /// When it should work and does not.
    pub fn mount(bytes: u64) -> Result<Option<Self>, Error> {
        let path = tempfile::Builder::new().prefix("parlor-disk-").tempdir()?.keep();
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(&path)
            .arg(bytes.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let mut said = String::new();
        if let Some(output) = keeper.stdout.take() {
            BufReader::new(output).read_line(&mut said)?;
        }
        if said.trim() == "mounted" {
            return Ok(Some(Self { keeper, path }));
        }
        let mut complaint = String::new();
        if let Some(mut output) = keeper.stderr.take() {
            output.read_to_string(&mut complaint)?;
        }
        keeper.wait()?;
        std::fs::remove_dir(&path)?;
        let refused = ["permission denied", "must be superuser", "only root"];
        if refused.iter().any(|words| complaint.to_lowercase().contains(words)) {
            eprintln!("SKIPPED: this process may not mount a small disk: {}", complaint.trim());
            return Ok(None);
        }
        Err(Error::Setup(format!("no small disk could be mounted: {}", complaint.trim())))
    }

    /// Its folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves no byte of room.
    ///
    /// # Errors
    /// When it does not fill.
    pub fn fill(&self) -> Result<(), Error> {
        let mut filler = std::fs::File::options().create(true).append(true).open(self.filler())?;
        for chunk in [1 << 16, 1] {
            let full = loop {
                if let Err(error) = filler.write_all(&vec![0; chunk]) {
                    break error;
                }
            };
            if full.kind() != std::io::ErrorKind::StorageFull {
                return Err(full.into());
            }
        }
        Ok(())
    }

    /// Takes back what [`fill`](Self::fill) took.
    ///
    /// # Errors
    /// When it was not filled.
    pub fn make_room(&self) -> Result<(), Error> {
        Ok(std::fs::remove_file(self.filler())?)
    }

    fn filler(&self) -> PathBuf {
        self.path.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}
