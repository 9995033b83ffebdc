"""Lines that would come with every request come once a second, and say how many they stand for."""

import logging
from typing import Any

import pytest

from plugin_server.observe.throttle import Throttle


def test_the_first_line_comes_at_once_and_the_others_together(
    clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    throttle = Throttle(logging.getLogger("test"), logging.ERROR, clock=clock)
    for _ in range(5):
        throttle.write("It is down.", reason="disk")
    clock.advance(1)
    for _ in range(3):
        throttle.write("It is down.", reason="disk")
    lines = [(r.getMessage(), r.levelname, r.count, r.reason) for r in caplog.records]
    assert lines == [("It is down.", "ERROR", 1, "disk"), ("It is down.", "ERROR", 5, "disk")]
