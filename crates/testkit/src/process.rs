//! A server process in a folder of its own, both gone when the test process is.
//!
//! A shell stands between: it starts the server, waits until its standard input ends, which happens when the handle
//! is dropped or the test process dies in whatever way, and then kills the server and removes the folder.
//! (`PR_SET_PDEATHSIG` would kill the server when the *thread* of the first test ends.)

use std::{
    fs::File,
    net::{Ipv4Addr, TcpListener},
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use crate::Error;

/// `$1` is the folder, `$2` the signal that ends the server without ado; the rest is the server's command.
const KEEPER: &str = r#"dir=$1 signal=$2; shift 2; "$@" </dev/null & pid=$!; echo $pid >"$dir/pid"; cat >/dev/null; kill -s $signal $pid; wait $pid; rm -rf "$dir""#;

/// The same, but a server that ends is started again.
const REVIVER: &str = r#"dir=$1 signal=$2; shift 2
while :; do "$@" </dev/null & echo $! >"$dir/pid"; wait $!; [ -e "$dir/over" ] && exit; sleep 0.05; done & loop=$!
cat >/dev/null; touch "$dir/over"; kill -s $signal $(cat "$dir/pid"); wait $loop; rm -rf "$dir""#;

/// A running server.
#[derive(Debug)]
pub struct Process {
    keeper: Child,
    dir: PathBuf,
}

impl Process {
    /// Starts `command` with its output in `log` inside of `dir`, which it takes over.
    pub(crate) fn start(dir: TempDir, signal: &str, command: &[String]) -> Result<Self, Error> {
        Self::kept_by(KEEPER, dir, signal, command)
    }

    /// As [`start`](Self::start), and starts it again whenever it ends.
    pub(crate) fn start_reviving(dir: TempDir, signal: &str, command: &[String]) -> Result<Self, Error> {
        Self::kept_by(REVIVER, dir, signal, command)
    }

    fn kept_by(keeper: &str, dir: TempDir, signal: &str, command: &[String]) -> Result<Self, Error> {
        let log = File::create(dir.path().join("log"))?;
        let keeper = Command::new("sh")
            .args(["-c", keeper, "keeper"])
            .arg(dir.path())
            .arg(signal)
            .args(command)
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            // Ctrl-C is for the tests; the keeper then does its work.
            .process_group(0)
            .spawn()?;
        Ok(Self { keeper, dir: dir.keep() })
    }

    /// What the server printed.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.dir.join("log")).unwrap_or_default()
    }

    /// The server's process id; absent until it is started.
    pub(crate) fn pid(&self) -> Option<u32> {
        std::fs::read_to_string(self.dir.join("pid")).ok()?.trim().parse().ok()
    }

    /// Whether the server has ended. Its keeper waits for it last of all, so its number is not another's meanwhile.
    #[cfg(feature = "server")]
    pub(crate) fn has_ended(&self) -> bool {
        let Some(pid) = self.pid() else { return false };
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit(')').next().is_none_or(|rest| rest.trim().is_empty() || rest.trim().starts_with('Z'))
    }

    /// The server's folder.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// Sends a signal, by its name without SIG.
pub(crate) fn signal(name: &str, pid: u32) -> Result<(), Error> {
    output(Command::new("kill").args(["-s", name, &pid.to_string()])).map(drop)
}

/// A port that is free now.
pub(crate) fn free_port() -> Result<u16, Error> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// A program in PATH or in one of `folders`.
pub(crate) fn find(program: &str, folders: &[PathBuf], package: &str) -> Result<PathBuf, Error> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(folders.iter().cloned())
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
        .ok_or_else(|| {
            Error::Setup(format!("{program} is not installed; on Debian: apt-get install {package}"))
        })
}

/// Whether what this process creates is root's.
pub(crate) fn is_root(created: &Path) -> Result<bool, Error> {
    Ok(std::fs::metadata(created)?.uid() == 0)
}

/// What a command prints, or its complaint.
pub(crate) fn output(command: &mut Command) -> Result<String, Error> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(Error::Setup(format!("{} failed: {}", command.get_program().to_string_lossy(), complaint.trim())))
}
