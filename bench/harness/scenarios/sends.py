"""Durable sends: acknowledged ones per second, and how long one takes."""

import time

from ..bench import Bench, alone, compare, figures
from ..relay import Relay
from ..table import Budget, Row

REFERENCE = "node-reference"


# Servers admit a limited number of handshakes a second (limits.md: 1 000).
CONNECT_RATE = 800


def _crowd(bench: Bench, senders: int = 500, **options):
    """Sends of so many people, for the time that this size of run gives them."""
    return lambda server: bench.load.sends(
        server, senders=senders, connect_rate=CONNECT_RATE, **bench.size.duration, **options
    )


def _against_reference(bench: Bench, what: str, run, show) -> tuple[list[dict], list[dict]]:
    """`run` for Parlor and for the hand-built server, both on PostgreSQL on the server's core."""
    with bench.servers.parlor(bench.postgres) as ours, bench.servers.node_reference(bench.postgres) as peer:
        contenders = {"parlor": lambda: run(ours), REFERENCE: lambda: run(peer)}
        reports = bench.alternate(what, contenders, show)
    return reports["parlor"], reports[REFERENCE]


def closed_loop(bench: Bench) -> list[Row]:
    what = "durable sends, 500 closed-loop senders in pairs, PostgreSQL"
    run = _crowd(bench)
    ours, peer = _against_reference(bench, f"P4 {what}", run, lambda report: report["acked_per_second"])

    def row(label, unit, *path, budget=None):
        return compare("P4", label, unit, figures(ours, *path), REFERENCE, figures(peer, *path), budget)

    return [
        row(what, "acked/s", "acked_per_second", budget=Budget(at_least=10)),
        row("the same, p99", "ms", "ack", "p99_ms", budget=Budget(at_most=0.1)),
        row("the same, p50", "ms", "ack", "p50_ms"),
        row("the same, CPU of the server", "µs per send", "server_cpu_us_per_send"),
        row("the same, CPU of PostgreSQL", "µs per send", "database_cpu_us_per_send"),
    ]


def open_loop(bench: Bench) -> list[Row]:
    what = "open loop at 2 000 sends/s, p99 from the intended start, PostgreSQL"
    run = _crowd(bench, rate=2000)
    ours, peer = _against_reference(bench, f"P4b {what}", run, lambda report: report["ack"]["p99_ms"])
    mine, theirs = figures(ours, "ack", "p99_ms"), figures(peer, "ack", "p99_ms")
    return [compare("P4b", what, "ms", mine, REFERENCE, theirs, Budget(at_most=0.1))]


def sqlite(bench: Bench) -> list[Row]:
    what, run = "durable sends, 500 closed-loop senders in pairs, SQLite", _crowd(bench)
    with bench.servers.parlor() as server:
        contenders = {
            "parlor": lambda: run(server),
            "group commit": lambda: _as_acked(bench.load.sqlite_floor(bench.servers, **bench.size.duration)),
        }
        reports = bench.alternate(f"P5 {what}", contenders, lambda report: report["acked_per_second"])
    ours, bare = reports["parlor"], reports["group commit"]
    rate = "acked_per_second"
    return [
        compare("P5", what, "acked/s", figures(ours, rate), "group commit", figures(bare, rate), Budget(at_least=0.7)),
        alone("P5", "the same, p99", "ms", figures(ours, "ack", "p99_ms")),
    ]


def _as_acked(floor: dict) -> dict:
    return {**floor, "acked_per_second": floor["sends_per_second"]}


def one_sender(bench: Bench) -> list[Row]:
    what = "one sender, one in flight, ack p50, PostgreSQL"
    run = _crowd(bench, senders=1)
    ours, peer = _against_reference(bench, f"P6 {what}", run, lambda report: report["ack"]["p50_ms"])
    mine, theirs = figures(ours, "ack", "p50_ms"), figures(peer, "ack", "p50_ms")
    trips = [_round_trips(bench, server) for server in (bench.servers.parlor, bench.servers.node_reference)]
    bench.say(f"P6 round trips per send: parlor {trips[0]:.2f}, {REFERENCE} {trips[1]:.2f}")
    counted = compare("P6", "round trips to PostgreSQL per send", "count", [trips[0]], REFERENCE, [trips[1]])
    counted.budget = Budget(at_most=1.1, absolute=True)  # a tenth for what servers do beside the sends
    return [compare("P6", what, "ms", mine, REFERENCE, theirs, Budget(at_most=0.5)), counted]


