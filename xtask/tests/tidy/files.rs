//! Sizes, and what lock files may hold.

use crate::{assert_none, files, read};

/// Beyond this a file hides a second concept.
const MAX_LINES: usize = 500;

/// What is written and read by people.
const WRITTEN: &[&str] = &[
    ".rs", ".ts", ".tsx", ".js", ".mjs", ".css", ".html", ".sql", ".py", ".sh", ".toml", ".json", ".jsonc",
    ".md", ".yml", ".yaml", "Makefile",
];

/// Files that a program writes, and why each may be long.
fn is_generated(path: &str) -> bool {
    // The exact versions of everything, by cargo and npm.
    path.ends_with("package-lock.json")
        || path.ends_with("Cargo.lock")
        // From crates/protocol, by `make generate`; ADR 0016.
        || path.contains(".gen.")
        || path.contains("/generated/")
}

#[test]
fn no_file_is_longer_than_500_lines() {
    let written = files().into_iter().filter(|path| WRITTEN.iter().any(|end| path.ends_with(end)));
    let faults: Vec<_> = written
        .filter(|path| !is_generated(path))
        .map(|path| (read(&path).lines().count(), path))
        .filter(|(lines, _)| *lines > MAX_LINES)
        .map(|(lines, path)| {
            format!("{path} has {lines} lines; look for the part that is a thing of its own")
        })
        .collect();
    assert_none("Long files:", &faults);
}

#[test]
fn lock_files_name_versions_and_no_addresses() {
    let locks: Vec<_> = files().into_iter().filter(|path| path.ends_with("package-lock.json")).collect();
    assert!(!locks.is_empty());
    let mut faults = Vec::new();
    for path in locks {
        let folder = path.trim_end_matches("package-lock.json");
        let option = "omit-lockfile-registry-resolved=true";
        if !files().contains(&format!("{folder}.npmrc")) || !read(&format!("{folder}.npmrc")).contains(option)
        {
            faults.push(format!("{folder}.npmrc must say {option}"));
        }
        for line in read(&path).lines() {
            // A package of the workspace is a link to its folder.
            if let Some((_, address)) = line.split_once("\"resolved\": \"")
                && address.contains("://")
            {
                faults.push(format!("{path} names an address: {}", line.trim()));
            }
        }
    }
    assert_none("npm locks hold what is needed, not where somebody once got it:", &faults);
}
