"""Calls the load generator and the SQLite floor, on the load's core and the server's."""

import json
import shutil
import subprocess
from pathlib import Path

from .errors import BenchError
from .servers import Server, Servers


class Load:
    def __init__(self, binaries: Path, core: int, server_core: int):
        self._binaries, self._core, self._server_core = binaries, core, server_core

    def fanout(self, server: Server, **options) -> dict:
        return self._generate("fanout", server, options)

    def idle(self, server: Server, **options) -> dict:
        return self._generate("idle", server, options)

    def sends(self, server: Server, **options) -> dict:
        report = self._generate("sends", server, options)
        if report["lost"]:
            raise BenchError(f"{server.process.name} never answered {report['lost']} sends")
        return report

    def latency(self, server: Server, **options) -> dict:
        return self._generate("latency", server, options)

    def reads(self, server: Server, **options) -> dict:
        return self._generate("reads", server, options)

    def stalled(self, server: Server, **options) -> dict:
        return self._generate("stalled", server, options)

    def abandon(self, server: Server, **options) -> dict:
        return self._generate("abandon", server, options)

    def storm(self, server: Server, **options) -> dict:
        return self._generate("storm", server, options)

    def sqlite_floor(self, servers: Servers, **options) -> dict:
        folder = servers.new_folder("floor-data")
        try:
            command = [self._binaries / "parlor-floor", "sqlite", "--dir", folder, *_arguments(options)]
            return self._run(command, self._server_core)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _generate(self, scenario: str, server: Server, options: dict) -> dict:
        target = {"address": f"127.0.0.1:{server.port}", "pid": server.process.pid}
        if server.secret:
            target["secret"] = server.secret
        if server.database_pid:
            target["database_pid"] = server.database_pid
        command = [self._binaries / "parlor-loadgen", "--json", scenario, *_arguments({**target, **options})]
        try:
            return self._run(command, self._core)
        except BenchError as error:
            raise BenchError(f"{scenario} against {server.process.name}: {error}\n{server.process.last_words()}") from None

    @staticmethod
    def _run(command: list, core: int) -> dict:
        pinned = ["setpriv", "--pdeathsig", "KILL", "taskset", "-c", str(core), *map(str, command)]
        done = subprocess.run(pinned, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BenchError(done.stderr.strip() or f"{command[0]} ended with status {done.returncode}")
        return json.loads(done.stdout)


def _arguments(options: dict) -> list[str]:
    arguments = []
    for name, value in options.items():
        arguments += [f"--{name.replace('_', '-')}"] + ([] if value is True else [str(value)])
    return arguments
