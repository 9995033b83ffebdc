"""A rolling minute: what was taken comes back one by one, as it was taken."""

from typing import Any

import pytest

from plugin_server.ratelimit.windows import OwnWindows, Taken


@pytest.fixture
def windows(clock: Any) -> OwnWindows:
    """Make windows on a clock that stands still."""
    return OwnWindows(clock)


def test_what_was_taken_comes_back_after_a_minute_each_by_itself(
    windows: OwnWindows, clock: Any
) -> None:
    for _ in range(3):
        assert windows.take("ada", 3).granted
        clock.advance(10)
    assert windows.take("ada", 3) == Taken(granted=False, left=0, wait=30)
    clock.advance(30)
    assert windows.take("ada", 3) == Taken(granted=True, left=0, wait=0)
    assert windows.take("ada", 3) == Taken(granted=False, left=0, wait=10)


def test_what_is_kept_for_others_is_waited_for_too(windows: OwnWindows, clock: Any) -> None:
    for _ in range(4):
        windows.take("ada", 4)
        clock.advance(10)
    assert windows.take("ada", 4, kept=2) == Taken(granted=False, left=0, wait=40)
    clock.advance(39)
    assert not windows.take("ada", 4, kept=2).granted
    clock.advance(1)
    assert windows.take("ada", 4, kept=2).granted


def test_each_name_has_its_own(windows: OwnWindows) -> None:
    assert windows.take("ada", 1).granted
    assert not windows.take("ada", 1).granted
    assert windows.take("bob", 1).granted


def test_only_names_of_long_ago_are_forgotten(windows: OwnWindows, clock: Any) -> None:
    windows.take("ada", 3)
    windows.take("bob", 3)
    clock.advance(50)
    windows.take("bob", 3)
    clock.advance(20)
    windows.take("eve", 3)
    assert len(windows) == 2
    assert windows.take("bob", 3).left == 1
