"""Rows of the table, their verdicts, and how they are written."""

from dataclasses import dataclass
from pathlib import Path


@dataclass
class Budget:
    """A bound on the ratio ours/peer, or on our figure itself (`absolute`)."""

    at_most: float | None = None
    at_least: float | None = None
    absolute: bool = False
    unit: str = ""

    def __str__(self) -> str:
        sign, bound = ("≤", self.at_most) if self.at_most is not None else ("≥", self.at_least)
        return f"{sign} {bound:g} {self.unit}".rstrip() if self.absolute else f"{sign} {bound:g}×"

    def holds(self, figure: float) -> bool:
        return figure <= self.at_most if self.at_most is not None else figure >= self.at_least


@dataclass
class Row:
    id: str
    what: str
    unit: str
    ours: float | None
    peer_name: str = ""
    peer: float | None = None
    ratio: float | None = None
    budget: Budget | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        judged = self.ours if self.budget and self.budget.absolute else self.ratio
        if self.note:
            return self.note
        if self.budget is None or judged is None:
            return ""
        return "pass" if self.budget.holds(judged) else "MISS"

    def cells(self) -> list[str]:
        peer = f"{_figure(self.peer)} ({self.peer_name})" if self.peer is not None else ""
        ratio = f"{self.ratio:.2f}×" if self.ratio is not None else ""
        budget = str(self.budget) if self.budget else ""
        return [self.id, f"{self.what}, {self.unit}", _figure(self.ours), peer, ratio, budget, self.verdict]


HEAD = ["id", "what", "ours", "peer", "ratio", "budget", "pass"]


def _figure(value: float | None) -> str:
    if value is None:
        return "–"
    if abs(value) >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def for_terminal(rows: list[Row]) -> str:
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    written = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines]
    return "\n".join([written[0], "─" * len(written[0]), *written[1:]])


def write_markdown(path: Path, rows: list[Row], machine: list[tuple[str, str]], how: str) -> None:
    table = [HEAD, ["---"] * len(HEAD), *(row.cells() for row in rows)]
    lines = [
        "# Latest benchmark results",
        "",
        f"Written by `{how}`; [docs/benchmarks.md](../../docs/benchmarks.md) says how to read it.",
        "",
        *(f"- {name}: {value}" for name, value in machine),
        "",
        *(f"| {' | '.join(line)} |" for line in table),
        "",
    ]
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines))
