"""Watches files for changes, and never stops watching, whatever happens to the folders."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from queue import Empty, Queue
from threading import Event, Thread

import watchfiles

# Milliseconds. An editor saves several files within a few; the step delays every reload.
_STEP = 20
_DEBOUNCE = 100
_EMPTY_FILE_WAIT = 300
# Milliseconds between checks whether a watched folder was replaced by another of the same name.
_FOLDER_CHECK = 500

_LEFT_OUT = frozenset({"node_modules", "__pycache__"})


class Watch:
    """Collects changed files below some folders; made by ``watching``."""

    def __init__(self) -> None:
        """Start without changes."""
        self._changes: Queue[set[Path]] = Queue()

    def wait(self, seconds: float) -> set[Path]:
        """Return the files that changed since the last call; wait at most ``seconds`` for the first."""
        found: set[Path] = set()
        try:
            found |= self._changes.get(timeout=seconds)
            _wait_until_written(found)
            while True:
                found |= self._changes.get_nowait()
        except Empty:
            return found

    def follow(self, root: Path, files: set[Path], stop: Event) -> None:
        """Collect changes below a folder until ``stop``; only of ``files`` if there are any."""
        polling = False
        while not stop.is_set():
            try:
                self._collect(root, files, stop, polling)
            except FileNotFoundError:
                pass
            except (OSError, RuntimeError):
                # The system has no more watches: polling is slower, but always works.
                polling = True
            # A folder that was replaced, by `git switch` for example, may contain anything.
            if not stop.wait(_FOLDER_CHECK / 1000) and root.is_dir():
                self._changes.put(files or {root})

    def _collect(self, root: Path, files: set[Path], stop: Event, polling: bool) -> None:
        for changed in _changes(root, stop, deep=not files, polling=polling):
            found = changed & files if files else {f for f in changed if _is_source(root, f)}
            if found:
                self._changes.put(found)


@contextmanager
def watching(paths: Iterable[Path]) -> Iterator[Watch]:
    """Watch folders recursively, and single files.

    A file is watched through its folder: many editors save by replacing the file.
    """
    watch, stop = Watch(), Event()
    roots: dict[Path, set[Path]] = {}
    for path in sorted(each.resolve() for each in paths):
        if any(not files and path.is_relative_to(root) for root, files in roots.items()):
            continue
        if path.is_dir():
            roots[path] = set()
        else:
            roots.setdefault(path.parent, set()).add(path)
    threads = [
        Thread(target=watch.follow, args=(root, files, stop), daemon=True)
        for root, files in roots.items()
    ]
    for thread in threads:
        thread.start()
    try:
        yield watch
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _changes(root: Path, stop: Event, *, deep: bool, polling: bool) -> Iterator[set[Path]]:
    """Yield changed files until ``stop``, or until the folder is replaced.

    Raises:
        FileNotFoundError: the folder does not exist now.
        OSError, RuntimeError: the system cannot watch it.
    """
    watched = root.stat().st_ino
    for changes in watchfiles.watch(
        root,
        watch_filter=None,
        debounce=_DEBOUNCE,
        step=_STEP,
        stop_event=stop,
        rust_timeout=_FOLDER_CHECK,
        yield_on_timeout=True,
        recursive=deep,
        force_polling=polling or None,
    ):
        if changes:
            yield set(chain.from_iterable(_files(kind, Path(name)) for kind, name in changes))
        if root.stat().st_ino != watched:
            return


def _files(kind: watchfiles.Change, path: Path) -> Iterator[Path]:
    """Yield a changed file, or the files in a new folder: they may be older than the watch of it."""
    yield path
    if kind is watchfiles.Change.added and path.is_dir():
        yield from path.rglob("*")


def _wait_until_written(files: set[Path]) -> None:
    """Wait a moment for empty files to be written: an editor may have truncated them to do so."""
    deadline = time.monotonic() + _EMPTY_FILE_WAIT / 1000
    while any(map(_is_empty, files)) and time.monotonic() < deadline:
        time.sleep(_STEP / 1000)


def _is_empty(file: Path) -> bool:
    try:
        return file.stat().st_size == 0
    except OSError:
        return False


def _is_source(root: Path, file: Path) -> bool:
    """Return whether a changed path is a source file, and not an editor's temporary file."""
    parts = file.relative_to(root).parts
    hidden = any(part in _LEFT_OUT or part.startswith(".") or part.endswith("~") for part in parts)
    return not hidden and bool(file.suffix) and file.suffix != ".pyc"
