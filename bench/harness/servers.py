"""The servers that are measured, ours and the peers; each starts on a free port, pinned to the server's core."""

import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

from .errors import BenchError, Missing
from .processes import Process, accepts, answers, free_port

SECRET = "benchmarks-only-0123456789abcdef"  # signs tokens of invented people on servers that live for seconds


class Server:
    """A server that is up."""

    def __init__(self, process: Process, port: int, secret: str | None, database_pid: int | None = None):
        self.process, self.port, self.secret, self.database_pid = process, port, secret, database_pid


class Servers:
    """Knows how to start each of them."""

    def __init__(self, root: Path, binaries: Path, scratch: Path, core: int):
        self._peers, self._binaries, self._scratch, self._core = root / "bench/peers", binaries, scratch, core
        self._starts = 0

    @property
    def parlor_binary(self) -> Path:
        return self._built("parlor")

    def _built(self, name: str) -> Path:
        binary = self._binaries / name
        if not binary.exists():
            raise Missing(f"{name} is not built ({binary})")
        return binary

    @contextmanager
    def _serving(self, name, command, port, *, env=None, up, cores=None, secret=None, database_pid=None):
        self._starts += 1
        log = self._scratch / f"{self._starts:03}-{name}.log"
        environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C", **(env or {})}
        with Process(name, command, cores=cores or [self._core], log=log, env=environment) as process:
            process.wait_for(up, pause=0.002)
            yield Server(process, port, secret, database_pid)

    def room(self, cores=None):
        """Our transport's `room` example. It makes one shard for each core that it may use."""
        port = free_port()
        command = [self._built("examples/room")]
        return self._serving("room", command, port, env={"PORT": str(port)}, up=lambda: accepts(port), cores=cores)

    def gauges(self, cores=None, **settings):
        """`room` with its counters at `/stats`, and admission as by default."""
        port = free_port()
        command, env = [self._built("examples/gauges")], {"PORT": str(port), **{k: str(v) for k, v in settings.items()}}
        return self._serving("gauges", command, port, env=env, up=lambda: accepts(port), cores=cores)

    def floor(self):
        port = free_port()
        command = [self._built("parlor-floor"), "fanout", "--port", port]
        return self._serving("floor", command, port, up=lambda: accepts(port))

    def socketioxide(self):
        port = free_port()
        command = [self._built("peer-socketioxide")]
        return self._serving("socketioxide", command, port, env={"PORT": str(port)}, up=lambda: accepts(port))

    def node_socketio(self):
        port = free_port()
        env = {"PORT": str(port), "NODE_ENV": "production"}
        command = [self._node(), self._peers / "node-socketio/server.js"]
        return self._serving("node-socketio", command, port, env=env, up=lambda: accepts(port))

    def node_reference(self, postgres, database_port: int | None = None, database: str | None = None):
        port = free_port()
        url = postgres.url(database or postgres.new_database("reference"), database_port)
        env = {"PORT": str(port), "NODE_ENV": "production", "DATABASE_URL": url, "JWT_SECRET": SECRET}
        command = [self._node(), self._peers / "node-reference/server.js"]
        return self._serving(
            "node-reference", command, port, env=env, up=lambda: answers(port, "/readyz"), secret=SECRET,
            database_pid=postgres.pid,
        )

    @contextmanager
    def parlor(self, postgres=None, database_port: int | None = None, database: str | None = None, data=None, **limits):
        """On PostgreSQL when a cluster is given (in a new database when none is named), else on SQLite; a file in a folder
        that is given stays."""
        binary, port = self.parlor_binary, free_port()
        folder = data or self.new_folder("parlor-data")
        env = {"PARLOR_AUTH_JWT_SECRET": SECRET, "PARLOR_LIMITS_SEND_RATE": "off"}
        env |= {f"PARLOR_LIMITS_{name.upper()}": str(value) for name, value in limits.items()}
        if postgres:
            env["PARLOR_DATABASE_URL"] = postgres.url(database or postgres.new_database("parlor"), database_port)
            self._migrate(binary, folder, env)
        command = [binary, "serve", "--listen", f"127.0.0.1:{port}", "--data-dir", folder]
        try:
            with self._serving(
                "parlor", command, port, env=env, up=lambda: answers(port, "/readyz"), secret=SECRET,
                database_pid=postgres.pid if postgres else None,
            ) as server:
                yield server
        finally:
            if data is None:
                shutil.rmtree(folder, ignore_errors=True)

    def _migrate(self, binary: Path, data: Path, env: dict) -> None:
        self._tool([binary, "migrate", "up", "--data-dir", data], env)

    def seed_parlor(self, url: str, **options) -> None:
        """Fills a database, as `parlor dev seed --help` says; whatever is not measured may take both cores."""
        arguments = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", value)]
        env = {"PARLOR_AUTH_JWT_SECRET": SECRET, "PARLOR_DATABASE_URL": url}
        self._tool([self.parlor_binary, "dev", "seed", "--quiet", *arguments], env)

    def seed_node_reference(self, url: str, prefix: str, users: int, conversations_per_user: int) -> None:
        """The same people and direct conversations for the hand-built server."""
        command = [self._node(), self._peers / "node-reference/seed.js", prefix, users, conversations_per_user]
        self._tool(command, {"DATABASE_URL": url})

    @staticmethod
    def _tool(command: list, env: dict) -> None:
        command = list(map(str, command))
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BenchError(f"{' '.join(command)}: {done.stderr.strip()}")

    def new_folder(self, name: str) -> Path:
        self._starts += 1
        folder = self._scratch / f"{self._starts:03}-{name}"
        folder.mkdir()
        return folder

    @staticmethod
    def _node() -> str:
        node = shutil.which("node")
        if node is None:
            raise BenchError("Node.js is missing")
        return os.path.realpath(node)
