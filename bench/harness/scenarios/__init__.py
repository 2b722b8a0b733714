"""The scenarios by the ids of the budget table, in the order in which they run."""

from . import fanout, memory, reads, sends, start, transport

QUICK = {
    "P1": fanout.one_in_flight,
    "P2": fanout.sixteen_in_flight,
    "P3": memory.idle_connections,
    "P4": sends.closed_loop,
    "P5": sends.sqlite,
    "P6": sends.one_sender,
    "P11": start.cold_start,
    "P14": sends.delivery,
}

FULL = {
    **QUICK,
    "P4b": sends.open_loop,
    "P7": sends.counts,
    "P8": fanout.sizes,
    "P15": fanout.shards,
}

# What takes long to prepare: with `--long`, or when it is asked for.
LONG = {**FULL, "P9": reads.growth}

# Checks, not figures: a MISS fails the run.
TRANSPORT = {
    "stalled": transport.stalled_readers,
    "abandoned": transport.abandoned,
    "storm": transport.everybody_cut,
}
