"""What is kept of an account: who waits, who is served something older, and who asks Kit."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from support.redis_server import RedisServer
from support.waiting import wait_for, wait_until

from plugin_server.errors import (
    InternalError,
    KitRateLimited,
    KitUnauthorized,
    KitUnavailable,
    NotConnected,
)
from plugin_server.kit.cache import Cache, Found, Resource
from plugin_server.kit.deadline import Deadline
from plugin_server.kit.shared_cache import Alone, InRedis

FRESH = 30
NUMBER: Resource[int] = Resource(
    "number", FRESH, lambda value: str(value).encode(), int, lambda value: 1000
)


class Kit:
    """Counts how often it is asked; can be held up, and told to fail."""

    def __init__(self) -> None:
        self.asked = 0
        self.failure: Exception | None = None
        self.open = threading.Event()
        self.open.set()

    def __call__(self) -> int:
        self.asked += 1
        assert self.open.wait(20)
        if self.failure:
            raise self.failure
        return self.asked


@pytest.fixture
def kit() -> Iterator[Kit]:
    kit = Kit()
    yield kit
    kit.open.set()


@pytest.fixture
def make_cache(clock: Any) -> Callable[..., Cache]:
    def make(**changes: Any) -> Cache:
        given = {"megabytes": 1, "clock": clock, "is_connected": lambda _: True, "shared": Alone()}
        return Cache(**{**given, **changes})

    return make


@pytest.fixture
def cache(make_cache: Callable[..., Cache]) -> Cache:
    return make_cache()


def get(cache: Cache, kit: Kit, seconds: float = 20, fresh: bool = False) -> Found[int]:
    deadline = Deadline.after(seconds)
    return cache.of("26").get(NUMBER, kit, deadline, must_be_fresh=fresh)


@contextmanager
def held_up(kit: Kit) -> Iterator[None]:
    kit.open.clear()
    yield
    kit.open.set()


def test_what_is_absent_is_loaded_once_however_many_wait(cache: Cache, kit: Kit) -> None:
    with ThreadPoolExecutor(32) as pool:
        with held_up(kit):
            waiting = [pool.submit(get, cache, kit) for _ in range(32)]
            wait_until(lambda: kit.asked == 1)
        assert {each.result().value for each in waiting} == {1}
    assert kit.asked == 1


def test_what_is_fresh_is_served_without_asking(cache: Cache, kit: Kit, clock: Any) -> None:
    get(cache, kit)
    clock.advance(FRESH - 1)
    found = get(cache, kit)
    assert (found.value, found.age, found.loaded, found.stale) == (1, FRESH - 1, False, False)
    assert kit.asked == 1


def test_what_is_stale_is_served_at_once_while_one_load_runs_behind(
    cache: Cache, kit: Kit, clock: Any
) -> None:
    get(cache, kit)
    clock.advance(FRESH)
    with held_up(kit):
        for _ in range(5):
            assert get(cache, kit) == Found(1, FRESH, loaded=False, stale=True)
        wait_until(lambda: kit.asked == 2)
    wait_for(lambda: get(cache, kit), Found(2, 0, loaded=False, stale=False))
    assert kit.asked == 2


def test_a_refresh_waits_for_something_newer(cache: Cache, kit: Kit, clock: Any) -> None:
    get(cache, kit)
    clock.advance(FRESH)
    assert get(cache, kit, fresh=True) == Found(2, 0, loaded=True, stale=False)


def test_a_refresh_takes_what_is_there_when_kit_fails(cache: Cache, kit: Kit, clock: Any) -> None:
    get(cache, kit)
    clock.advance(FRESH)
    kit.failure = KitUnavailable()
    assert get(cache, kit, fresh=True) == Found(1, FRESH, loaded=False, stale=True)


def test_a_refresh_takes_what_is_there_when_kit_is_slow(
    make_cache: Callable[..., Cache], kit: Kit, clock: Any
) -> None:
    cache = make_cache(patience=0.05)
    get(cache, kit)
    clock.advance(FRESH)
    with held_up(kit):
        assert get(cache, kit, fresh=True) == Found(1, FRESH, loaded=False, stale=True)


def test_after_a_failure_kit_is_left_alone_for_a_while(cache: Cache, kit: Kit, clock: Any) -> None:
    get(cache, kit)
    clock.advance(FRESH)
    kit.failure = KitUnavailable()
    get(cache, kit, fresh=True)
    for _ in range(3):
        assert get(cache, kit, fresh=True).stale
    assert kit.asked == 2
    kit.failure = None
    clock.advance(5)
    assert get(cache, kit, fresh=True).value == 3


def test_kit_decides_how_long_it_is_left_alone(cache: Cache, kit: Kit, clock: Any) -> None:
    get(cache, kit)
    clock.advance(FRESH)
    kit.failure = KitRateLimited(wait=40)
    get(cache, kit, fresh=True)
    clock.advance(39)
    assert get(cache, kit, fresh=True).stale
    assert kit.asked == 2
    clock.advance(1)
    get(cache, kit, fresh=True)
    assert kit.asked == 3


def test_nothing_older_than_a_day_is_served(cache: Cache, kit: Kit, clock: Any) -> None:
    get(cache, kit)
    kit.failure = KitUnavailable()
    clock.advance(24 * 3600 - 1)
    assert get(cache, kit).stale
    clock.advance(6)
    with pytest.raises(KitUnavailable):
        get(cache, kit)


@pytest.mark.parametrize("failure", [KitUnavailable(), KitRateLimited(wait=7), InternalError()])
def test_everybody_who_waits_learns_of_the_failure(
    cache: Cache, kit: Kit, failure: Exception
) -> None:
    kit.failure = failure
    with ThreadPoolExecutor(8) as pool:
        with held_up(kit):
            waiting = [pool.submit(get, cache, kit) for _ in range(8)]
            wait_until(lambda: kit.asked == 1)
        assert {type(each.exception()) for each in waiting} == {type(failure)}


def test_a_bug_in_a_load_is_no_end_of_it(cache: Cache, kit: Kit) -> None:
    kit.failure = ZeroDivisionError()
    with pytest.raises(InternalError):
        get(cache, kit)
    kit.failure = None
    assert get(cache, kit).value == 2


def test_a_request_does_not_wait_beyond_its_deadline(cache: Cache, kit: Kit) -> None:
    with held_up(kit), pytest.raises(KitUnavailable):
        get(cache, kit, seconds=0.05)
    wait_for(lambda: get(cache, kit), Found(1, 0, loaded=False, stale=False))
    assert kit.asked == 1


@pytest.mark.parametrize("error", [NotConnected, KitUnauthorized])
def test_an_ended_connection_ends_what_is_kept(
    cache: Cache, kit: Kit, clock: Any, error: type[Exception]
) -> None:
    get(cache, kit)
    clock.advance(FRESH)
    kit.failure = error()
    with pytest.raises(error):
        get(cache, kit, fresh=True)
    with pytest.raises(error):
        get(cache, kit)


def test_a_peek_never_waits(cache: Cache, kit: Kit, clock: Any) -> None:
    account = cache.of("26")
    with held_up(kit):
        assert account.peek(NUMBER, kit) is None
    wait_for(lambda: account.peek(NUMBER, kit), Found(1, 0, loaded=False, stale=False))
    clock.advance(FRESH)
    with held_up(kit):
        assert account.peek(NUMBER, kit) == Found(1, FRESH, loaded=False, stale=True)
    wait_for(lambda: account.peek(NUMBER, kit), Found(2, 0, loaded=False, stale=False))


def test_accounts_do_not_see_each_other(cache: Cache, kit: Kit) -> None:
    get(cache, kit)
    assert cache.of("27").find(NUMBER) is None


def test_an_uninstallation_empties_one_account(cache: Cache, kit: Kit) -> None:
    get(cache, kit)
    other = cache.of("27").get(NUMBER, kit, Deadline.after(20))
    cache.forget("26")
    assert cache.of("26").find(NUMBER) is None
    assert cache.of("27").find(NUMBER) == other.value


def test_what_arrives_after_the_uninstallation_is_not_kept(cache: Cache, kit: Kit) -> None:
    with ThreadPoolExecutor(1) as pool:
        with held_up(kit):
            waiting = pool.submit(get, cache, kit)
            wait_until(lambda: kit.asked == 1)
            cache.forget("26")
        waiting.result()
    assert cache.of("26").find(NUMBER) is None


def test_nothing_is_kept_of_an_account_that_is_not_connected(
    make_cache: Callable[..., Cache], kit: Kit
) -> None:
    cache = make_cache(is_connected=lambda account_id: account_id != "26")
    assert get(cache, kit).value == 1
    assert cache.of("26").find(NUMBER) is None


def test_processes_that_did_not_see_the_uninstallation_forget_within_a_minute(
    make_cache: Callable[..., Cache], kit: Kit
) -> None:
    connected = {"26", "27"}
    cache = make_cache(is_connected=connected.__contains__, sweep_interval=0.02)
    get(cache, kit)
    cache.of("27").get(NUMBER, kit, Deadline.after(20))
    connected.remove("26")
    wait_for(lambda: cache.of("26").find(NUMBER), None)
    assert cache.of("27").find(NUMBER) == 2


def test_memory_is_bounded_in_bytes(make_cache: Callable[..., Cache]) -> None:
    cache = make_cache(megabytes=1)
    heavy = Resource("heavy", FRESH, bytes, bytes, len)
    for account_id in map(str, range(20)):
        cache.of(account_id).get(heavy, lambda: bytes(100_000), Deadline.after(20))
    kept = [each for each in map(str, range(20)) if cache.of(each).find(heavy)]
    assert kept == [str(each) for each in range(10, 20)]  # ten of 100 KB fit, the newest


def test_what_is_larger_than_the_memory_is_served_and_not_kept(
    make_cache: Callable[..., Cache],
) -> None:
    account = make_cache(megabytes=1).of("26")
    heavy = Resource("heavy", FRESH, bytes, bytes, len)
    found = account.get(heavy, lambda: bytes(2_000_000), Deadline.after(20))
    assert len(found.value) == 2_000_000
    assert account.find(heavy) is None


# With Redis


@pytest.fixture
def two(make_cache: Callable[..., Cache], redis_server: RedisServer) -> tuple[Cache, Cache]:
    """Two processes' caches."""
    first, second = (make_cache(shared=InRedis(redis_server.url)) for _ in range(2))
    return first, second


