"""Starts and stops the preview's servers as child processes, and handles the signals that stop it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

import httpx2

from plugin_server.config.environment import environment
from plugin_server.config.startup import CannotStart

Process = subprocess.Popen[bytes]

# Seconds.
_START_TIMEOUT = 60
_STOP_TIMEOUT = 10
_POLL = 0.05


class Stopped(Exception):
    """A signal requested to stop."""


@contextmanager
def stop_signals() -> Iterator[None]:
    """Raise Stopped in the block at the first signal to stop; later ones are ignored."""

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
    log: Path | None = None,
) -> Iterator[Process]:
    """Run a module in a session of its own, so that Ctrl-C does not reach it before we stop it.

    Args:
        module: its name for ``python -m``.
        arguments: its command line.
        variables: in addition to our own environment.
        keep: file descriptors that it inherits.
        log: where its standard error is written, instead of to ours.
    """
    with log.open("wb") if log else nullcontext() as output:
        process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", module, *arguments],
            env={**environment(), **(variables or {})},
            start_new_session=True,
            pass_fds=keep,
            stderr=output,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)  # gunicorn does not wait for idle connections then
        try:
            process.wait(_STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until_up(url: str, process: Process) -> None:
    """Return as soon as a server responds.

    Raises:
        CannotStart: it stopped, or did not start in time.
    """
    deadline = time.monotonic() + _START_TIMEOUT
    # One client for all tries: a client reads the certificates of all authorities, in 30 ms of the processor
    # that the server needs to start.
    with httpx2.Client(timeout=1) as http:
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise CannotStart(
                    f"The server of {url} stopped while starting; its message is above."
                )
            try:
                http.get(url).raise_for_status()
            except httpx2.HTTPError:
                time.sleep(_POLL)
            else:
                return
    raise CannotStart(f"{url} did not start within {_START_TIMEOUT} seconds.")


def require_running(processes: Sequence[Process]) -> None:
    """Return if all processes run.

    Raises:
        CannotStart: one has stopped.
    """
    if any(process.poll() is not None for process in processes):
        raise CannotStart("A server stopped by itself; its message is above.")


def say(text: str) -> None:
    """Print a line for the developer."""
    print(text, flush=True)  # noqa: T201 - a command's output
