"""The servers of the preview as processes of their own, and the signals that end them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import httpx2

from plugin_server.config.environment import environment
from plugin_server.config.startup import CannotStart

Process = subprocess.Popen[bytes]

# Seconds.
_START_TIMEOUT = 60
_STOP_TIMEOUT = 10
_POLL = 0.05


class Stopped(Exception):
    """The user asked to stop."""


@contextmanager
def stop_signals() -> Iterator[None]:
    """Raise Stopped where the first signal to end arrives; later ones change nothing."""

    def stop(_number: int, _frame: object) -> None:
        for number in ending:
            signal.signal(number, signal.SIG_IGN)
        raise Stopped

    ending = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in ending}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def running(
    module: str,
    *arguments: str,
    variables: Mapping[str, str] | None = None,
    keep: Sequence[int] = (),
) -> Iterator[Process]:
    """Run a module in a session of its own, so that Ctrl-C reaches it through us alone.

    Args:
        module: what ``python -m`` takes.
        arguments: of the module.
        variables: on top of our own environment.
        keep: file descriptors that it inherits.
    """
    process = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", module, *arguments],
        env={**environment(), **(variables or {})},
        start_new_session=True,
        pass_fds=keep,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)  # gunicorn then does not wait for idle connections
        try:
            process.wait(_STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until_up(url: str, process: Process) -> None:
    """Return as soon as a server answers.

    Raises:
        CannotStart: it ended, or did not come up.
    """
    deadline = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise CannotStart(f"The server of {url} ended while starting; its message is above.")
        try:
            httpx2.get(url, timeout=1).raise_for_status()
        except httpx2.HTTPError:
            time.sleep(_POLL)
        else:
            return
    raise CannotStart(f"{url} did not come up within {_START_TIMEOUT} seconds.")


def require_running(processes: Sequence[Process]) -> None:
    """Return if all of them run.

    Raises:
        CannotStart: one has ended.
    """
    if any(process.poll() is not None for process in processes):
        raise CannotStart("A server ended by itself; its message is above.")


def say(text: str) -> None:
    """Print a line for the developer."""
    print(text, flush=True)  # noqa: T201 - a command's output
