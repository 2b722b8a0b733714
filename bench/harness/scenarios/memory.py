"""Memory of connections that do nothing."""

from ..bench import Bench, compare, figures
from ..table import Budget, Row
from .sends import CONNECT_RATE

KIB = "kib_per_connection"
SLAB = "kernel_slab_kib_per_connection"


def idle_connections(bench: Bench) -> list[Row]:
    """Every server is fresh and measured once: memory is steadier than time, and a second run would find it used."""
    connections = bench.size.idle_connections
    options = {"connections": connections, "connect_rate": CONNECT_RATE, "settle_ms": bench.size.settle_ms}
    with bench.servers.parlor(bench.postgres) as server:
        ours = bench.load.idle(server, **options)
        bench.say(f"P3: parlor {ours[KIB]} KiB per connection")
    with bench.servers.node_reference(bench.postgres) as server:
        peer = bench.load.idle(server, **options)
        bench.say(f"P3: node-reference {peer[KIB]} KiB per connection")
    what = f"idle connection of {connections}, authenticated, 20 conversations"
    return [
        compare("P3", what, "KiB", [ours[KIB]], "node-reference", [peer[KIB]], Budget(at_most=0.2)),
        Row("P3", "the same, absolute", "KiB", ours[KIB], budget=Budget(at_most=2.5, absolute=True, unit="KiB")),
        compare("P3", "kernel slab, both ends", "KiB", figures([ours], SLAB), "node-reference", figures([peer], SLAB)),
        *_bare(bench),
    ]


def _bare(bench: Bench) -> list[Row]:
    """The transport alone: anonymous connections in one room."""
    options = {"connections": bench.size.idle_connections, "settle_ms": bench.size.settle_ms}
    with bench.servers.room() as server:
        ours = bench.load.idle(server, **options)
    with bench.servers.node_socketio() as server:
        peer = bench.load.idle(server, **options)
    bench.say(f"P3 bare: room {ours[KIB]}, node-socketio {peer[KIB]} KiB per connection")
    return [compare("P3", "idle connection, bare transport", "KiB", [ours[KIB]], "node-socketio", [peer[KIB]])]
