"""Fan-out: server CPU per delivery. The bare transport first, then the same through the product."""

from ..bench import Bench, alone, compare, figures
from ..errors import Missing
from ..table import Budget, Row

CPU = "server_cpu_us_per_delivery"
UNIT = "µs CPU per delivery"


def one_in_flight(bench: Bench) -> list[Row]:
    rows = _room(bench, "P1", 1, Budget(at_most=0.62), Budget(at_most=1.10))
    return rows + _product(bench, "P1", 1)


def sixteen_in_flight(bench: Bench) -> list[Row]:
    rows = _room(bench, "P2", 16, Budget(at_most=0.07), None)
    return rows + _product(bench, "P2", 16)


def _room(bench: Bench, id: str, in_flight: int, node: Budget, floor: Budget | None, members: int = 1000) -> list[Row]:
    what = f"fan-out, {members} members, {in_flight} in flight, `room` example"
    # Batching servers are done with few messages before the clock has moved: give every size the same deliveries.
    messages = max(bench.size.messages * 1000 // members, 20) * (3 if in_flight > 1 else 1)
    options = {"connections": members, "in_flight": in_flight, "messages": messages, "warm_up": max(messages // 5, 20)}
    with bench.servers.room() as ours, bench.servers.node_socketio() as peer, bench.servers.floor() as bare:
        contenders = {
            "room": lambda: bench.load.fanout(ours, **options),
            "node-socketio": lambda: bench.load.fanout(peer, **options),
            "floor": lambda: bench.load.fanout(bare, **options),
        }
        reports = bench.alternate(f"{id} {what}", contenders, lambda report: report[CPU])
    mine = figures(reports["room"], CPU)
    return [
        compare(id, what, UNIT, mine, "node-socketio", figures(reports["node-socketio"], CPU), node),
        compare(id, what, UNIT, mine, "write loop", figures(reports["floor"], CPU), floor),
    ]


def _product(bench: Bench, id: str, in_flight: int) -> list[Row]:
    """A group of 250 people with four devices each. Reported apart: it has no budget of its own."""
    what = f"fan-out, 1000 members, {in_flight} in flight, through the product"
    try:
        bench.servers.parlor_binary
    except Missing as missing:
        return [Row(id, what, UNIT, None, note=str(missing))]
    options = {"connections": 1000, "in_flight": in_flight, "messages": bench.size.messages // 2, "warm_up": 30}
    with bench.servers.parlor(bench.postgres) as ours, bench.servers.node_reference(bench.postgres) as peer:
        contenders = {
            "parlor": lambda: bench.load.fanout(ours, **options),
            "node-reference": lambda: bench.load.fanout(peer, **options),
        }
        reports = bench.alternate(f"{id} {what}", contenders, lambda report: report[CPU])
    mine, theirs = reports["parlor"], reports["node-reference"]
    row = compare(id, what, UNIT, figures(mine, CPU), "node-reference", figures(theirs, CPU))
    if in_flight > 1:
        return [row]
    frames = "frames_per_delivery"
    what = "frames per member and message, receipts included"
    return [row, alone("P7", what, "frames", figures(mine, frames), Budget(at_most=1.2, absolute=True))]


def sizes(bench: Bench) -> list[Row]:
    rows = []
    for members in (100, 1000, 10_000):
        rows += _room(bench, "P8", 1, Budget(at_most=0.6), Budget(at_most=1.15), members)
    return rows


def shards(bench: Bench) -> list[Row]:
    """Two shards have the load's core too: CPU per delivery is compared, not speed."""
    what, both = "fan-out, 1000 members, 1 in flight, two shards against one", bench.cores
    options = {"connections": 1000, "messages": bench.size.messages}
    with bench.servers.room() as one, bench.servers.room(cores=both) as two:
        contenders = {
            "two shards": lambda: bench.load.fanout(two, **options),
            "one shard": lambda: bench.load.fanout(one, **options),
        }
        reports = bench.alternate(f"P15 {what}", contenders, lambda report: report[CPU])
    two_shards, one_shard = figures(reports["two shards"], CPU), figures(reports["one shard"], CPU)
    return [compare("P15", what, UNIT, two_shards, "one shard", one_shard, Budget(at_most=1.1))]
