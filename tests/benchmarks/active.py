"""What an edit costs when many creators edit at the same time, beside what it costs when one does."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks import machines
from benchmarks.creators import install, write_requests
from benchmarks.edits import editing
from benchmarks.load import Extent, run
from benchmarks.machines import OURS, kit_requests
from benchmarks.report import Figure, at_most
from benchmarks.request_files import open_search, require_blocks

TITLE = "Active creators (CPU time of an edit, without repeats; each in an email of their own)"
_ACTIVE, _POSTS = 2_000, 60
# How many times as long as a round of other loads: until each process has met each account and each email;
# and a round, because many creators have many edits.
_OPENING, _WARMING, _LONGER = 5, 10, 3


def figures(extent: Extent) -> Iterator[Figure]:
    """Measure both by turns in one server, to which all accounts are known.

    Raises:
        CannotMeasure: a tool is missing, or the server does not return blocks.
    """
    one, many = "one creator", f"{_ACTIVE:,} creators"
    with TemporaryDirectory() as name:
        folder = Path(name)
        creators = install(folder, [_POSTS] * _ACTIVE)
        lines = {one: editing(creators[:1], repeats=False), many: editing(creators, repeats=False)}
        files = write_requests(folder, lines)
        with machines.running(folder, OURS) as servers:
            ours = servers[OURS]
            open_search(folder, ours, creators, _OPENING * extent.seconds)
            for file in files.values():
                require_blocks({OURS: ours}, file)
            run(ours.url, files[many], ours.tree, seconds=_WARMING * extent.seconds)
            costs: dict[str, list[float]] = {one: [], many: []}
            calls: dict[str, list[float]] = {one: [], many: []}
            for _ in range(extent.rounds):
                for each, file in files.items():
                    before = kit_requests(servers)
                    taken = run(ours.url, file, ours.tree, seconds=_LONGER * extent.seconds)
                    costs[each].append(taken.cpu)
                    calls[each].append((kit_requests(servers) - before) / taken.requests * 1000)
    for each, micros in costs.items():
        yield Figure(f"CPU time of an edit, {each}", f"{median(micros):.0f} µs")
        yield Figure("  Kit calls for 1,000 edits, part of it", f"{median(calls[each]):.1f}")
    ratio = median(more / less for less, more in zip(costs[one], costs[many], strict=True))
    yield at_most(f"cost of an edit, {many} / one", ratio, 1.5)
