"""When a creator's visit starts and ends, and how processes share that."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.databases.redis_server import RedisServer

from plugin_server.kit.cache.shared import LocalOnly, RedisShared, SharedCache
from plugin_server.kit.cache.shared_files import FileShared
from plugin_server.kit.cache.shared_folder import SharedFolder
from plugin_server.kit.cache.visits import PAUSE, Visits
from plugin_server.store.redis import SharedRedis


@pytest.fixture(params=["files", "redis"])
def others(request: Any, tmp_path: Path) -> Callable[[], SharedCache]:
    """A function that gives each process what it shares with the others."""
    if request.param == "files":
        return lambda: FileShared(SharedFolder(tmp_path, 2**20))
    server: RedisServer = request.getfixturevalue("redis_server")
    return lambda: RedisShared(SharedRedis(server.url))


def test_a_visit_ends_with_a_pause(clock: Any) -> None:
    visits, start = Visits(clock, LocalOnly()), clock()
    for _ in range(50):
        assert visits.record_request("26") == start
        clock.advance(int(PAUSE) - 1)
    clock.advance(1)
    assert visits.record_request("26") == clock()
    assert visits.record_request("27") == clock()


def test_processes_know_of_each_others_requests(
    others: Callable[[], SharedCache], clock: Any
) -> None:
    processes, start = [Visits(clock, others()) for _ in range(8)], clock()
    for number in range(80):
        assert processes[number % 8].record_request("26") == pytest.approx(start, abs=0.001)
        clock.advance(3)
    clock.advance(int(PAUSE))
    assert processes[0].record_request("26") == clock()


def test_a_visit_is_evicted_with_its_account(others: Callable[[], SharedCache], clock: Any) -> None:
    shared = others()
    Visits(clock, shared).record_request("26")
    clock.advance(3)
    shared.evict("26")
    assert Visits(clock, shared).record_request("26") == clock()


def test_visits_that_are_over_do_not_pile_up(clock: Any) -> None:
    visits = Visits(clock, LocalOnly())
    for number in range(10_000):
        visits.record_request(str(number))
        if number == 4_000:
            clock.advance(int(PAUSE))
    assert len(visits._visits) < 7_000


def test_a_clock_that_was_set_back_starts_another_visit(
    others: Callable[[], SharedCache], clock: Any
) -> None:
    others().save_visit("26", clock() + 3600, clock() + 3600)
    assert Visits(clock, others()).record_request("26") == clock()
