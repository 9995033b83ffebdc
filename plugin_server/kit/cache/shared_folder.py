"""The folder in memory in which the processes of one machine share a cache; deleted with the server.

It is made before the processes are started, so that they all know it, and only this user has access. A server
that was killed cannot delete its own folder: the next one does. A lock, which the kernel releases with the
last process that holds it, shows whether a folder is in use.
"""

import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

_PREFIX = "plugin-server-kit-"
# Of the free space in memory, at most this share: other programs have files there, too.
_SHARE = 0.5
_MOUNTS = Path("/proc/self/mounts")


@dataclass(frozen=True)
class SharedFolder:
    """A folder that exists, and how many bytes the files in it may take."""

    path: Path
    size: int


@contextmanager
def shared_folder(memory: str | None, megabytes: int) -> Iterator[SharedFolder | None]:
    """Make a folder, and delete it in the end.

    Args:
        memory: the folder to make it in, a file system in memory; ``None`` where there is none.
        megabytes: how much may be stored in it, if that much is free.

    Yields ``None`` where nothing can be shared, which is logged.
    """
    folder, problem = None, "no file system in memory"
    if memory and is_in_memory(Path(memory)):
        try:
            folder = _make(Path(memory), megabytes)
        except OSError as error:
            problem = type(error).__name__
    if folder is None:
        log.info("Processes do not share a cache (%s); with Redis they would", problem)
        yield None
        return
    owner = os.getpid()
    try:
        yield folder
    finally:
        # A forked process that ends runs this as well, while the others go on.
        if os.getpid() == owner:
            shutil.rmtree(folder.path, ignore_errors=True)


def is_in_memory(place: Path, mounts: Path = _MOUNTS) -> bool:
    """Return whether a folder is the root of a file system in memory, as Linux lists them."""
    try:
        lines = mounts.read_text().splitlines()
    except OSError:  # another system
        return False
    # Of several mounts at one path, the last one counts.
    kinds = {line.split()[1]: line.split()[2] for line in lines}
    return kinds.get(str(place)) in ("tmpfs", "ramfs")


def _make(memory: Path, megabytes: int) -> SharedFolder:
    _remove_leftovers(memory)
    space = os.statvfs(memory)
    size = min(megabytes * 1024 * 1024, int(space.f_bavail * space.f_frsize * _SHARE))
    made = Path(tempfile.mkdtemp(prefix=".plugin-server-", dir=memory))
    _hold(made)
    # Only locked may it have the name by which other servers delete what is not in use.
    path = made.rename(memory / f"{_PREFIX}{made.name.rpartition('-')[2]}")
    return SharedFolder(path, size)


def _hold(folder: Path) -> bool:
    """Lock a folder for as long as this process or one of its forks lives; return whether it was free."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return False
    return True


def _remove_leftovers(memory: Path) -> None:
    for folder in memory.glob(f"{_PREFIX}*"):
        with suppress(OSError):  # another user's, or another server was first
            if folder.stat().st_uid == os.getuid() and _hold(folder):
                shutil.rmtree(folder, ignore_errors=True)
