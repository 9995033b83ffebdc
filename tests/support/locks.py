"""What the lock files pin."""

from pathlib import Path


def pinned(lock: Path) -> list[str]:
    """Return each ``name==version`` of a lock file, without its hashes."""
    return [line.split()[0] for line in lock.read_text().splitlines() if "==" in line.split(" ")[0]]
