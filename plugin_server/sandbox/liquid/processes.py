"""Runs ``worker`` for one template after another, each in a process of its own.

A process takes a moment to start, so that the next one is started ahead.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any

from plugin_server.blocking import before_blocking

_WORKER = Path(__file__).with_name("worker.py")
# How many templates are rendered at the same time.
_AT_ONCE = 2


@dataclass(frozen=True)
class Limits:
    """What one template may use.

    Attributes:
        seconds: of processor time, for all readers together.
        wall: seconds until the process is killed in any case.
        memory: bytes of the process, its program included.
        loops: repetitions of all loops together, for one reader.
        output: bytes of the HTML for one reader.
        variables: bytes of what a template assigns.
    """

    seconds: int = 2
    wall: int = 20
    memory: int = 512 * 1024 * 1024
    loops: int = 10_000
    output: int = 512 * 1024
    variables: int = 4 * 1024 * 1024


LIMITS = Limits()


class Ended(Exception):
    """The process did not respond: the text says which limit it reached."""


class Processes:
    """Processes that render; threads share it."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        """Start nothing yet: most plugins are not dynamic."""
        self._limits = limits
        self._free = BoundedSemaphore(_AT_ONCE)
        self._lock = Lock()
        self._spare: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def render(
        self, template: str, traced: str, contexts: Sequence[Mapping[str, Any]], mark: str
    ) -> dict[str, Any]:
        """Return the response of ``worker`` for a template; see there.

        Raises:
            Ended: it reached a limit of the process.
        """
        request = {"template": template, "traced": traced, "contexts": contexts, "mark": mark}
        before_blocking()
        with self._free, self._take() as process:
            try:
                text, _ = process.communicate(json.dumps(request).encode(), self._limits.wall)
            except subprocess.TimeoutExpired:
                process.kill()
                raise Ended(f"It was not ready after {self._limits.wall} seconds.") from None
        if not text.endswith(b"\n"):
            raise Ended(
                f"It needs more than {self._limits.seconds} seconds of a processor, or more than "
                f"{self._limits.memory // 1024**2} MB of memory."
            )
        response: dict[str, Any] = json.loads(text)
        return response

    def stop(self) -> None:
        """Stop the process that was started ahead; none is started after that."""
        with self._lock:
            self._stopped = True
            spare, self._spare = self._spare, None
        if spare:
            with spare:
                spare.kill()

    def _take(self) -> subprocess.Popen[bytes]:
        """Return a process of the caller's own, and start the next one."""
        with self._lock:
            taken = self._spare or self._start()
            self._spare = None if self._stopped else self._start()
            return taken

    def _start(self) -> subprocess.Popen[bytes]:
        # Isolated: without variables, and without modules of the current folder.
        return subprocess.Popen(  # noqa: S603 - nothing of the command is anybody's input
            [sys.executable, "-I", str(_WORKER), json.dumps(asdict(self._limits)), *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
        )
