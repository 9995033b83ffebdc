"""The limits of one process: what the limits library promises of a storage of moving windows."""

import threading
from typing import Any

import pytest
from limits import RateLimitItemPerHour, RateLimitItemPerMinute
from limits.strategies import MovingWindowRateLimiter

from plugin_server.ratelimit.storage import LocalStorage


@pytest.fixture
def limiter(clock: Any) -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(LocalStorage(clock=clock))


TWO = RateLimitItemPerMinute(2)


def test_what_was_used_comes_back_after_a_minute(
    limiter: MovingWindowRateLimiter, clock: Any
) -> None:
    assert limiter.get_window_stats(TWO, "ada") == (clock.now + 60, 2)
    assert limiter.hit(TWO, "ada")
    start = clock.now
    clock.advance(30)
    assert limiter.hit(TWO, "ada")
    assert not limiter.test(TWO, "ada")
    assert not limiter.hit(TWO, "ada")
    assert limiter.get_window_stats(TWO, "ada") == (start + 60, 0)
    clock.advance(30)
    assert limiter.get_window_stats(TWO, "ada") == (start + 90, 1)
    assert [limiter.hit(TWO, "ada"), limiter.hit(TWO, "ada")] == [True, False]


def test_a_test_uses_nothing(limiter: MovingWindowRateLimiter) -> None:
    assert all(limiter.test(TWO, "ada") for _ in range(3))
    assert limiter.get_window_stats(TWO, "ada").remaining == 2


def test_each_name_is_counted_and_cleared_by_itself(limiter: MovingWindowRateLimiter) -> None:
    for name in ("ada", "ada", "bob", "bob"):
        assert limiter.hit(TWO, name)
    limiter.clear(TWO, "ada")
    assert limiter.hit(TWO, "ada")
    assert not limiter.hit(TWO, "bob")
    assert limiter.storage.reset() == 2
    assert limiter.hit(TWO, "bob")


def test_it_starts_no_thread(limiter: MovingWindowRateLimiter) -> None:
    before = threading.active_count()
    limiter.hit(TWO, "ada")
    assert threading.active_count() == before


def test_other_limits_are_refused_rather_than_counted_wrong(
    limiter: MovingWindowRateLimiter,
) -> None:
    with pytest.raises(ValueError, match="3600 s"):
        limiter.hit(RateLimitItemPerHour(2), "ada")
    with pytest.raises(ValueError, match="not 2 in 60 s"):
        limiter.hit(TWO, "ada", cost=2)
