"""An ephemeral PostgreSQL cluster with its default durability, on the server's core."""

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from .errors import BenchError
from .machine import postgres_folder
from .processes import Process, free_port

ACCOUNT = "postgres"  # initdb refuses root


class Postgres:
    """Starts with the first use, ends with the run."""

    def __init__(self, core: int, parent: Path | None):
        self._folder = Path(tempfile.mkdtemp(prefix="parlor-bench-postgres-", dir=parent))
        self._bin, self._core, self._names = postgres_folder(), core, itertools.count(1)
        self._account = ACCOUNT if os.geteuid() == 0 else None
        self._process, self.port = None, free_port()

    @property
    def pid(self) -> int:
        return self._process.pid

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self) -> None:
        if self._account:
            shutil.chown(self._folder, self._account, self._account)
        data = self._folder / "data"
        self._run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "--no-locale", "-E", "UTF8")
        command = [self._bin / "postgres", "-D", data, "-p", self.port, "-k", self._folder]
        settings = ["-c", "listen_addresses=127.0.0.1"]
        self._process = Process(
            "PostgreSQL", command + settings, cores=[self._core], log=self._folder / "log", user=self._account,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            stop_with=signal.SIGQUIT,  # at once: nobody will read this cluster again
        )
        self._process.wait_for(lambda: self._run("pg_isready", "-h", "127.0.0.1", "-p", self.port, check=False))

    def __exit__(self, *_):
        try:
            if self._process:
                self._process.stop()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program, *arguments, check=True) -> bool:
        become = ["setpriv", "--reuid", ACCOUNT, "--regid", ACCOUNT, "--init-groups"] if self._account else []
        done = subprocess.run(
            [*become, self._bin / program, *map(str, arguments)], capture_output=True, text=True, cwd="/", check=False
        )
        if check and done.returncode != 0:
            raise BenchError(f"{program} failed:\n{done.stdout}{done.stderr}")
        return done.returncode == 0

    def new_database(self, owner: str) -> str:
        """Creates an empty database; its name."""
        name = f"{owner}_{next(self._names)}".replace("-", "_")
        self.query("postgres", f"create database {name}")
        return name

    def url(self, database: str, port: int | None = None) -> str:
        return f"postgres://postgres@127.0.0.1:{port or self.port}/{database}"

    def query(self, database: str, sql: str) -> str:
        command = [self._bin / "psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql, self.url(database)]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BenchError(f"psql: {done.stderr.strip()}")
        return done.stdout.strip()

    def wal_position(self) -> int:
        """Bytes of write-ahead log since the cluster was made."""
        return int(self.query("postgres", "select pg_current_wal_insert_lsn() - '0/0'::pg_lsn").split(".")[0])
