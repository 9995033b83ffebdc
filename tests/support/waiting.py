"""Waiting for something to become true, in another process or thread."""

import time
from collections.abc import Callable
from threading import Event
from typing import Any

# Seconds; a machine that runs many tests is slow at times.
_PATIENCE = 60


def wait_until(condition: Callable[[], bool]) -> None:
    """Return as soon as the condition holds; fail when it does not for long."""
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        Event().wait(0.02)


def wait_for(read: Callable[[], Any], expected: Any) -> None:
    """Return as soon as what is read is what is expected; else fail with both."""
    deadline = time.monotonic() + _PATIENCE
    while read() != expected and time.monotonic() < deadline:
        Event().wait(0.02)
    assert read() == expected
