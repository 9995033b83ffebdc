"""The cache with what Kit reports: what has changed is loaded again, and nothing else for ten minutes."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from support.kit.cached_number import NUMBER, Kit, held_up
from support.waiting import wait_for, wait_until

from plugin_server.errors import KitUnavailable
from plugin_server.kit.api.deadline import Deadline
from plugin_server.kit.cache.account_cache import CachedValue
from plugin_server.kit.cache.cache import Cache
from plugin_server.kit.cache.changes import Changes
from plugin_server.kit.cache.lifetimes import REPORTED, REPORTED_GRACE
from plugin_server.kit.cache.shared_files import FileShared
from plugin_server.kit.cache.shared_folder import SharedFolder

REPORTED_NUMBER = replace(NUMBER, kind="numbers")
LAGGING = replace(REPORTED_NUMBER, lags=True)


class Reported:
    """What Kit has reported of an account so far; nothing at all until ``changes`` is set."""

    changes: Changes | None = None

    def __call__(self, _account_id: str) -> Changes | None:
        return self.changes

    def report(self, at: float, kind: str = "numbers") -> None:
        assert self.changes is not None
        self.changes = Changes(self.changes.since, {**self.changes.at, kind: at})


def join_loads() -> None:
    """Wait for what is loaded in the background."""
    for thread in threading.enumerate():
        if thread.name == "kit-load":
            thread.join()


@pytest.fixture
def reported(clock: Any) -> Reported:
    reported = Reported()
    reported.changes = Changes(since=clock() - 1)
    return reported


@pytest.fixture
def cache(make_cache: Callable[..., Cache], reported: Reported) -> Cache:
    return make_cache(find_changes=reported)


@pytest.fixture
def read(cache: Cache, kit: Kit) -> Callable[..., CachedValue[int]]:
    """A function that reads the number in a request of its own."""

    def read(resource: Any = REPORTED_NUMBER, fresh: bool = False) -> CachedValue[int]:
        return cache.of("26").get(resource, kit, Deadline.after(20), must_be_fresh=fresh)

    return read


def test_nothing_is_requested_for_ten_minutes_not_even_in_another_visit(
    read: Any, kit: Kit, clock: Any
) -> None:
    read()
    clock.advance(REPORTED - 1)
    assert read(fresh=True) == CachedValue(1, REPORTED - 1, loaded=False, stale=False)
    assert kit.requested == 1


def test_after_ten_minutes_it_is_loaded_in_the_background(read: Any, kit: Kit, clock: Any) -> None:
    read()
    clock.advance(REPORTED)
    assert read(fresh=True).value == 1
    wait_for(lambda: read(fresh=True).value, 2)
    assert kit.requested == 2


def test_a_creator_who_comes_back_later_waits_for_it(read: Any, clock: Any) -> None:
    read()
    clock.advance(REPORTED + REPORTED_GRACE)
    assert read(fresh=True) == CachedValue(2, 0, loaded=True, stale=False)


@pytest.mark.parametrize("fresh", [True, False])
def test_what_has_changed_is_waited_for(
    read: Any, reported: Reported, clock: Any, fresh: bool
) -> None:
    read()
    clock.advance(1)
    reported.report(clock())
    assert read(fresh=fresh) == CachedValue(2, 0, loaded=True, stale=False)


def test_a_report_of_something_else_changes_nothing(
    read: Any, kit: Kit, reported: Reported, clock: Any
) -> None:
    read()
    clock.advance(1)
    reported.report(clock(), kind="letters")
    assert read(fresh=True).value == 1
    assert kit.requested == 1


def test_a_change_costs_one_load_however_often_it_is_looked_up(
    read: Any, kit: Kit, reported: Reported, clock: Any
) -> None:
    read()
    clock.advance(1)
    reported.report(clock())
    assert [read(fresh=True).value for _ in range(3)] == [2, 2, 2]
    assert kit.requested == 2


def test_a_load_that_started_before_the_change_does_not_count(
    read: Any, kit: Kit, reported: Reported, clock: Any
) -> None:
    with ThreadPoolExecutor(2) as pool:
        with held_up(kit):
            first = pool.submit(read)
            wait_until(lambda: kit.requested == 1)
            clock.advance(1)
            reported.report(clock())
            second = pool.submit(read)
            wait_until(second.running)
        assert second.result().value == 2
        assert first.result().value in (1, 2)
    assert kit.requested == 2


def test_while_kit_fails_what_was_there_is_served(
    read: Any, kit: Kit, reported: Reported, clock: Any
) -> None:
    read()
    clock.advance(1)
    reported.report(clock())
    kit.failure = KitUnavailable()
    assert read() == CachedValue(1, 1, loaded=False, stale=True)
    kit.failure = None
    clock.advance(5)
    assert read().value == 3


def test_what_was_loaded_before_kit_reported_lives_as_without_reports(
    read: Any, kit: Kit, reported: Reported, clock: Any
) -> None:
    read()
    reported.changes = Changes(since=clock() + 1)
    clock.advance(NUMBER.fresh)
    assert read(fresh=True) == CachedValue(2, 0, loaded=True, stale=False)


def test_when_reports_end_it_lives_as_without(read: Any, reported: Reported, clock: Any) -> None:
    read()
    reported.changes = None
    clock.advance(NUMBER.fresh)
    assert read(fresh=True) == CachedValue(2, 0, loaded=True, stale=False)


def test_what_kit_does_not_report_lives_as_without(read: Any, clock: Any) -> None:
    read(NUMBER)
    clock.advance(NUMBER.fresh)
    assert read(NUMBER, fresh=True) == CachedValue(2, 0, loaded=True, stale=False)


def test_a_list_that_may_be_behind_the_change_is_loaded_again_soon_and_then_ever_later(
    read: Any, kit: Kit, reported: Reported, clock: Any
) -> None:
    read(LAGGING)
    clock.advance(1)
    reported.report(clock())
    changed_at, loads = clock(), []
    for _ in range(2000):
        before = kit.requested
        read(LAGGING, fresh=True)
        join_loads()
        if kit.requested > before:
            loads.append(clock() - changed_at)
        clock.advance(1)
    assert loads == [0, 15, 30, 60, 120, 240, 480, 960, 1560]


def test_a_response_that_was_made_from_it_goes_too(
    cache: Cache, kit: Kit, reported: Reported, clock: Any
) -> None:
    request = cache.of("26")
    request.get(REPORTED_NUMBER, kit, Deadline.after(20))
    request.cache_response("page", b"one")
    clock.advance(REPORTED - 1)
    assert cache.of("26").cached_response("page") is not None
    reported.report(clock())
    assert cache.of("26").cached_response("page") is None


def test_each_process_drops_what_another_has_loaded_before_the_change(
    make_cache: Callable[..., Cache], kit: Kit, reported: Reported, clock: Any, tmp_path: Any
) -> None:
    shared = SharedFolder(tmp_path, 2**20)
    one, other = (make_cache(find_changes=reported, shared=FileShared(shared)) for _ in range(2))
    for cache in (one, other):
        assert cache.of("26").get(REPORTED_NUMBER, kit, Deadline.after(20)).value == 1
    clock.advance(1)
    reported.report(clock())
    for cache in (one, other):
        assert cache.of("26").get(REPORTED_NUMBER, kit, Deadline.after(20)).value == 2
    assert kit.requested == 2
