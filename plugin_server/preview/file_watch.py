"""Hears of files that have changed, for as long as it runs: a watch that stops is worse than none."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Event, Thread

import watchfiles

# Milliseconds. An editor saves within a few; the first one is the creator's wait.
_STEP = 20
_MOST = 100
_WRITING = 300
# How soon it is noticed that a watched folder was replaced by another of the same name.
_CHECK = 500

_LEFT_OUT = frozenset({"node_modules", "__pycache__"})


class Watch:
    """Waits for changed files below some folders; from ``watching``."""

    def __init__(self) -> None:
        """Know of no change yet."""
        self._changes: Queue[set[Path]] = Queue()

    def wait(self, seconds: float) -> set[Path]:
        """Return the files that have changed since the last call, waiting so long for the first."""
        found: set[Path] = set()
        try:
            found |= self._changes.get(timeout=seconds)
            _wait_until_written(found)
            while True:
                found |= self._changes.get_nowait()
        except Empty:
            return found

    def follow(self, root: Path, wanted: set[Path], stop: Event) -> None:
        """Note changes below a folder until ``stop``; of the ``wanted`` files alone if there are any."""
        polling = False
        while not stop.is_set():
            try:
                self._note(root, wanted, stop, polling)
            except FileNotFoundError:
                pass
            except (OSError, RuntimeError):
                # The system has no more watches to give: looking is slower, and always works.
                polling = True
            # A folder that comes back, after `git switch` for one, may hold anything.
            if not stop.wait(_CHECK / 1000) and root.is_dir():
                self._changes.put(wanted or {root})

    def _note(self, root: Path, wanted: set[Path], stop: Event, polling: bool) -> None:
        for files in _changes(root, stop, deep=not wanted, polling=polling):
            found = files & wanted if wanted else {f for f in files if _counts(root, f)}
            if found:
                self._changes.put(found)


@contextmanager
def watching(paths: Iterable[Path]) -> Iterator[Watch]:
    """Watch folders with all that is below them, and single files.

    A file is watched through its folder: many editors save by putting another file in its place.
    """
    watch, stop = Watch(), Event()
    roots: dict[Path, set[Path]] = {}
    for path in sorted(each.resolve() for each in paths):
        if any(not wanted and path.is_relative_to(root) for root, wanted in roots.items()):
            continue
        if path.is_dir():
            roots[path] = set()
        else:
            roots.setdefault(path.parent, set()).add(path)
    threads = [
        Thread(target=watch.follow, args=(root, wanted, stop), daemon=True)
        for root, wanted in roots.items()
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
    """Yield changed files until ``stop``, or until the folder is not the one that it was.

    Raises:
        FileNotFoundError: there is no such folder now.
        OSError, RuntimeError: the system cannot watch it.
    """
    watched = root.stat().st_ino
    for changes in watchfiles.watch(
        root,
        watch_filter=None,
        debounce=_MOST,
        step=_STEP,
        stop_event=stop,
        rust_timeout=_CHECK,
        yield_on_timeout=True,
        recursive=deep,
        force_polling=polling or None,
    ):
        if changes:
            yield {Path(name) for _, name in changes}
        if root.stat().st_ino != watched:
            return


def _wait_until_written(files: set[Path]) -> None:
    """Wait a moment for files that are empty: an editor may have emptied them to write them anew."""
    deadline = time.monotonic() + _WRITING / 1000
    while any(map(_is_empty, files)) and time.monotonic() < deadline:
        time.sleep(_STEP / 1000)


def _is_empty(file: Path) -> bool:
    try:
        return file.stat().st_size == 0
    except OSError:
        return False


def _counts(root: Path, file: Path) -> bool:
    """Tell whether a changed path is a source: editors leave files of their own beside those."""
    parts = file.relative_to(root).parts
    hidden = any(part in _LEFT_OUT or part.startswith(".") or part.endswith("~") for part in parts)
    return not hidden and bool(file.suffix) and file.suffix != ".pyc"
