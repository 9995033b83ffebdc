"""The memory of the running server with many accounts active, beside that of the same work in Express."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import machines
from benchmarks.creators import install, write_requests
from benchmarks.load import Extent, run
from benchmarks.machines import OURS, PEER, Machine
from benchmarks.report import Figure, at_most
from benchmarks.request_files import open_search

TITLE = "Memory (proportional set size; 200 accounts active, each with an email of its own)"
_ACCOUNTS, _POSTS = 200, 60
# Requests for each second that a round takes: 100,000 if it is thorough.
_REQUESTS = 50_000
_SECONDS = 4


def figures(extent: Extent) -> Iterator[Figure]:
    """Measure both in servers that hold nothing but what these accounts need.

    Raises:
        CannotMeasure: a tool is missing, or a server does not start.
    """
    count = _REQUESTS * extent.seconds
    with TemporaryDirectory() as name:
        folder = Path(name)
        creators = install(folder, [_POSTS] * _ACCOUNTS)
        lines = [each.requests(post=str(post)) for post in range(1, 6) for each in creators]
        requests = write_requests(folder, {"active": lines})["active"]
        with machines.running(folder, OURS, PEER) as servers:
            open_search(folder, servers[OURS], creators, _SECONDS)
            ours, peer = (_grown(servers[each], requests, count) for each in (OURS, PEER))
    yield Figure("plugin-server", f"{ours[0]:.0f} MB")
    yield Figure(PEER, f"{peer[0]:.0f} MB")
    yield at_most("memory: ours / same work", ours[0] / peer[0], 0.65)
    yield at_most(f"memory after {count:,} requests / before", ours[1] / ours[0], 1.05)


def _grown(machine: Machine, requests: Path, count: int) -> tuple[float, float]:
    """Return the MB under load, and again after so many requests."""
    run(machine.url, requests, machine.tree, seconds=_SECONDS)
    before, sent = machine.tree.memory(), 0
    while sent < count:
        sent += run(machine.url, requests, machine.tree, seconds=_SECONDS).requests
    return before, machine.tree.memory()
