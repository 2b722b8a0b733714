"""Release binaries and the peers' packages."""

import os
import subprocess
import sys
from pathlib import Path

from .errors import BenchError

# The load generator and the floor must build; a server of ours that does not is left out, with a word.
NEEDED = (
    ["-p", "parlor-loadgen", "-p", "parlor-floor"],
    ["--manifest-path", "bench/peers/socketioxide/Cargo.toml"],
)
ROOM = ["-p", "parlor-socketio", "--example", "room", "--example", "gauges"]
OURS = (ROOM, ["-p", "parlor"])
# What the suite of the transport alone takes.
TRANSPORT = (["-p", "parlor-loadgen"], ROOM)


def target_folder(root: Path) -> Path:
    return _target(root) / "release"


def _target(root: Path) -> Path:
    return Path(os.environ.get("CARGO_TARGET_DIR", root / "target"))


def build_transport(root: Path) -> None:
    for packages in TRANSPORT:
        if not _cargo(root, packages):
            raise BenchError("the load generator or the examples of the transport do not build")


def build(root: Path) -> None:
    for packages in NEEDED:
        if not _cargo(root, packages):
            raise BenchError("the load generator or a peer does not build")
    for packages in OURS:
        if not _cargo(root, packages):
            print(f"warning: cargo build {' '.join(packages)} failed; going on with what is there", file=sys.stderr)


def _cargo(root: Path, packages: list[str]) -> bool:
    # One folder for all: the peer of another workspace would have its own.
    command = ["cargo", "build", "--release", "--locked", "--target-dir", str(_target(root)), *packages]
    print("+", " ".join(command), file=sys.stderr, flush=True)
    return subprocess.run(command, cwd=root, check=False).returncode == 0


def install_peers(root: Path) -> None:
    """`npm ci` when the lock file is newer than what is installed."""
    peers = root / "bench/peers"
    lock, installed = peers / "package-lock.json", peers / "node_modules/.package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    print("+", " ".join(command), file=sys.stderr, flush=True)
    if subprocess.run(command, cwd=peers, check=False).returncode != 0:
        raise BenchError("the peers' packages could not be installed (npm ci in bench/peers)")
