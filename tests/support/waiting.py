"""Waiting for something to become true, in another process or thread."""

import time
from collections.abc import Callable
from threading import Event
from typing import Any


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Return as soon as the condition holds; fail after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        Event().wait(0.02)


def wait_for(read: Callable[[], Any], expected: Any, seconds: float = 10) -> None:
    """Return as soon as what is read is what is expected; else fail with both."""
    deadline = time.monotonic() + seconds
    while read() != expected and time.monotonic() < deadline:
        Event().wait(0.02)
    assert read() == expected
