"""A rolling minute: what was taken comes back one by one, as it was taken."""

from typing import Any

import pytest

from plugin_server.ratelimit.windows import LocalWindows, Outcome


@pytest.fixture
def windows(clock: Any) -> LocalWindows:
    """Make windows on a clock that stands still."""
    return LocalWindows(clock)


def test_what_was_taken_comes_back_after_a_minute_each_by_itself(
    windows: LocalWindows, clock: Any
) -> None:
    for _ in range(3):
        assert windows.acquire("ada", 3).granted
        clock.advance(10)
    assert windows.acquire("ada", 3) == Outcome(granted=False, remaining=0, wait=30)
    clock.advance(30)
    assert windows.acquire("ada", 3) == Outcome(granted=True, remaining=0, wait=0)
    assert windows.acquire("ada", 3) == Outcome(granted=False, remaining=0, wait=10)


def test_what_is_kept_for_others_is_waited_for_too(windows: LocalWindows, clock: Any) -> None:
    for _ in range(4):
        windows.acquire("ada", 4)
        clock.advance(10)
    assert windows.acquire("ada", 4, reserve=2) == Outcome(granted=False, remaining=0, wait=40)
    clock.advance(39)
    assert not windows.acquire("ada", 4, reserve=2).granted
    clock.advance(1)
    assert windows.acquire("ada", 4, reserve=2).granted


def test_each_name_has_its_own(windows: LocalWindows) -> None:
    assert windows.acquire("ada", 1).granted
    assert not windows.acquire("ada", 1).granted
    assert windows.acquire("bob", 1).granted


def test_only_old_names_are_dropped(windows: LocalWindows, clock: Any) -> None:
    windows.acquire("ada", 3)
    windows.acquire("bob", 3)
    clock.advance(50)
    windows.acquire("bob", 3)
    clock.advance(20)
    windows.acquire("eve", 3)
    assert len(windows) == 2
    assert windows.acquire("bob", 3).remaining == 1
