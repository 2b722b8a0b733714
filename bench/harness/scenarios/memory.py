"""Memory of connections that do nothing."""

from functools import partial

from ..bench import Bench, compare, figures
from ..table import Budget, Row
from .sends import CONNECT_RATE

KIB = "kib_per_connection"
SLAB = "kernel_slab_kib_per_connection"


def idle_connections(bench: Bench) -> list[Row]:
    """Measured once: memory is steadier than time."""
    connections, conversations = bench.size.idle_connections, bench.size.idle_conversations
    servers = bench.servers
    ours = _authenticated(bench, "parlor", servers.parlor, servers.seed_parlor, messages=0)
    peer = _authenticated(bench, "node-reference", servers.node_reference, servers.seed_node_reference)
    what = f"idle connection of {connections}, authenticated, {conversations} conversations"
    return [
        compare("P3", what, "KiB", [ours[KIB]], "node-reference", [peer[KIB]], Budget(at_most=0.2)),
        Row("P3", "the same, absolute", "KiB", ours[KIB], budget=Budget(at_most=2.5, absolute=True, unit="KiB")),
        compare("P3", "kernel slab, both ends", "KiB", figures([ours], SLAB), "node-reference", figures([peer], SLAB)),
        *_bare(bench),
    ]


def _authenticated(bench: Bench, name: str, start, seed, **options) -> dict:
    """People and conversations are written straight into the database: what a server needs to make them must not be
    there for connections to fill."""
    database, size = bench.postgres.new_database(name), bench.size
    people = {"users": size.idle_connections, "conversations_per_user": size.idle_conversations}
    seed(bench.postgres.url(database), prefix=f"load-{name}", **people, **options)
    bench.postgres.query(database, "vacuum analyze")
    bench.say(f"P3: {name} has its people")
    with start(bench.postgres, database=database) as server:
        report = bench.load.idle(
            server, prepared=True, run=name, connections=size.idle_connections,
            conversations=size.idle_conversations, connect_rate=CONNECT_RATE, settle_ms=size.settle_ms,
        )
    bench.say(f"P3: {name} {report[KIB]} KiB per connection")
    return report


def _bare(bench: Bench) -> list[Row]:
    """The transport alone: anonymous connections in one room. Recovery keeps a session of each besides."""
    connections = bench.size.idle_connections
    options = {"connections": connections, "settle_ms": bench.size.settle_ms, "connect_rate": CONNECT_RATE}
    start = {
        "room": bench.servers.room,
        "recovery": partial(bench.servers.gauges, RECOVERY="true"),
        "node-socketio": bench.servers.node_socketio,
        "socketioxide": bench.servers.socketioxide,
    }
    found = {}
    for name, server in start.items():
        with server() as running:
            found[name] = bench.load.idle(running, **options)[KIB]
    bench.say("P3 bare: " + ", ".join(f"{name} {kib}" for name, kib in found.items()) + " KiB per connection")
    what, ours = f"idle connection of {connections}, bare transport", [found["room"]]
    return [
        compare("P3", what, "KiB", ours, "node-socketio", [found["node-socketio"]], Budget(at_most=0.2)),
        compare("P3", what, "KiB", ours, "socketioxide", [found["socketioxide"]]),
        compare("P3", "the same, with recovery", "KiB", [found["recovery"]], "without", ours),
    ]
