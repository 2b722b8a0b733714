"""Cold start, size on disk, memory at rest."""

import time

from ..bench import Bench, alone
from ..table import Budget, Row

STARTS = 5


def cold_start(bench: Bench) -> list[Row]:
    """From the start of the process, with an empty data folder, until `/readyz` says yes."""
    starts, resident = [], []
    for _ in range(STARTS):
        begin = time.monotonic()
        with bench.servers.parlor() as server:
            starts.append((time.monotonic() - begin) * 1000)
            time.sleep(0.5)
            resident.append(server.process.status_kib("VmRSS") / 1024)
    bench.say(f"P11: ready after {min(starts):.0f}–{max(starts):.0f} ms, {resident[-1]:.1f} MiB at rest")
    size = bench.servers.parlor_binary.stat().st_size / 1e6
    return [
        alone("P11", "start to first answer, new SQLite database", "ms", starts, _limit(150, "ms")),
        alone("P11", "binary", "MB", [size], _limit(40, "MB")),
        alone("P11", "memory at rest (RSS)", "MiB", resident, _limit(30, "MiB")),
    ]


def _limit(bound: float, unit: str) -> Budget:
    return Budget(at_most=bound, absolute=True, unit=unit)
