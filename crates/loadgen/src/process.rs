//! What the kernel knows about the processes that are measured.

use std::fs;

use serde::Serialize;

use crate::cli::Target;

/// CPU time used so far, in seconds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Cpu {
    pub(crate) server: f64,
    pub(crate) database: f64,
}

impl Cpu {
    pub(crate) fn read(target: &Target) -> Self {
        Self {
            server: target.pid.map_or(0.0, cpu_seconds),
            database: target.database_pid.map_or(0.0, |first| tree(first).into_iter().map(cpu_seconds).sum()),
        }
    }

    pub(crate) fn since(self, earlier: Self) -> Self {
        Self { server: self.server - earlier.server, database: self.database - earlier.database }
    }
}

/// Resident memory of the server in KiB.
pub(crate) fn resident_kib(target: &Target) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{}/status", target.pid?)).ok()?;
    field_kib(&status, "VmRSS:")
}

/// Kernel memory of the whole machine that sockets live in, in KiB.
pub(crate) fn kernel_slab_kib() -> Option<f64> {
    field_kib(&fs::read_to_string("/proc/meminfo").ok()?, "Slab:")
}

/// User and system time of all threads. `schedstat` counts nanoseconds; `stat` counts ticks of 10 ms, and is used
/// where the kernel was built without the former.
fn cpu_seconds(pid: u32) -> f64 {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let nanoseconds: f64 = threads
        .filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok())
        .filter_map(|line| line.split(' ').next()?.parse::<f64>().ok())
        .sum();
    if nanoseconds > 0.0 { nanoseconds / 1e9 } else { ticks(pid).unwrap_or(0.0) / 100.0 }
}

fn ticks(pid: u32) -> Option<f64> {
    let stat = stat_fields(pid)?;
    Some(stat.get(11)?.parse::<f64>().ok()? + stat.get(12)?.parse::<f64>().ok()?)
}

/// A process and its children (PostgreSQL serves every connection with one).
fn tree(first: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let children = processes
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|pid| stat_fields(*pid).is_some_and(|stat| stat.get(1) == Some(&first.to_string())));
    children.chain([first]).collect()
}

/// Fields of `/proc/PID/stat` after the name, which may itself hold spaces: state, parent, …
fn stat_fields(pid: u32) -> Option<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    Some(after_name.split_whitespace().map(str::to_owned).collect())
}

fn field_kib(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
