"""The folder in memory in which the processes of one machine share what Kit answered; gone with the server.

It is made before the processes are, so that they all know it, and belongs to this user alone. A server that
was killed cannot remove its own: the next one does. That it is nobody's any more shows by a lock, which the
kernel gives back with the last process that holds it.
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
# Of what is free in memory for files, at most this share: others keep their files there, too.
_SHARE = 0.5
_MOUNTS = Path("/proc/self/mounts")


@dataclass(frozen=True)
class SharedFolder:
    """A folder that is there, and how many bytes the files in it may take."""

    path: Path
    size: int


@contextmanager
def shared_folder(memory: str | None, megabytes: int) -> Iterator[SharedFolder | None]:
    """Make a folder in a place for files, and remove it in the end.

    Args:
        memory: the place, which must be in memory; ``None`` where there is none.
        megabytes: how much may be kept in it, if that much is free.

    Yields ``None`` where nothing can be shared; a line of the log says so.
    """
    folder, problem = None, "no file system in memory"
    if memory and is_in_memory(Path(memory)):
        try:
            folder = _make(Path(memory), megabytes)
        except OSError as error:
            problem = type(error).__name__
    if folder is None:
        log.info("Processes do not share what Kit answers (%s); with Redis they would", problem)
        yield None
        return
    owner = os.getpid()
    try:
        yield folder
    finally:
        # A process of the fork that ends comes by here as well, and the others go on.
        if os.getpid() == owner:
            shutil.rmtree(folder.path, ignore_errors=True)


def is_in_memory(place: Path, mounts: Path = _MOUNTS) -> bool:
    """Return whether a place is a file system that keeps its files in memory, as Linux lists them."""
    try:
        lines = mounts.read_text().splitlines()
    except OSError:  # another system
        return False
    # What was mounted last at a place is what is there.
    kinds = {line.split()[1]: line.split()[2] for line in lines}
    return kinds.get(str(place)) in ("tmpfs", "ramfs")


def _make(memory: Path, megabytes: int) -> SharedFolder:
    _remove_leftovers(memory)
    space = os.statvfs(memory)
    size = min(megabytes * 1024 * 1024, int(space.f_bavail * space.f_frsize * _SHARE))
    made = Path(tempfile.mkdtemp(prefix=".plugin-server-", dir=memory))
    _hold(made)
    # Only now may others see it, who remove what nobody holds.
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
        with suppress(OSError):  # another user's, or another server that starts was first
            if folder.stat().st_uid == os.getuid() and _hold(folder):
                shutil.rmtree(folder, ignore_errors=True)
