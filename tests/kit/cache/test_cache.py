"""The cache of an account: which requests wait, which get something older, and when Kit is requested."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from support.kit.cached_number import FRESH, NUMBER, Kit, get, held_up
from support.waiting import wait_for, wait_until

from plugin_server.errors import (
    AccessWithheld,
    InternalError,
    KitRateLimited,
    KitUnauthorized,
    KitUnavailable,
    NotConnected,
)
from plugin_server.kit.api.deadline import Deadline
from plugin_server.kit.cache.account_cache import CachedValue
from plugin_server.kit.cache.cache import Cache
from plugin_server.kit.cache.resource import Resource
from plugin_server.observe import metrics


@pytest.fixture
def cache(make_cache: Callable[..., Cache]) -> Cache:
    return make_cache()


def test_what_is_absent_is_loaded_once_however_many_wait(cache: Cache, kit: Kit) -> None:
    with ThreadPoolExecutor(32) as pool:
        with held_up(kit):
            waiting = [pool.submit(get, cache, kit) for _ in range(32)]
            wait_until(lambda: kit.requested == 1)
        assert {each.result().value for each in waiting} == {1}
    assert kit.requested == 1


def test_what_is_fresh_is_served_without_a_request(cache: Cache, kit: Kit, clock: Any) -> None:
    get(cache, kit)
    clock.advance(FRESH // 2 - 1)
    assert get(cache, kit, fresh=True) == CachedValue(1, FRESH // 2 - 1, loaded=False, stale=False)
    assert kit.requested == 1


def test_from_half_of_its_time_on_one_background_load_renews_what_is_served(
    cache: Cache, kit: Kit, clock: Any
) -> None:
    get(cache, kit)
    clock.advance(FRESH // 2)
    with held_up(kit):
        for _ in range(5):
            assert get(cache, kit, fresh=True) == CachedValue(
                1, FRESH // 2, loaded=False, stale=False
            )
        wait_until(lambda: kit.requested == 2)
    wait_for(lambda: get(cache, kit, fresh=True), CachedValue(2, 0, loaded=False, stale=False))
    assert kit.requested == 2


def test_a_failure_ahead_of_time_leaves_what_is_there_and_kit_alone_for_a_while(
    cache: Cache, kit: Kit, clock: Any
) -> None:
    get(cache, kit)
    clock.advance(FRESH // 2)
    kit.failure = KitUnavailable()
    wait_until(lambda: get(cache, kit, fresh=True).value == 1 and kit.requested == 2)
    wait_until(lambda: cache.memory.find(("26", NUMBER.name)).retry_at > clock())
    for _ in range(3):
        assert get(cache, kit, fresh=True) == CachedValue(1, FRESH // 2, loaded=False, stale=False)
    assert kit.requested == 2


def test_what_is_stale_is_served_at_once_while_one_load_runs_in_the_background(
    cache: Cache, kit: Kit, clock: Any
) -> None:
    get(cache, kit)
    clock.advance(FRESH)
    with held_up(kit):
        for _ in range(5):
            assert get(cache, kit) == CachedValue(1, FRESH, loaded=False, stale=True)
        wait_until(lambda: kit.requested == 2)
    wait_for(lambda: get(cache, kit), CachedValue(2, 0, loaded=False, stale=False))
    assert kit.requested == 2


def test_a_refresh_waits_for_something_newer(cache: Cache, kit: Kit, clock: Any) -> None:
    get(cache, kit)
    clock.advance(FRESH)
    assert get(cache, kit, fresh=True) == CachedValue(2, 0, loaded=True, stale=False)


def test_a_refresh_takes_what_is_there_when_kit_fails(cache: Cache, kit: Kit, clock: Any) -> None:
    get(cache, kit)
    clock.advance(FRESH)
    kit.failure = KitUnavailable()
    assert get(cache, kit, fresh=True) == CachedValue(1, FRESH, loaded=False, stale=True)


def test_a_refresh_takes_what_is_there_when_kit_is_slow(
    make_cache: Callable[..., Cache], kit: Kit, clock: Any
) -> None:
    cache = make_cache(refresh_timeout=0.05)
    get(cache, kit)
    clock.advance(FRESH)
    with held_up(kit):
        assert get(cache, kit, fresh=True) == CachedValue(1, FRESH, loaded=False, stale=True)


def test_after_a_failure_kit_is_left_alone_for_a_while(cache: Cache, kit: Kit, clock: Any) -> None:
    get(cache, kit)
    clock.advance(FRESH)
    kit.failure = KitUnavailable()
    get(cache, kit, fresh=True)
    for _ in range(3):
        assert get(cache, kit, fresh=True).stale
    assert kit.requested == 2
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
    assert kit.requested == 2
    clock.advance(1)
    get(cache, kit, fresh=True)
    assert kit.requested == 3


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
            wait_until(lambda: kit.requested == 1)
        assert {type(each.exception()) for each in waiting} == {type(failure)}


def test_a_bug_in_a_load_is_no_end_of_it(cache: Cache, kit: Kit) -> None:
    kit.failure = ZeroDivisionError()
    with pytest.raises(InternalError) as raised:
        get(cache, kit)
    assert raised.value.__cause__ is kit.failure
    kit.failure = None
    assert get(cache, kit).value == 2


def test_a_request_does_not_wait_beyond_its_deadline(cache: Cache, kit: Kit) -> None:
    with held_up(kit), pytest.raises(KitUnavailable):
        get(cache, kit, seconds=0.05)
    wait_for(lambda: get(cache, kit), CachedValue(1, 0, loaded=False, stale=False))
    assert kit.requested == 1


def test_an_end_of_the_load_itself_leaves_nobody_waiting(cache: Cache) -> None:
    def end() -> int:
        raise SystemExit

    for _ in range(2):
        with pytest.raises(InternalError):
            cache.of("26").get(NUMBER, end, Deadline.after(20))


@pytest.mark.parametrize("error", [NotConnected, KitUnauthorized, AccessWithheld])
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
        assert account.get_or_load_in_background(NUMBER, kit) is None
    wait_for(
        lambda: account.get_or_load_in_background(NUMBER, kit),
        CachedValue(1, 0, loaded=False, stale=False),
    )
    clock.advance(FRESH)
    with held_up(kit):
        assert account.get_or_load_in_background(NUMBER, kit) == CachedValue(
            1, FRESH, loaded=False, stale=True
        )
    wait_for(
        lambda: account.get_or_load_in_background(NUMBER, kit),
        CachedValue(2, 0, loaded=False, stale=False),
    )


def test_accounts_do_not_see_each_other(cache: Cache, kit: Kit) -> None:
    get(cache, kit)
    assert cache.of("27").find_cached(NUMBER) is None


def test_nothing_is_kept_without_an_account(cache: Cache) -> None:
    with pytest.raises(ValueError, match="no account"):
        cache.of("")


def test_an_uninstallation_empties_one_account(cache: Cache, kit: Kit) -> None:
    get(cache, kit)
    other = cache.of("27").get(NUMBER, kit, Deadline.after(20))
    cache.evict("26")
    assert cache.of("26").find_cached(NUMBER) is None
    assert cache.of("27").find_cached(NUMBER).value == other.value


def test_what_arrives_after_the_uninstallation_is_not_kept(cache: Cache, kit: Kit) -> None:
    with ThreadPoolExecutor(1) as pool:
        with held_up(kit):
            waiting = pool.submit(get, cache, kit)
            wait_until(lambda: kit.requested == 1)
            cache.evict("26")
        waiting.result()
    assert cache.of("26").find_cached(NUMBER) is None


def test_nothing_is_kept_of_an_account_that_is_not_connected(
    make_cache: Callable[..., Cache], kit: Kit
) -> None:
    cache = make_cache(is_connected=lambda account_id: account_id != "26")
    assert get(cache, kit).value == 1
    assert cache.of("26").find_cached(NUMBER) is None


def test_processes_that_did_not_see_the_uninstallation_evict_within_a_minute(
    make_cache: Callable[..., Cache], kit: Kit
) -> None:
    connected = {"26", "27"}
    cache = make_cache(is_connected=connected.__contains__, sweep_interval=0.02)
    get(cache, kit)
    cache.of("27").get(NUMBER, kit, Deadline.after(20))
    connected.remove("26")
    wait_for(lambda: cache.of("26").find_cached(NUMBER), None)
    assert cache.of("27").find_cached(NUMBER).value == 2


def test_an_account_takes_at_most_a_quarter_of_the_memory(make_cache: Callable[..., Cache]) -> None:
    cache = make_cache(megabytes=1)

    def save(account_id: str, name: str) -> None:
        heavy = Resource(name, FRESH, bytes, bytes, len)
        cache.of(account_id).get(heavy, lambda: bytes(100_000), Deadline.after(20))

    for account_id in ("1", "2", "3"):
        save(account_id, "heavy")
    for number in range(20):
        save("26", f"heavy {number}")
    kept = [n for n in range(20) if cache.memory.find(("26", f"heavy {n}"))]
    assert kept == [18, 19]
    assert {"1", "2", "3"} <= {*cache.memory.accounts()}


def test_what_is_too_large_for_one_account_is_kept_in_part(
    make_cache: Callable[..., Cache],
) -> None:
    read = []
    account = make_cache(megabytes=1).of("26")
    heavy = Resource("heavy", FRESH, bytes, bytes, len, fit=lambda value, room: value[:room])
    for _ in range(2):
        found = account.get(heavy, lambda: read.append(1) or bytes(2_000_000), Deadline.after(20))
        assert 200_000 < len(found.value) < 2**20 / 4
    assert len(read) == 1


def test_memory_is_bounded_in_bytes(make_cache: Callable[..., Cache]) -> None:
    cache = make_cache(megabytes=1)
    heavy = Resource("heavy", FRESH, bytes, bytes, len)
    evictions = metrics.evictions("account_data")._value
    before = evictions.get()
    for account_id in map(str, range(20)):
        cache.of(account_id).get(heavy, lambda: bytes(100_000), Deadline.after(20))
    kept = [each for each in map(str, range(20)) if cache.of(each).find_cached(heavy)]
    assert kept == [str(each) for each in range(10, 20)]  # ten of 100 KB fit, the newest
    assert evictions.get() - before == 10


def test_the_sweep_is_no_use_of_an_entry(make_cache: Callable[..., Cache]) -> None:
    swept = threading.Event()

    def is_connected(account_id: str) -> bool:
        # Of these it is the sweep's last question.
        swept.set() if threading.current_thread().name != "kit-load" else None
        return True

    cache = make_cache(is_connected=is_connected, sweep_interval=0.02)
    heavy = Resource("heavy", FRESH, bytes, bytes, len)
    for account_id in ("1", "2"):
        cache.of(account_id).get(heavy, lambda: bytes(400_000), Deadline.after(20))
    cache.of("1").find_cached(heavy)
    for _ in range(2):  # the first may be under way
        swept.clear()
        assert swept.wait(20)
    cache.of("3").get(heavy, lambda: bytes(400_000), Deadline.after(20))
    assert [each for each in ("1", "2", "3") if cache.of(each).find_cached(heavy)] == ["1", "3"]


def test_what_is_larger_than_the_memory_is_served_and_not_kept(
    make_cache: Callable[..., Cache],
) -> None:
    account = make_cache(megabytes=1).of("26")
    heavy = Resource("heavy", FRESH, bytes, bytes, len)
    found = account.get(heavy, lambda: bytes(2_000_000), Deadline.after(20))
    assert len(found.value) == 2_000_000
    assert account.find_cached(heavy) is None
