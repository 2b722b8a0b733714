"""Fan-out: server CPU per delivery. The bare transport first, then the same through the product."""

from contextlib import ExitStack
from functools import partial

from ..bench import Bench, alone, compare, figures
from ..errors import Missing
from ..table import Budget, Row

CPU = "server_cpu_us_per_delivery"
UNIT = "µs CPU per delivery"
NODE, SOCKETIOXIDE, FLOOR = "node-socketio", "socketioxide", "write loop"


def one_in_flight(bench: Bench) -> list[Row]:
    budgets = {NODE: Budget(at_most=0.62), SOCKETIOXIDE: None, FLOOR: Budget(at_most=1.10)}
    return _room(bench, "P1", 1, budgets) + _product(bench, "P1", 1)


def sixteen_in_flight(bench: Bench) -> list[Row]:
    budgets = {NODE: Budget(at_most=0.07), SOCKETIOXIDE: Budget(at_most=0.5), FLOOR: None}
    return _room(bench, "P2", 16, budgets) + _product(bench, "P2", 16)


def sizes(bench: Bench) -> list[Row]:
    budgets = {NODE: Budget(at_most=0.6), FLOOR: Budget(at_most=1.15)}
    return [row for members in (100, 1000, 10_000) for row in _room(bench, "P8", 1, budgets, members)]


def _room(bench: Bench, id: str, in_flight: int, budgets: dict[str, Budget | None], members: int = 1000) -> list[Row]:
    """The `room` example against the peers that have a budget here."""
    what = f"fan-out, {members} members, {in_flight} in flight, `room` example"
    # Batching servers are done with few messages before the clock has moved: give every size the same deliveries.
    messages = max(bench.size.messages * 1000 // members, 20) * (3 if in_flight > 1 else 1)
    options = {"connections": members, "in_flight": in_flight, "messages": messages, "warm_up": max(messages // 5, 20)}
    start = {
        NODE: bench.servers.node_socketio,
        SOCKETIOXIDE: bench.servers.socketioxide,
        FLOOR: bench.servers.floor,
    }
    with ExitStack() as stack:
        servers = {"room": stack.enter_context(bench.servers.room())}
        servers |= {peer: stack.enter_context(start[peer]()) for peer in budgets}
        contenders = {name: partial(bench.load.fanout, server, **options) for name, server in servers.items()}
        reports = bench.alternate(f"{id} {what}", contenders, lambda report: report[CPU])
    ours = figures(reports["room"], CPU)
    return [
        compare(id, what, UNIT, ours, peer, figures(reports[peer], CPU), budget) for peer, budget in budgets.items()
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
