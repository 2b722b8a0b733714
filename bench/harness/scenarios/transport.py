"""What the transport promises under load that is against it (guarantees.md: G10, G12; failure 3). `bench/run --suite
transport`: every row has a bound, and one that is passed fails the run."""

from statistics import median

from ..bench import Bench, compare
from ..table import Budget, Row

STALLED = 1000
# Frames are shared: what waits for one that stalls is a list of them (512 at most), not their bytes.
KIB_PER_STALLED = 64
CONNECT_TIMEOUT_MS = 5000
# Longest patience of a server so configured is `handshake_ms`, 10 s; then as many are given up as are abandoned.
STEADY_AFTER = 15
# One abandoned connection that left 100 bytes behind would show in the slope.
BYTES_EACH = 100


def stalled_readers(bench: Bench) -> list[Row]:
    """The same load on fresh servers, without them and with them, in turns."""
    alone, beside = [], []
    for number in range(bench.size.rounds):
        for stalled, reports in ((0, alone), (STALLED, beside)):
            with bench.servers.gauges() as server:
                reports.append(bench.load.stalled(server, stalled=stalled, connect_rate=900))
        p99 = [reports[-1]["delivery"]["p99_ms"] for reports in (alone, beside)]
        bench.say(f"stalled readers, round {number + 1}: p99 {p99[0]} ms without, {p99[1]} ms with")
    what = f"1000 healthy members beside {STALLED} that stall, p99 of a delivery"
    p99 = [[report["delivery"]["p99_ms"] for report in reports] for reports in (beside, alone)]
    worst = {name: max(report[name] for report in beside) for name in ("healthy_lost", "resident_growth_mib")}
    dealt_with = min(report["dealt_with"] for report in beside)
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(beside[-1]["refusals"].items()))
    return [
        compare("G10", what, "ms", p99[0], "without", p99[1], Budget(at_most=1.5)),
        _bound(f"stalled members dealt with ({reasons})", "members", dealt_with, Budget(at_least=STALLED), "G10"),
        _bound("healthy members lost", "members", worst["healthy_lost"], Budget(at_most=0), "G10"),
        _bound(
            "growth of memory", "MiB", worst["resident_growth_mib"],
            Budget(at_most=STALLED * KIB_PER_STALLED / 1024, unit="MiB"), "G10",
        ),
    ]


def abandoned(bench: Bench) -> list[Row]:
    """Handshakes, upgrades and polls that nobody goes on with, 40 a second."""
    with bench.servers.gauges(CONNECT_TIMEOUT_MS=CONNECT_TIMEOUT_MS) as server:
        report = bench.load.abandon(server, seconds=bench.size.abandon_seconds, steady_after=STEADY_AFTER)
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(report["refusals"].items()))
    bench.say(
        f"abandoned {report['abandoned']}, at most {report['most_sessions']} sessions ({reasons}); memory "
        f"{report['resident_before_mib']} MiB before, {report['resident_after_mib']} MiB after"
    )
    what = f"{report['abandoned']} handshakes, upgrades and polls abandoned"
    return [
        _bound(f"{what}, sessions left", "sessions", report["sessions_left"], Budget(at_most=0), "leak"),
        _bound(
            "the same, slope of memory for each", "bytes", report["resident_bytes_each"], Budget(at_most=BYTES_EACH),
            "leak",
        ),
    ]


def everybody_cut(bench: Bench) -> list[Row]:
    """10 000 clients come back by themselves, as admission lets them, beside 1000 that talk on."""
    reports = []
    for number in range(bench.size.rounds):
        with bench.servers.gauges() as server:
            reports.append(bench.load.storm(server, connect_rate=900))
        calm, until_back, all_of_it = (reports[-1][when]["p99_ms"] for when in ("calm", "until_back", "storm"))
        bench.say(
            f"storm, round {number + 1}: all back after {reports[-1]['all_back_seconds']} s; p99 {calm} ms before, "
            f"{until_back} ms until then, {all_of_it} ms in the minute after the cut"
        )
    back = median(report["all_back_seconds"] or float("inf") for report in reports)
    calm, until_back, storm = (
        [report[when]["p99_ms"] for report in reports] for when in ("calm", "until_back", "storm")
    )
    lost = max(report["established_lost"] for report in reports)
    refused = max(report["refused"] for report in reports)
    return [
        _bound(f"10 000 clients cut at once ({refused} refusals), all back", "s", back, Budget(at_most=60), "G12"),
        compare(
            "G12", "deliveries among 1000 others in the minute after the cut, p99", "ms", storm, "before", calm,
            Budget(at_most=2),
        ),
        compare("G12", "of these until all were back, p99", "ms", until_back, "before", calm),
        _bound("of those lost", "members", lost, Budget(at_most=0), "G12"),
    ]


def _bound(what: str, unit: str, figure: float, budget: Budget, id: str) -> Row:
    budget.absolute = True
    return Row(id, what, unit, figure, budget=budget)
