"""What the processes of one machine share without Redis: files in a folder in memory.

Each account has a folder with a file for each resource, so that all of it goes at once. A file appears as a
whole or not at all: it is written under another name first. Locks are the kernel's, which frees those of a
process that has died. What is kept is bounded in bytes: what was written longest ago makes room.

Files are for this user alone, and never reach a disk; see ``shared_folder.py``.
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

from plugin_server.kit.cache.memory import LONGEST_STALE
from plugin_server.kit.cache.shared import Content, pack, unpack
from plugin_server.kit.cache.shared_folder import SharedFolder

log = logging.getLogger(__name__)

# Seconds between two looks at whether somebody else's turn is over.
_POLL = 0.01
# Seconds for which a save waits for another process's; beyond, it is given up.
_LONGEST_SAVE = 0.5
# The largest share of the room that one entry may take, and what is left when room had to be made.
_ONE_SHARE, _LEFT_SHARE = 1 / 4, 3 / 4
# Bytes: memory for files comes in pages.
_PAGE = 4096
# When an entry was asked for (unix seconds), before its content.
_HEAD = struct.Struct(">d")
# Files in an account's folder that hold no entry, because no resource's name begins with a dot.
_VISIT = ".visit"


# What the name of an account's folder begins with.
_BEGINNING = "account-"
# A lock of the kernel's as Linux has it (struct flock): kind, from where it counts, start, length, process.
_LOCK = struct.Struct("hhqqi0q")


class _File(NamedTuple):
    written: float
    size: int
    path: Path


class FileShared:
    """Others are there: what one process of this machine has loaded, all have."""

    is_to_be_swept = True

    def __init__(self, folder: SharedFolder) -> None:
        """Take the folder; to be made in each process anew, after the fork."""
        self._accounts, self._size = folder.path / "accounts", folder.size
        self._accounts.mkdir(mode=0o700, exist_ok=True)
        self._turns = _open(folder.path / "turns")
        self._total = _open(folder.path / "total")
        # The kernel's locks tell processes apart, not threads.
        self._saving = threading.Lock()
        self._complained = False

    def is_available(self) -> bool:
        """Return that nobody is missing."""
        return True

    def find(self, account_id: str, resource: str, *, newer_than: float) -> Content | None:
        """Return an entry that is newer than a moment; its age is read before its content."""
        try:
            with self._path(account_id, resource).open("rb", buffering=0) as file:
                (loaded_at,) = _HEAD.unpack(file.read(_HEAD.size))
                if loaded_at <= newer_than:
                    return None
                return Content(unpack(file.read()), loaded_at)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, struct.error, zlib.error) as error:
            self._complain("read", error)
            return None

    def save(
        self, account_id: str, resource: str, encode: Callable[[], bytes], loaded_at: float
    ) -> None:
        """Keep an entry, unless it takes more than a quarter of the room."""
        try:
            content = _HEAD.pack(loaded_at) + pack(encode())
        except Exception:
            log.exception("A %s cannot be shared", resource)
            return
        if _pages(len(content)) > self._size * _ONE_SHARE:
            return
        path = self._path(account_id, resource)
        try:
            with self._alone(_LONGEST_SAVE) as is_alone:
                if is_alone:
                    self._write(path, content)
        except FileNotFoundError:  # the account has just been forgotten
            return
        except OSError as error:
            self._complain("written", error)

    def list(self, account_id: str) -> dict[str, float]:
        """Return what is kept, and when it was asked for."""
        try:
            names = [unquote(each.name) for each in self._folder(account_id).iterdir()]
        except OSError:  # nothing
            return {}
        found = {name: self.find(account_id, name, newer_than=0.0) for name in names}
        return {name: content.loaded_at for name, content in found.items() if content}

    def forget(self, account_id: str) -> None:
        """Drop everything of an account, at once for all who look from now on."""
        gone = self._accounts / f".{secrets.token_hex(8)}"
        try:
            self._folder(account_id).rename(gone)
        except FileNotFoundError:
            return
        except OSError as error:
            self._complain("dropped", error)
        shutil.rmtree(gone, ignore_errors=True)

    @contextmanager
    def load_lock(self, account_id: str, resource: str, *, seconds: int) -> Iterator[None]:
        """Wait until no other process loads this resource.

        One file has a lock for each resource: that on one of its 2**62 bytes, which need not be there.
        """
        digest = hashlib.sha256(f"{account_id} {resource}".encode()).digest()
        place = int.from_bytes(digest[:8], "big") >> 2
        taken = _wait(lambda: self._lock_turn(place, fcntl.F_WRLCK), seconds)
        try:
            yield
        finally:
            if taken:
                self._lock_turn(place, fcntl.F_UNLCK)

    def _lock_turn(self, place: int, kind: int) -> None:
        """Take or give back a lock that belongs to the open file, as ``fcntl.lockf``'s do not."""
        fcntl.fcntl(self._turns, fcntl.F_OFD_SETLK, _LOCK.pack(kind, os.SEEK_SET, place, 1, 0))

    def visit(self, account_id: str) -> tuple[float, float] | None:
        """Return an account's latest visit: a file without content, which nobody reads, has these times."""
        try:
            found = self._path(account_id, _VISIT).stat()
        except OSError:
            return None
        return found.st_atime, found.st_mtime

    def tell_visit(self, account_id: str, began: float, latest: float) -> None:
        """Tell the others of a visit."""
        path = self._path(account_id, _VISIT)
        try:
            try:
                os.utime(path, (began, latest))
            except FileNotFoundError:
                path.parent.mkdir(mode=0o700, exist_ok=True)
                path.touch(mode=0o600)
                os.utime(path, (began, latest))
        except FileNotFoundError:  # … and the account has just been forgotten
            return
        except OSError as error:
            self._complain("written", error)

    def sweep(self, is_connected: Callable[[str], bool]) -> None:
        """Drop what is too old, what a dead process left unfinished, and accounts that have gone."""
        for folder in self._folders():
            account_id = unquote(folder.name.removeprefix(_BEGINNING))
            if not is_connected(account_id):
                self.forget(account_id)
        for gone in self._accounts.glob(".*"):
            shutil.rmtree(gone, ignore_errors=True)
        with self._alone(_LONGEST_SAVE) as is_alone:
            if not is_alone:  # whoever is at it does the same
                return
            old = time.time() - LONGEST_STALE
            files = tuple(self._files())
            for file in files:
                if file.written < old or file.path.name.startswith("."):
                    file.path.unlink(missing_ok=True)
            self._note_total(sum(file.size for file in files if file.path.exists()))
            for folder in self._folders():
                self._drop_if_empty(folder, old)

    # Files

    def _folder(self, account_id: str) -> Path:
        # With a beginning of ours: an account named ".." would else be another folder.
        return self._accounts / f"{_BEGINNING}{quote(account_id, safe='')}"

    def _path(self, account_id: str, resource: str) -> Path:
        return self._folder(account_id) / quote(resource, safe="")

    def _folders(self) -> Sequence[Path]:
        """Return the accounts' folders."""
        return tuple(self._accounts.glob(f"{_BEGINNING}*"))

    def _files(self) -> Iterator[_File]:
        """Yield all entries, those that a dead process left unfinished included."""
        for folder in self._folders():
            with suppress(OSError):  # it is being dropped
                for each in os.scandir(folder):
                    if each.name != _VISIT:
                        found = each.stat()
                        yield _File(found.st_mtime, _pages(found.st_size), Path(each.path))

    def _write(self, path: Path, content: bytes) -> None:
        """Write an entry as a whole; nobody else writes meanwhile."""
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
        self._note_total(total)

    def _make_room(self, needed: int) -> int:
        """Drop what was written longest ago; return the bytes that will be taken, the needed included."""
        files = sorted(self._files())
        total = needed + sum(file.size for file in files)
        for file in files:
            if total <= self._size * _LEFT_SHARE:
                break
            file.path.unlink(missing_ok=True)
            total -= file.size
        return total

    def _note_total(self, total: float) -> None:
        os.pwrite(self._total, _HEAD.pack(total), 0)

    @contextmanager
    def _alone(self, seconds: float) -> Iterator[bool]:
        """Keep other writers out; yields whether they are."""
        with self._saving:
            taken = _wait(lambda: fcntl.flock(self._total, fcntl.LOCK_EX | fcntl.LOCK_NB), seconds)
            try:
                yield taken
            finally:
                if taken:
                    fcntl.flock(self._total, fcntl.LOCK_UN)

    @staticmethod
    def _drop_if_empty(folder: Path, old: float) -> None:
        """Drop an account's folder in which nothing is left but a visit of long ago."""
        with suppress(OSError):  # it has gone, or somebody has just come
            for each in folder.glob(_VISIT):
                if each.stat().st_mtime < old:
                    each.unlink()
            folder.rmdir()

    def _complain(self, done: str, error: Exception) -> None:
        """Log the first failure: what is wrong with the folder is so for each of thousands of files."""
        if not self._complained:
            self._complained = True
            log.warning("What processes share cannot be %s (%s)", done, type(error).__name__)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _pages(size: int) -> int:
    return -(-size // _PAGE) * _PAGE


def _wait(lock: Callable[[], None], seconds: float) -> bool:
    """Take a lock of the kernel's as soon as it is free; return whether it was in so many seconds."""
    end = time.monotonic() + seconds
    while True:
        try:
            lock()
        except (BlockingIOError, PermissionError):  # it is somebody else's
            if time.monotonic() >= end:
                return False
            time.sleep(_POLL)
        except OSError as error:
            log.warning("The kernel has no lock for us (%s)", type(error).__name__)
            return False
        else:
            return True
