"""The command line: which scenarios, how long, and what becomes of the table."""

import argparse
import json
import shutil
import signal
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from . import build, machine, scenarios, table
from .bench import FULL, LONG_SUITE, QUICK, SUITE, Bench, Size
from .errors import BenchError, Missing
from .load import Load
from .servers import Servers

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench/results"


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/run", description="Measures Parlor against its peers, in one run.")
    parser.add_argument("--quick", action="store_true", help="fewer scenarios and shorter ones: under three minutes")
    parser.add_argument("--only", metavar="IDS", help="these scenarios alone, such as P1,P2; writes no results page")
    parser.add_argument("--suite", choices=["transport"], help="checks instead of figures: a bound that is passed fails")
    parser.add_argument("--long", action="store_true", help="with P9, which fills databases with 10 million messages; the suite with the five minutes of abandoned handshakes that the guarantees name")
    parser.add_argument("--skip-build", action="store_true", help="measure the binaries that are there")
    parser.add_argument("--scratch", metavar="DIR", help="folder for databases, on the disk to be measured (/tmp)")
    return parser.parse_args(arguments)


def chosen(options: argparse.Namespace) -> dict:
    if options.suite:
        known = scenarios.TRANSPORT
    else:
        known = scenarios.LONG if options.long or options.only else scenarios.FULL
        known = scenarios.QUICK if options.quick and not options.only else known
    if not options.only:
        return known
    wanted = [name.strip() for name in options.only.split(",")]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise BenchError(f"no scenario {', '.join(unknown)}; there are {', '.join(known)}")
    return {name: known[name] for name in wanted}


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, _stop)
    try:
        run(options)
    except BenchError as error:
        print(f"bench/run: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench/run: stopped; no process is left behind", file=sys.stderr)
        return 130
    return 0


def _stop(*_) -> None:
    raise KeyboardInterrupt


def run(options: argparse.Namespace) -> None:
    wanted = chosen(options)
    prepare(options)
    described = [] if options.suite else machine.describe(ROOT)
    rows, failures = measure(options, wanted)
    print(table.for_terminal(rows))
    if not options.only and not options.suite:
        how = "bench/run --quick" if options.quick else "bench/run"
        RESULTS.mkdir(exist_ok=True)
        table.write_markdown(RESULTS / "latest.md", rows, described, how)
        (RESULTS / "latest.raw.json").write_text(json.dumps([asdict(row) for row in rows], indent=1))
    if failures:
        raise BenchError("these could not be measured: " + ", ".join(failures))
    if options.suite and any(row.verdict == "MISS" for row in rows):
        raise BenchError("a bound was passed")


def prepare(options: argparse.Namespace) -> None:
    """Tools, packages and binaries; the suite needs neither peers nor databases."""
    if options.suite:
        machine.check_cores()
        if not options.skip_build:
            build.build_transport(ROOT)
        return
    machine.check_tools()
    build.install_peers(ROOT)
    if not options.skip_build:
        build.build(ROOT)


def size_of(options: argparse.Namespace) -> Size:
    if options.suite:
        return LONG_SUITE if options.long else SUITE
    return QUICK if options.quick else FULL


def measure(options: argparse.Namespace, wanted: dict) -> tuple[list[table.Row], list[str]]:
    """Runs the scenarios one by one. One that fails does not take the others with it."""
    server_core, load_core = machine.cores()
    binaries = build.target_folder(ROOT)
    rows, failures = [], []
    with ExitStack() as stack:
        scratch = Path(tempfile.mkdtemp(prefix="parlor-bench-", dir=options.scratch))
        stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        servers = Servers(ROOT, binaries, scratch, server_core)
        load = Load(binaries, load_core, server_core)
        bench = Bench(servers, load, size_of(options), (server_core, load_core), scratch, stack)
        for id, scenario in wanted.items():
            try:
                rows += scenario(bench)
            except Missing as missing:
                bench.say(f"{id}: left out, {missing}")
                rows.append(table.Row(id, "left out", "–", None, note="not built"))
            except BenchError as error:
                bench.say(f"{id} failed: {error}")
                rows.append(table.Row(id, "failed", "–", None, note="failed"))
                failures.append(id)
        bench.say("done")
    return rows, failures