def _round_trips(bench: Bench, start) -> float:
    """Counted by a relay between server and database, apart from the timed runs."""
    with Relay(bench.postgres.port) as relay, start(bench.postgres, relay.port) as server:

        def count(duration_ms: int) -> tuple[int, int]:
            before = relay.round_trips
            sends = bench.load.sends(server, senders=1, warm_up_ms=0, duration_ms=duration_ms)["acked_in_all"]
            return sends, relay.round_trips - before

        count(1)  # opens the server's connections
        (few_sends, few_trips), (many_sends, many_trips) = count(1), count(1500)
    # What both runs had to do before they could send cancels out.
    return (many_trips - few_trips) / (many_sends - few_sends)


def delivery(bench: Bench) -> list[Row]:
    what = "send to delivery on another client, calm server, p99"

    def run(server) -> dict:
        return bench.load.latency(server, **bench.size.duration)

    ours, peer = _against_reference(bench, f"P14 {what}", run, lambda report: report["delivery"]["p99_ms"])
    mine, theirs = figures(ours, "delivery", "p99_ms"), figures(peer, "delivery", "p99_ms")
    p50 = (figures(reports, "delivery", "p50_ms") for reports in (ours, peer))
    return [
        compare("P14", what, "ms", mine, REFERENCE, theirs, Budget(at_most=0.5)),
        alone("P14", "the same, absolute", "ms", mine, Budget(at_most=50, absolute=True, unit="ms")),
        compare("P14", "the same, p50", "ms", next(p50), REFERENCE, next(p50)),
    ]


def counts(bench: Bench) -> list[Row]:
    return _written_on_postgres(bench) + _written_on_sqlite(bench)


def _written_on_postgres(bench: Bench) -> list[Row]:
    """Bytes of write-ahead log per send: checkpoints and full-page images included, as an operator pays for them."""
    crowd, log = _crowd(bench), bench.postgres.wal_position
    databases = {name: bench.postgres.new_database(name) for name in ("parlor", REFERENCE)}
    sends = dict.fromkeys(databases, 0)

    def run(server, name: str) -> dict:
        before = log()
        acked = crowd(server)["acked_in_all"]
        sends[name] += acked
        return {"wal_bytes": (log() - before) / acked}

    mine, theirs = databases.values()
    with bench.servers.parlor(bench.postgres, database=mine) as ours:
        with bench.servers.node_reference(bench.postgres, database=theirs) as peer:
            contenders = {"parlor": lambda: run(ours, "parlor"), REFERENCE: lambda: run(peer, REFERENCE)}
            reports = bench.alternate("P7 written per send", contenders, lambda report: report["wal_bytes"])
            time.sleep(STATISTICS_SECONDS)
    rows = {name: [n / sends[name] for n in _rows(bench, database)] for name, database in databases.items()}
    (added, updated), (peer_added, peer_updated) = rows.values()
    ours, peer = (figures(reports[name], "wal_bytes") for name in ("parlor", REFERENCE))
    # A message and its change; the conversation once for all sends of a commit. A little more for what the run makes.
    return [
        compare("P7", "write-ahead log per send, PostgreSQL", "bytes", ours, REFERENCE, peer),
        _counted("rows added per send, PostgreSQL", added, peer_added, 2.5),
        _counted("rows updated per send, PostgreSQL", updated, peer_updated, 1.1),
    ]


def _counted(what: str, ours: float, peer: float, at_most: float) -> Row:
    return compare("P7", what, "rows", [ours], REFERENCE, [peer], Budget(at_most=at_most, absolute=True))


# A connection that has nothing to do tells what it counted after ten seconds.
STATISTICS_SECONDS = 11


def _rows(bench: Bench, database: str) -> tuple[int, int]:
    """Rows that were added and updated since the database was made."""
    sums = "select coalesce(sum(n_tup_ins), 0) || ' ' || coalesce(sum(n_tup_upd), 0) from pg_stat_user_tables"
    added, updated = bench.postgres.query(database, sums).split()
    return int(added), int(updated)


def _written_on_sqlite(bench: Bench) -> list[Row]:
    """What the server makes the disk write, log and file together."""
    crowd = _crowd(bench)
    with bench.servers.parlor() as server:

        def run() -> dict:
            before = server.process.bytes_written()
            report = crowd(server)
            return {"bytes": (server.process.bytes_written() - before) / report["acked_in_all"]}

        reports = bench.alternate("P7 SQLite", {"parlor": run}, lambda report: report["bytes"])["parlor"]
    return [alone("P7", "written to disk per send, log and file, SQLite", "bytes", figures(reports, "bytes"))]
