"""Load by wrk, and what it costs the processes under it."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median

_SCRIPT = Path(__file__).with_name("requests.lua")
_TICK = os.sysconf("SC_CLK_TCK")
_THREADS = 2
# What differs is numbered: each run has a million numbers of its own.
_RUNS = count()


class CannotMeasure(Exception):
    """Something that the measurement needs is missing; the text says what to install."""


@dataclass(frozen=True)
class Extent:
    """How thoroughly to measure: how many rounds, and the seconds of each (whole ones, for wrk)."""

    rounds: int = 8
    seconds: int = 2


@dataclass(frozen=True)
class Round:
    """What one run of wrk found. Times are in ms; ``cpu`` is in µs per request, of all processes.

    ``p45`` is there because it is the median of the faster nine tenths.
    """

    rate: float
    p45: float
    p50: float
    p99: float
    cpu: float
    failed: int
    requests: int


@dataclass(frozen=True)
class Measured:
    """All rounds by load and server, in the order in which they were taken, and how many requests failed."""

    rounds: Mapping[tuple[str, str], Sequence[Round]]
    failed: Mapping[tuple[str, str], int]

    def has(self, load: str) -> bool:
        """Return whether a load was measured."""
        return any(load == each for each, _ in self.rounds)

    def median(self, load: str, server: str, what: str = "rate") -> float:
        """Return the median of one column of a load's rounds."""
        return median(getattr(each, what) for each in self.rounds[load, server])

    def ratio(self, load: str, server: str, other: str) -> float:
        """Return the median of the ratios of rounds that were neighbours."""
        pairs = zip(self.rounds[load, server], self.rounds[load, other], strict=True)
        return median(one.rate / two.rate for one, two in pairs)

    def table(self) -> dict[str, dict[str, list[float]]]:
        """Return the medians by load and server, in the order of the picture's columns."""
        table: dict[str, dict[str, list[float]]] = {}
        for load, server in self.rounds:
            columns = ("rate", "p50", "p99", "cpu")
            values = [self.median(load, server, what) for what in columns]
            table.setdefault(load, {})[server] = values
        return table


@dataclass(frozen=True)
class Tree:
    """A process with its descendants, as Linux sees them."""

    pid: int

    def pids(self) -> list[int]:
        """Return the process and its descendants."""
        return [self.pid, *(each for child in _children(self.pid) for each in Tree(child).pids())]

    def cpu(self) -> float:
        """Return the CPU time in seconds that they took, those that have ended included."""
        own = sum(_ticks(pid, ended=False) for pid in self.pids())
        return (own + _ticks(self.pid, ended=True)) / _TICK

    def memory(self) -> float:
        """Return their proportional set size in MB: pages that they share count once."""
        return sum(map(_pss, self.pids())) / 1024


def run(
    url: str,
    requests: Path,
    tree: Tree,
    *,
    seconds: float,
    connections: int = 16,
    rate: float = 0,
    checked: bool = False,
) -> Round:
    """Send requests for so long.

    Args:
        url: where to.
        requests: file of requests, see ``requests.lua``.
        tree: the server.
        seconds: how long; wrk takes whole ones.
        connections: kept alive all the time.
        rate: requests a second; 0 is without a limit.
        checked: whether responses that hold no block count as failed, too, which takes wrk some time.

    Raises:
        CannotMeasure: wrk is missing, or does not respond as expected.
    """
    start = next(_RUNS) % 999 * 1_000_000
    command = ["wrk", f"-t{_THREADS}", f"-c{connections}", f"-d{seconds:.0f}s", "--timeout", "10s"]
    given = [requests, start, _THREADS, int(checked), f"{rate / _THREADS:.3f}"]
    begun = tree.cpu()
    done = subprocess.run(
        [*command, "-s", str(_SCRIPT), url, "--", *map(str, given)],
        capture_output=True,
        text=True,
        check=False,
    )
    taken = tree.cpu() - begun
    line = next((each for each in done.stdout.splitlines() if "MEASURED" in each), "")
    if not line:
        raise CannotMeasure(f"wrk failed: {done.stdout}{done.stderr}")
    sent, micros, failed, *percentiles = map(float, line.split()[1:])
    p45, p50, p99 = (each / 1000 for each in percentiles)
    cpu = taken * 1e6 / max(sent, 1)
    return Round(sent / micros * 1e6, p45, p50, p99, cpu, int(failed), int(sent))


def require_tools(*needed: str) -> None:
    """Return if these programs are there.

    Raises:
        CannotMeasure: one is missing.
    """
    packages = {"node": "nodejs"}
    for tool in needed:
        if shutil.which(tool) is None:
            package = packages.get(tool, tool)
            raise CannotMeasure(f"{tool} is missing. Install it with: sudo apt install {package}")


def _children(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # the thread has just ended
            yield from map(int, task.read_text().split())


def _ticks(pid: int, *, ended: bool) -> int:
    """Return what a process, or those of its children that have ended, took of the CPUs."""
    try:
        # The name in brackets may hold spaces.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has just ended
        return 0
    first = 13 if ended else 11
    return int(fields[first]) + int(fields[first + 1])


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
