"""Reads of a small and of a large database with the same people and conversations."""

import shutil

from ..bench import Bench, compare, figures
from ..table import Budget, Row

USERS, CONVERSATIONS, SMALL = 50_000, 10_000, 100_000
RUN = "p9"
KINDS = {
    "history": "a page of history",
    "sync": "sync, 20 conversations changed",
    "unread": "unread totals",
    "conversations": "a page of conversations with unread",
}
# Trimming would work beside the measurement.
KEPT = {"changes_kept_rows": 1_000_000_000}


def growth(bench: Bench) -> list[Row]:
    return _on_sqlite(bench) + _on_postgres(bench)


def _on_sqlite(bench: Bench) -> list[Row]:
    folders = {messages: bench.servers.new_folder(f"p9-{messages}") for messages in (SMALL, bench.size.messages_read)}
    try:
        for messages, folder in folders.items():
            _seed(bench, "SQLite", f"sqlite:{folder}/parlor.db", messages)
        small, large = (bench.servers.parlor(data=folder, **KEPT) for folder in folders.values())
        return _compared(bench, "SQLite", small, large)
    finally:
        for folder in folders.values():
            shutil.rmtree(folder, ignore_errors=True)


def _on_postgres(bench: Bench) -> list[Row]:
    databases = {messages: bench.postgres.new_database("p9") for messages in (SMALL, bench.size.messages_read)}
    try:
        for messages, database in databases.items():
            _seed(bench, "PostgreSQL", bench.postgres.url(database), messages)
            bench.postgres.query(database, "vacuum analyze")
        servers = (bench.servers.parlor(bench.postgres, database=database, **KEPT) for database in databases.values())
        return _compared(bench, "PostgreSQL", *servers)
    finally:
        for database in databases.values():
            bench.postgres.query("postgres", f"drop database {database} with (force)")


def _seed(bench: Bench, engine: str, url: str, messages: int) -> None:
    bench.servers.seed_parlor(url, prefix=f"load-{RUN}", users=USERS, conversations=CONVERSATIONS, messages=messages)
    bench.say(f"P9: {messages:,} messages on {engine}")


def _compared(bench: Bench, engine: str, small, large) -> list[Row]:
    options = {"run": RUN, "users": USERS, "requests": bench.size.requests}
    with small as few, large as many:
        contenders = {
            "large": lambda: bench.load.reads(many, **options),
            "small": lambda: bench.load.reads(few, **options),
        }
        reports = bench.alternate(f"P9 {engine}", contenders, lambda report: report["unread"]["p99_ms"], at_most=3)
    count = f"{bench.size.messages_read // 1_000_000} million messages"
    return [
        compare(
            "P9", f"{what}, {count}, p99, {engine}", "ms", figures(reports["large"], kind, "p99_ms"), "100 000",
            figures(reports["small"], kind, "p99_ms"), Budget(at_most=2),
        )
        for kind, what in KINDS.items()
    ]
