"""The cache that the processes of one machine share without Redis: files in a folder in memory.

Each account has a folder with a file for each resource, so that all of it is evicted at once. A file appears
as a whole or not at all: it is written under another name first. Locks are the kernel's, which releases those
of a process that has died. The size is bounded in bytes: the files that were written first are evicted.

Only this user can read the files, and they are never written to a disk; see ``shared_folder.py``.
"""

import fcntl
import hashlib
import logging
import os
import secrets
import shutil
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

from typing_extensions import override

from plugin_server.kit.cache.memory import MAX_STALENESS
from plugin_server.kit.cache.shared import Content, SharedCache, pack, unpack
from plugin_server.kit.cache.shared_folder import SharedFolder

log = logging.getLogger(__name__)

# Seconds between two attempts to take a lock.
_POLL = 0.01
# Seconds for which a save waits for that of another process, before it is given up.
_SAVE_TIMEOUT = 0.5
# The largest share of the size that one entry may take, and the share that is left after an eviction.
_ENTRY_SHARE, _LEFT_SHARE = 1 / 4, 3 / 4
# Bytes: memory for files comes in pages.
_PAGE = 4096
# When an entry was loaded (unix seconds), before its content.
_HEAD = struct.Struct(">d")
# A file in an account's folder that is not an entry: no resource's name starts with a dot.
_VISIT = ".visit"
# What the name of an account's folder starts with.
_PREFIX = "account-"
# A lock of the kernel's as Linux has it (struct flock): kind, from where it counts, start, length, process.
_LOCK = struct.Struct("hhqqi0q")


class _File(NamedTuple):
    written: float
    size: int
    path: Path