def test_what_one_process_has_loaded_all_have(two: tuple[Cache, Cache], kit: Kit) -> None:
    assert get(two[0], kit).value == get(two[1], kit).value == 1
    assert kit.asked == 1


def test_processes_load_once_together(two: tuple[Cache, Cache], kit: Kit) -> None:
    with ThreadPoolExecutor(32) as pool:
        with held_up(kit):
            waiting = [pool.submit(get, two[i % 2], kit) for i in range(32)]
            wait_until(lambda: kit.asked == 1)
        assert {each.result().value for each in waiting} == {1}
    assert kit.asked == 1


def test_a_process_takes_what_another_has_renewed(
    two: tuple[Cache, Cache], kit: Kit, clock: Any
) -> None:
    get(two[0], kit)
    get(two[1], kit)
    clock.advance(FRESH)
    assert get(two[0], kit, fresh=True).value == 2
    assert get(two[1], kit) == Found(2, 0, loaded=False, stale=False)
    assert kit.asked == 2


def test_an_uninstallation_empties_redis(two: tuple[Cache, Cache], kit: Kit) -> None:
    get(two[0], kit)
    two[0].forget("26")
    assert two[1].of("26").find(NUMBER) is None


def test_what_cannot_be_read_is_loaded_anew(
    make_cache: Callable[..., Cache], redis_server: RedisServer, kit: Kit, clock: Any
) -> None:
    shared = InRedis(redis_server.url)
    shared.save("26", NUMBER.name, lambda: b"no number", clock())
    assert get(make_cache(shared=shared), kit).value == 1


def test_without_redis_each_process_goes_on_alone(
    two: tuple[Cache, Cache], kit: Kit, redis_server: RedisServer
) -> None:
    get(two[0], kit)
    redis_server.stop()
    assert get(two[0], kit).value == 1
    assert get(two[1], kit).value == 2
    two[0].forget("26")
    assert two[0].of("26").find(NUMBER) is None
