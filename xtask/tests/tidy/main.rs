//! Rules that no compiler checks. Each test names the file at fault and what to do about it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod deny;
mod documents;
mod edges;
mod files;
mod registries;
mod spdx;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The repository's folder.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A file of the repository, by its path from the root.
fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Files that are committed or about to be, by their path from the root: what `.gitignore` names is not there.
fn files() -> Vec<String> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(listed.status.success(), "git ls-files: {}", String::from_utf8_lossy(&listed.stderr));
    let listed = String::from_utf8(listed.stdout).unwrap();
    // A file that was removed and not yet committed is listed too.
    listed.lines().map(str::to_owned).filter(|path| root().join(path).is_file()).collect()
}

/// Fails with everything that is wrong, not with the first of it.
#[track_caller]
fn assert_none(rule: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{rule}\n  {}", faults.join("\n  "));
}
