"""What the lock files pin."""

import re
from pathlib import Path


def pinned(lock: Path) -> list[str]:
    """Return each ``name==version`` of a lock file, without extras and hashes."""
    pins = re.findall(r"^([a-z0-9.-]+)(?:\[.*?\])?(==\S+)", lock.read_text(), re.MULTILINE)
    return [name + version for name, version in pins]
