"""Which CPUs a process may use."""

import math
import os
from pathlib import Path

# The CPU limit of cgroup v2: microseconds of CPU time (or "max"), and of the period for them.
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def usable() -> list[int]:
    """Return the numbers of the CPUs that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def count(quota: Path = _QUOTA) -> int:
    """Return how many CPUs this process may use; a container's quota may be lower than its CPUs."""
    try:
        quota_us, period_us = map(int, quota.read_text().split())
    except (OSError, ValueError):  # there is no quota
        return len(usable())
    return min(math.ceil(quota_us / period_us), len(usable()))
