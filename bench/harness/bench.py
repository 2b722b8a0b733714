"""What every scenario uses: servers, load, a PostgreSQL that starts when first needed, rounds and their medians."""

import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from .load import Load
from .postgres import Postgres
from .servers import Servers
from .table import Budget, Row


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    rounds: int
    messages: int
    warm_up_ms: int
    duration_ms: int
    idle_connections: int
    idle_conversations: int
    settle_ms: int
    messages_read: int
    requests: int
    abandon_seconds: int = 60

    @property
    def duration(self) -> dict:
        return {"warm_up_ms": self.warm_up_ms, "duration_ms": self.duration_ms}


QUICK = Size(
    rounds=3, messages=100, warm_up_ms=700, duration_ms=1500,
    idle_connections=3000, idle_conversations=4, settle_ms=1000, messages_read=1_000_000, requests=300,
)
FULL = Size(
    rounds=5, messages=300, warm_up_ms=1500, duration_ms=5000,
    idle_connections=15_000, idle_conversations=20, settle_ms=3000, messages_read=10_000_000, requests=1000,
)
# For the checks of the transport: `--long` has the length that the guarantees name.
SUITE = replace(FULL, rounds=3)
LONG_SUITE = replace(SUITE, abandon_seconds=300)


class Bench:
    def __init__(
        self, servers: Servers, load: Load, size: Size, cores: tuple[int, int], scratch: Path, stack: ExitStack
    ):
        self.servers, self.load, self.size, self.cores = servers, load, size, cores
        self._scratch, self._stack = scratch, stack
        self._postgres, self._start = None, time.monotonic()

    @property
    def postgres(self) -> Postgres:
        if self._postgres is None:
            self.say("starting PostgreSQL")
            # Beside the scratch folder, not inside: the cluster belongs to another account.
            self._postgres = self._stack.enter_context(Postgres(self.cores[0], self._scratch.parent))
        return self._postgres

    def say(self, text: str) -> None:
        print(f"[{time.monotonic() - self._start:4.0f} s] {text}", file=sys.stderr, flush=True)

    def alternate(self, what: str, contenders: dict, show=None, at_most: int | None = None) -> dict[str, list[dict]]:
        """Runs all contenders in turn, round after round, fewer where a round is long; the reports of each."""
        reports = {name: [] for name in contenders}
        rounds = min(self.size.rounds, at_most or self.size.rounds)
        for number in range(rounds):
            for name, run in contenders.items():
                reports[name].append(run())
            told = ", ".join(f"{name} {show(runs[-1]):.4g}" for name, runs in reports.items()) if show else ""
            self.say(f"{what}: round {number + 1} of {rounds}: {told}")
        return reports


def figures(reports: list[dict], *path: str) -> list[float]:
    """The same field of several reports."""
    found = reports
    for name in path:
        found = [report[name] for report in found]
    return found


def compare(id: str, what: str, unit: str, ours: list, peer_name: str, peer: list, budget: Budget | None = None) -> Row:
    """Medians of both, and the median of the ratios round by round: neighbours in time share the machine's moods."""
    ratios = [mine / other for mine, other in zip(ours, peer) if other]
    ratio = median(ratios) if ratios else None
    return Row(id, what, unit, median(ours), peer_name, median(peer), ratio, budget)


def alone(id: str, what: str, unit: str, ours: list, budget: Budget | None = None) -> Row:
    return Row(id, what, unit, median(ours), budget=budget)
