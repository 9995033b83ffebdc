"""How long a creator waits for the first block, of whose account nothing is known yet."""

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx2

from benchmarks import machines
from benchmarks.creators import install, write_requests
from benchmarks.load import CannotMeasure, Extent
from benchmarks.machines import OURS
from benchmarks.report import Figure, at_most
from benchmarks.request_files import Request, has_result, read_requests

TITLE = "A cold account (Kit takes 200 ms for every response)"
_LATENCY = 200  # ms
_ACCOUNTS, _POSTS = 20, 60
_GOAL = 260  # ms


def figures(_: Extent) -> Iterator[Figure]:
    """Request the first block of each of many accounts, one after the other.

    The very first account is not counted: it meets a server that has just started.

    Raises:
        CannotMeasure: a tool is missing, or the server does not return a block.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        creators = install(folder, [_POSTS] * _ACCOUNTS)
        file = write_requests(folder, {"first": [each.requests() for each in creators]})["first"]
        with (
            machines.running(folder, OURS, kit_latency=_LATENCY) as servers,
            httpx2.Client() as http,
        ):
            times = [_milliseconds(http, servers[OURS].url, each) for each in read_requests(file)][
                1:
            ]
    name = f"first block of a cold account, median of {len(times)}"
    yield at_most(name, median(times), _GOAL, "ms")
    yield Figure("  the longest", f"{max(times):.0f} ms")


def _milliseconds(http: httpx2.Client, url: str, request: Request) -> float:
    begun = time.perf_counter()
    response = request.send(http, url)
    taken = (time.perf_counter() - begun) * 1000
    if not has_result(response):
        raise CannotMeasure(f"The server returns no block: {response.text}")
    return taken
