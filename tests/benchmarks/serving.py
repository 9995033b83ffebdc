"""The running server beside its peers, under load.

Ours is ``plugin-server serve`` as shipped: logs and metrics on, two processes, tokens in SQLite, the
accounts' data warm. The peers are a minimal Express server that returns a constant block, and the
same work in Express with sanitize-html on two processes, with and without a cache of finished blocks.
Everything is measured in short rounds, in turns, so that a machine that changes its pace changes it
for all.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks import machines
from benchmarks.creators import install, write_requests
from benchmarks.load import Extent, Measured, run
from benchmarks.loads import LOADS, POSTS, REPEATED, Load
from benchmarks.machines import CONSTANT, OURS, Machine
from benchmarks.picture import publish
from benchmarks.report import Figure, at_most
from benchmarks.request_files import open_search, require_blocks

TITLE = "Serving (plugin-server serve beside its peers; medians of rounds taken in turns)"

# Rounds of the constant server that differ by more of their median tell that others were at work.
_NOISE = 0.25


def figures(extent: Extent) -> Iterator[Figure]:
    """Measure all loads; if thoroughly, write the table and the picture."""
    loads = list(LOADS.values())
    found = _measure(loads, extent)
    yield from _report(loads, found)
    if extent == Extent():
        publish(found.table(), _summary(found))


def figures_of(loads: Sequence[Load], extent: Extent) -> Iterator[Figure]:
    """Measure some loads."""
    yield from _report(loads, _measure(loads, extent))


def _measure(loads: Sequence[Load], extent: Extent) -> Measured:
    """Take rounds of some loads in turns.

    Raises:
        CannotMeasure: a tool is missing, or a server does not return blocks.
    """
    names = dict.fromkeys(name for load in loads for name in load.servers)
    with TemporaryDirectory() as name:
        folder = Path(name)
        creators = install(folder, POSTS)
        lines = {load.name: load.requests(creators) for load in loads}
        files = write_requests(folder, lines)
        with machines.running(folder, *names) as servers:
            open_search(folder, servers[OURS], creators, 2 * extent.seconds)
            for load in loads:
                require_blocks({each: servers[each] for each in load.servers}, files[load.name])
            return _rounds(loads, servers, files, extent)


def _rounds(
    loads: Sequence[Load],
    servers: Mapping[str, Machine],
    files: Mapping[str, Path],
    extent: Extent,
) -> Measured:
    """Take so many rounds of each load, after one that warms up, in which responses are checked, too.

    One load after the other: creators who have been away meanwhile would be taken for ones who come back.
    """
    rounds, failed = defaultdict(list), Counter[tuple[str, str]]()
    for load in loads:
        for number in range(extent.rounds + 1):
            for name in load.servers:
                taken = run(
                    servers[name].url,
                    files[load.name],
                    servers[name].tree,
                    seconds=extent.seconds,
                    connections=load.connections,
                    checked=number == 0,
                )
                failed[load.name, name] += taken.failed
                if number:
                    rounds[load.name, name].append(taken)
    return Measured(rounds, failed)


def _report(loads: Sequence[Load], found: Measured) -> Iterator[Figure]:
    """Yield what was measured of each load and server, then the goals."""
    for name, server in found.rounds:
        rate, p50, p99, cpu = (
            found.median(name, server, what) for what in ("rate", "p50", "p99", "cpu")
        )
        yield Figure(
            f"{name}: {server}",
            f"{rate:,.0f}/s, p50 {p50:.1f}, p99 {p99:.1f} ms, CPU {cpu:.0f} µs",
        )
        if failed := found.failed[name, server]:
            yield Figure("  failed requests", str(failed), "0", met=False)
    for load in loads:
        yield from load.goals(found)
    if found.has(REPEATED):
        noise = _noise(found)
        yield at_most("noise: spread of the constant server's rounds", noise, _NOISE)
        if noise > _NOISE:
            yield Figure("  The machine was too busy to tell: measure again when it is quiet.", "")


def _summary(found: Measured) -> list[str]:
    """Return what the table does not say."""
    noise = _noise(found)
    busy = "; the machine was busy with other things" if noise > _NOISE else ""
    return [f"Rounds of the constant server differed by {noise:.0%} of their median{busy}."]


def _noise(found: Measured) -> float:
    """Return how far apart the rounds of the constant server are, as a share of their median."""
    rates = [each.rate for each in found.rounds[REPEATED, CONSTANT]]
    return (max(rates) - min(rates)) / median(rates)
