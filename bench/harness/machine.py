"""What the figures were measured on, and whether everything needed is there."""

import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

from .errors import BenchError

POSTGRES_FOLDERS = ("/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/16/bin", "/usr/lib/postgresql/17/bin")
TOOLS = {
    "cargo": "install Rust from https://rustup.rs",
    "node": "install Node.js 20 or newer",
    "npm": "install Node.js 20 or newer, with npm",
    "taskset": "apt-get install util-linux",
    "setpriv": "apt-get install util-linux",
}


def postgres_folder() -> Path:
    for folder in map(Path, POSTGRES_FOLDERS):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    raise BenchError("PostgreSQL 15 is missing: apt-get install postgresql")


def check_tools() -> None:
    missing = [f"  {tool}: {remedy}" for tool, remedy in TOOLS.items() if shutil.which(tool) is None]
    if missing:
        raise BenchError("these tools are missing:\n" + "\n".join(missing))
    postgres_folder()
    check_cores()


def check_cores() -> None:
    if len(os.sched_getaffinity(0)) < 2:
        raise BenchError("two cores are needed: one for the server, one for the load")


def cores() -> tuple[int, int]:
    """The server's core and the load's."""
    first, second, *_ = sorted(os.sched_getaffinity(0))
    return first, second


def describe(root: Path) -> list[tuple[str, str]]:
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    return [
        ("commit", _commit(root)),
        ("CPU", cpu.group(1).strip() if cpu else platform.processor()),
        ("cores", str(os.cpu_count())),
        ("memory", f"{int(memory.group(1)) / 1024 / 1024:.0f} GiB" if memory else "?"),
        ("kernel", platform.release()),
        ("load average before", f"{os.getloadavg()[0]:.1f} (a calm machine has less than 0.5)"),
        ("rustc", _says("rustc", "--version")),
        ("Node.js", _says("node", "--version")),
        ("PostgreSQL", _says(str(postgres_folder() / "postgres"), "--version")),
    ]


def _commit(root: Path) -> str:
    head = _says("git", "-C", str(root), "rev-parse", "--short=12", "HEAD")
    ours = ("crates", "bench/floor", "bench/peers", "Cargo.toml", "Cargo.lock")
    changed = _says("git", "-C", str(root), "status", "--porcelain", "--", *ours)
    return f"{head}, with uncommitted changes" if changed else head


def _says(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return "?"