class FileShared(SharedCache):
    """Shares entries in files: what one process of this machine has loaded, all have."""

    needs_sweeping = True

    def __init__(self, folder: SharedFolder) -> None:
        """Take the folder; each process needs its own object, made after the fork."""
        self._accounts, self._size = folder.path / "accounts", folder.size
        self._accounts.mkdir(mode=0o700, exist_ok=True)
        self._load_locks = _open(folder.path / "load_locks")
        self._total = _open(folder.path / "total")
        # The kernel's locks exclude processes, not threads.
        self._saving = threading.Lock()
        self._has_warned = False

    @override
    def is_available(self) -> bool:
        return True

    @override
    def find(self, account_id: str, resource: str, *, newer_than: float) -> Content | None:
        # The time is read before the content, which may be large.
        try:
            with self._path(account_id, resource).open("rb", buffering=0) as file:
                (loaded_at,) = _HEAD.unpack(file.read(_HEAD.size))
                if loaded_at <= newer_than:
                    return None
                return Content(unpack(file.read()), loaded_at)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, struct.error, zlib.error) as error:
            self._warn_once("read", error)
            return None

    @override
    def save(
        self, account_id: str, resource: str, encode: Callable[[], bytes], loaded_at: float
    ) -> None:
        try:
            content = _HEAD.pack(loaded_at) + pack(encode())
        except Exception:  # the request has its value: sharing it must not fail the request
            log.exception("A %s cannot be shared", resource)
            return
        if _pages(len(content)) > self._size * _ENTRY_SHARE:
            return
        path = self._path(account_id, resource)
        try:
            with self._exclusive(_SAVE_TIMEOUT) as is_exclusive:
                if is_exclusive:
                    self._write(path, content)
        except FileNotFoundError:  # the account has just been evicted
            return
        except OSError as error:
            self._warn_once("written", error)

    @override
    def list(self, account_id: str) -> dict[str, float]:
        try:
            names = [unquote(each.name) for each in self._folder(account_id).iterdir()]
        except OSError:  # nothing
            return {}
        found = {name: self.find(account_id, name, newer_than=0.0) for name in names}
        return {name: content.loaded_at for name, content in found.items() if content}

    @override
    def evict(self, account_id: str) -> None:
        # Renamed first, so that it is gone at once for all processes.
        gone = self._accounts / f".{secrets.token_hex(8)}"
        try:
            self._folder(account_id).rename(gone)
        except FileNotFoundError:
            return
        except OSError as error:
            self._warn_once("dropped", error)
        shutil.rmtree(gone, ignore_errors=True)

    @override
    @contextmanager
    def load_lock(self, account_id: str, resource: str, *, seconds: int) -> Iterator[None]:
        # One file has a lock for each resource: on one of its 2**62 bytes, which need not exist.
        digest = hashlib.sha256(f"{account_id} {resource}".encode()).digest()
        place = int.from_bytes(digest[:8], "big") >> 2
        taken = _acquire(lambda: self._set_load_lock(place, fcntl.F_WRLCK), seconds)
        try:
            yield
        finally:
            if taken:
                self._set_load_lock(place, fcntl.F_UNLCK)

    def _set_load_lock(self, place: int, kind: int) -> None:
        """Acquire or release a lock that belongs to the open file, as ``fcntl.lockf``'s do not."""
        fcntl.fcntl(self._load_locks, fcntl.F_OFD_SETLK, _LOCK.pack(kind, os.SEEK_SET, place, 1, 0))

    @override
    def find_visit(self, account_id: str) -> tuple[float, float] | None:
        # An empty file has these times; it is never opened, so that reading changes none.
        try:
            found = self._path(account_id, _VISIT).stat()
        except OSError:
            return None
        return found.st_atime, found.st_mtime

    @override
    def save_visit(self, account_id: str, start: float, latest: float) -> None:
        path = self._path(account_id, _VISIT)
        try:
            try:
                os.utime(path, (start, latest))
            except FileNotFoundError:
                path.parent.mkdir(mode=0o700, exist_ok=True)
                path.touch(mode=0o600)
                os.utime(path, (start, latest))
        except FileNotFoundError:  # … and the account has just been evicted
            return
        except OSError as error:
            self._warn_once("written", error)

    @override
    def sweep(self, is_connected: Callable[[str], bool]) -> None:
        # Also what a dead process left unfinished.
        for folder in self._folders():
            account_id = unquote(folder.name.removeprefix(_PREFIX))
            if not is_connected(account_id):
                self.evict(account_id)
        for gone in self._accounts.glob(".*"):
            shutil.rmtree(gone, ignore_errors=True)
        with self._exclusive(_SAVE_TIMEOUT) as is_exclusive:
            if not is_exclusive:  # the other process does the same
                return
            old = time.time() - MAX_STALENESS
            files = tuple(self._files())
            for file in files:
                if file.written < old or file.path.name.startswith("."):
                    file.path.unlink(missing_ok=True)
            self._save_total(sum(file.size for file in files if file.path.exists()))
            for folder in self._folders():
                self._drop_if_empty(folder, old)

    # Files

    def _folder(self, account_id: str) -> Path:
        # With a prefix: an account named ".." would otherwise be another folder.
        return self._accounts / f"{_PREFIX}{quote(account_id, safe='')}"

    def _path(self, account_id: str, resource: str) -> Path:
        return self._folder(account_id) / quote(resource, safe="")

    def _folders(self) -> Sequence[Path]:
        """Return the accounts' folders."""
        return tuple(self._accounts.glob(f"{_PREFIX}*"))

    def _files(self) -> Iterator[_File]:
        """Yield all entries, those that a dead process left unfinished included."""
        for folder in self._folders():
            with suppress(OSError):  # it is being evicted
                for each in os.scandir(folder):
                    if each.name != _VISIT:
                        found = each.stat()
                        yield _File(found.st_mtime, _pages(found.st_size), Path(each.path))

    def _write(self, path: Path, content: bytes) -> None:
        """Write an entry as a whole; to be called under ``_exclusive``."""
        (total,) = _HEAD.unpack(os.pread(self._total, _HEAD.size, 0) or _HEAD.pack(0.0))
        total += _pages(len(content)) - (_pages(path.stat().st_size) if path.exists() else 0)
        if total > self._size:
            total = self._make_room(_pages(len(content)))
        path.parent.mkdir(mode=0o700, exist_ok=True)
        unfinished = path.with_name(f".{path.name}")
        try:
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            unfinished.replace(path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        self._save_total(total)

    def _make_room(self, needed: int) -> int:
        """Evict the files that were written first; return the bytes in use, those needed included."""
        files = sorted(self._files())
        total = needed + sum(file.size for file in files)
        for file in files:
            if total <= self._size * _LEFT_SHARE:
                break
            file.path.unlink(missing_ok=True)
            total -= file.size
        return total

    def _save_total(self, total: float) -> None:
        os.pwrite(self._total, _HEAD.pack(total), 0)

    @contextmanager
    def _exclusive(self, seconds: float) -> Iterator[bool]:
        """Exclude other writers; yields whether that succeeded in time."""
        with self._saving:
            taken = _acquire(
                lambda: fcntl.flock(self._total, fcntl.LOCK_EX | fcntl.LOCK_NB), seconds
            )
            try:
                yield taken
            finally:
                if taken:
                    fcntl.flock(self._total, fcntl.LOCK_UN)

    @staticmethod
    def _drop_if_empty(folder: Path, old: float) -> None:
        """Delete an account's folder in which nothing is left but an old visit."""
        with suppress(OSError):  # it was deleted, or an entry has just been written
            for each in folder.glob(_VISIT):
                if each.stat().st_mtime < old:
                    each.unlink()
            folder.rmdir()

    def _warn_once(self, done: str, error: Exception) -> None:
        """Log the first failure only: what is wrong with the folder affects thousands of files."""
        if not self._has_warned:
            self._has_warned = True
            log.warning("The shared cache cannot be %s (%s)", done, type(error).__name__)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _pages(size: int) -> int:
    return -(-size // _PAGE) * _PAGE


def _acquire(lock: Callable[[], None], seconds: float) -> bool:
    """Acquire a lock of the kernel as soon as it is free; return whether that took at most ``seconds``."""
    end = time.monotonic() + seconds
    while True:
        try:
            lock()
        except (BlockingIOError, PermissionError):  # another process has it
            if time.monotonic() >= end:
                return False
            time.sleep(_POLL)
        except OSError as error:
            log.warning("A lock cannot be acquired (%s)", type(error).__name__)
            return False
        else:
            return True
