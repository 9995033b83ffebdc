"""Which CPUs a process may use."""

import math
import os
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
