"""Runs a block's code for a limited time, and says where it was when the time was over.

For commands, tests and the preview. Python cannot end a thread, so the code runs in one of its own, which is
left behind: an endless loop gets an exception, and whatever waits outside of Python ends when it ends.
"""

import ctypes
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextvars import copy_context
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import TypeVar

from plugin_server.blocking import before_blocking
from plugin_server.resources.packages import installed_packages

# A block takes milliseconds; what takes longer than this would not be waited for.
SECONDS = 5.0

Result = TypeVar("Result")


class TookTooLong(Exception):
    """A block's code did not end in time; ``file`` and ``line`` are where it was."""

    def __init__(self, file: Path, line: int | None, seconds: float) -> None:
        """Take the place, and how many seconds it had."""
        self.file, self.line = file, line
        self.problem = (
            f"still here after {seconds:g} seconds: an endless loop, or something that takes too long. "
            "Kit does not wait for a block that long"
        )
        super().__init__(f"{file.name}: {self.problem}")


def run_limited(call: Callable[[], Result], seconds: float = SECONDS) -> Result:
    """Return what ``call`` returns; errors that it raises are passed on.

    Raises:
        TookTooLong: it did not end in time.
    """
    outcome: Future[Result] = Future()
    context = copy_context()

    def work() -> None:
        try:
            outcome.set_result(context.run(call))
        except BaseException as error:  # noqa: BLE001 - for the caller, whatever it is
            outcome.set_exception(error)

    thread = Thread(target=work, name="block", daemon=True)
    thread.start()
    before_blocking()
    thread.join(seconds)
    frame = sys._current_frames().get(thread.ident or 0)
    if outcome.done() or frame is None:
        return outcome.result()
    error = TookTooLong(*_place(frame), seconds)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread.ident or 0), ctypes.py_object(SystemExit)
    )
    raise error


def _place(frame: FrameType) -> tuple[Path, int | None]:
    """Return the innermost line of a block's module or template, or the innermost line of all."""
    folders = [folder for each in installed_packages() for folder in (each.folder, each.templates)]
    places = [*_places(frame)]
    own = (place for place in places if any(map(place[0].is_relative_to, folders)))
    return next(own, places[0])


def _places(frame: FrameType | None) -> Iterator[tuple[Path, int | None]]:
    while frame:
        template = frame.f_globals.get("__jinja_template__")
        line = (
            frame.f_lineno
            if template is None
            else template.get_corresponding_lineno(frame.f_lineno)
        )
        yield Path(frame.f_code.co_filename), line
        frame = frame.f_back
