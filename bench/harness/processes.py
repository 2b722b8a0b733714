"""Child processes: pinned, logged, and never left behind.

Each dies with us even when we are killed outright (`setpriv --pdeathsig`), and is stopped by its own process id.
"""

import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from .errors import BenchError

STOP_SECONDS = 10


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A running child; a context manager that stops it."""

    def __init__(self, name, command, *, cores, log: Path, env=None, user=None, stop_with=signal.SIGTERM):
        self.name, self.log, self._stop_with = name, log, stop_with
        become = ["--reuid", user, "--regid", user, "--init-groups"] if user else []
        prefix = ["setpriv", *become, "--pdeathsig", "KILL" if stop_with == signal.SIGTERM else "QUIT"]
        pinned = [*prefix, "taskset", "-c", ",".join(map(str, cores)), *map(str, command)]
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                pinned, stdout=output, stderr=output, stdin=subprocess.DEVNULL, env=env, cwd="/", start_new_session=True
            )
        self.pid = self._child.pid  # setpriv and taskset replace themselves, so this is the server

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self) -> None:
        if self._child.poll() is not None:
            return
        self._child.send_signal(self._stop_with)
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        finally:  # too slow, or a second Ctrl-C while we wait
            self._child.kill()
            self._child.wait()

    def wait_for(self, is_up, seconds: float = 30, pause: float = 0.02) -> None:
        """Waits until `is_up()`; says what the log says when it does not come."""
        deadline = time.monotonic() + seconds
        while not is_up():
            if self._child.poll() is not None:
                raise BenchError(f"{self.name} ended with status {self._child.returncode}:\n{self.last_words()}")
            if time.monotonic() > deadline:
                raise BenchError(f"{self.name} was not ready after {seconds:.0f} s:\n{self.last_words()}")
            time.sleep(pause)

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(f"    {line}" for line in lines[-15:]) or "    (it said nothing)"

    def bytes_written(self) -> int:
        """What it made the disk write, or would, once it is written back."""
        for line in Path(f"/proc/{self.pid}/io").read_text().splitlines():
            if line.startswith("write_bytes:"):
                return int(line.split()[1])
        raise BenchError(f"/proc/{self.pid}/io has no write_bytes")

    def status_kib(self, field: str) -> float:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(f"{field}:"):
                return float(line.split()[1])
        raise BenchError(f"/proc/{self.pid}/status has no {field}")


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def answers(port: int, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=1) as response:
            return response.status == 200
    except (OSError, urllib.error.URLError):
        return False
