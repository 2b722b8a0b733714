//! Defects that `crates/sim/defects/run` puts into a copy of the product.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{path::Path, process::Command};

#[test]
fn every_defect_can_still_be_put_in() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut patches: Vec<_> =
        crates.join("defects").read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    patches.retain(|path| path.extension().is_some_and(|extension| extension == "patch"));
    assert!(!patches.is_empty());
    for path in patches {
        let root = crates.join("../..");
        let tried =
            Command::new("git").args(["apply", "--check"]).arg(&path).current_dir(root).output().unwrap();
        let told = String::from_utf8_lossy(&tried.stderr);
        assert!(tried.status.success(), "{} does not fit any more; mend it:\n{told}", path.display());
    }
}
