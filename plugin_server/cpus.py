"""Which CPUs a process may use, and how workers divide them."""

import math
import os
from contextlib import suppress
from pathlib import Path

# Of cgroup v2: how many µs of CPU time a container may take in how many, or "max".
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def usable() -> list[int]:
    """Return the numbers of the CPUs that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def count(quota: Path = _QUOTA) -> int:
    """Return how many CPUs this process may keep busy; a container may have fewer than it can run on."""
    try:
        taken, period = map(int, quota.read_text().split())
    except (OSError, ValueError):  # none is set
        return len(usable())
    return min(math.ceil(taken / period), len(usable()))


def share(cpus: list[int], number: int, workers: int) -> list[int]:
    """Return those of some CPUs that are one worker's; all of them, where there is not one for each.

    ``number`` tells the worker from the others, and counts from 0.
    """
    return cpus[number::workers] if workers <= len(cpus) else cpus


def keep_to(cpus: list[int]) -> None:
    """Have this process, and the threads that it starts from now on, run on these CPUs only.

    Python runs one thread of a process at a time. When another one's turn comes, Linux would wake it on
    whatever CPU is idle, where nothing of what they share is in the caches: with Kit slow and threads
    changing often, a request cost a quarter more than with one CPU for each process. The price is that
    a process cannot move away from others that keep its CPUs busy.
    """
    if hasattr(os, "sched_setaffinity"):
        with suppress(OSError):  # not everywhere allowed, and no more than a gain
            os.sched_setaffinity(0, cpus)
