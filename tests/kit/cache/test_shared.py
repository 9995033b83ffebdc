"""What processes and machines share: entries, and turns at loading; and a Redis that is no help."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from support.databases.redis_server import RedisServer
from support.kit.cached_number import FRESH, NUMBER, Kit, get
from support.servers.settings import SETTINGS
from support.waiting import wait_for

from plugin_server.config.environment import load_config
from plugin_server.kit.api.budget import Budget, Credential
from plugin_server.kit.api.deadline import Deadline
from plugin_server.kit.cache.account_cache import CachedValue
from plugin_server.kit.cache.cache import Cache
from plugin_server.kit.cache.shared import RedisShared
from plugin_server.kit.setup import open_shared_cache
from plugin_server.store.redis import SharedRedis
from plugin_server.store.setup import open_redis


@pytest.fixture
def two(make_cache: Callable[..., Cache], redis_server: RedisServer) -> tuple[Cache, Cache]:
    """Two processes' caches."""
    first, second = (
        make_cache(shared=RedisShared(SharedRedis(redis_server.url))) for _ in range(2)
    )
    return first, second


def test_a_process_takes_what_another_has_renewed(
    two: tuple[Cache, Cache], kit: Kit, clock: Any
) -> None:
    get(two[0], kit)
    get(two[1], kit)
    clock.advance(FRESH)
    assert get(two[0], kit, fresh=True).value == 2
    assert get(two[1], kit) == CachedValue(2, 0, loaded=False, stale=False)
    assert kit.requested == 2


def test_an_uninstallation_empties_redis(two: tuple[Cache, Cache], kit: Kit) -> None:
    get(two[0], kit)
    two[0].evict("26")
    assert two[1].of("26").find_cached(NUMBER) is None


@pytest.mark.parametrize("error", [ValueError, TypeError, KeyError])
def test_what_cannot_be_read_is_loaded_again(
    make_cache: Callable[..., Cache],
    redis_server: RedisServer,
    kit: Kit,
    clock: Any,
    error: type[Exception],
) -> None:
    def decode(_content: bytes) -> int:
        raise error

    shared = RedisShared(SharedRedis(redis_server.url))
    shared.save("26", NUMBER.name, lambda: b"of another version", clock())
    account = make_cache(shared=shared).of("26")
    number = replace(NUMBER, decode=decode)
    assert account.get(number, kit, Deadline.after(20)).value == 1


def test_what_cannot_be_shared_is_served_all_the_same(two: tuple[Cache, Cache], kit: Kit) -> None:
    def encode(_value: int) -> bytes:
        raise ZeroDivisionError

    number = replace(NUMBER, encode=encode)
    for expected in (1, 1):
        assert two[0].of("26").get(number, kit, Deadline.after(20)).value == expected
    assert two[1].of("26").find_cached(NUMBER) is None


def test_what_others_have_is_decoded_once_however_many_need_it(
    two: tuple[Cache, Cache], kit: Kit
) -> None:
    decoded = []
    number = replace(NUMBER, decode=lambda content: decoded.append(content) or int(content))
    get(two[0], kit)
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: two[1].of("26").find_cached(number), range(16)))
    assert ([each.value for each in found], decoded) == ([1] * 16, [b"1"])


def test_a_background_load_takes_what_another_process_has_and_prepares_it(
    two: tuple[Cache, Cache], kit: Kit
) -> None:
    prepared = []
    number = replace(NUMBER, prepare=lambda _: prepared.append(threading.current_thread().name))
    get(two[0], kit)
    account = two[1].of("26")
    assert account.get_or_load_in_background(number, kit) is None
    wait_for(
        lambda: account.get_or_load_in_background(number, kit),
        CachedValue(1, 0, loaded=False, stale=False),
    )
    assert (kit.requested, prepared) == (1, ["kit-load"])


def test_an_uninstallation_during_the_saving_empties_redis_too(
    make_cache: Callable[..., Cache], redis_server: RedisServer, kit: Kit
) -> None:
    connected = {"26"}
    other = make_cache(shared=RedisShared(SharedRedis(redis_server.url)))

    def encode(value: int) -> bytes:
        connected.remove("26")
        other.evict("26")
        return NUMBER.encode(value)

    shared = RedisShared(SharedRedis(redis_server.url))
    cache = make_cache(shared=shared, is_connected=connected.__contains__)
    number = replace(NUMBER, encode=encode)
    assert cache.of("26").get(number, kit, Deadline.after(20)).value == 1
    assert cache.of("26").find_cached(NUMBER) is None
    assert other.of("26").find_cached(NUMBER) is None


def test_without_redis_each_process_goes_on_alone(
    two: tuple[Cache, Cache], kit: Kit, redis_server: RedisServer
) -> None:
    get(two[0], kit)
    redis_server.stop()
    assert get(two[0], kit).value == 1
    assert get(two[1], kit).value == 2
    two[0].evict("26")
    assert two[0].of("26").find_cached(NUMBER) is None


@pytest.mark.parametrize(
    "difference",
    [
        {"kit_client_id": "another"},
        {"plugin_client_id": "another"},
        {"kit_api_url": "https://gateway.example.com"},
    ],
)
def test_two_apps_on_one_redis_see_nothing_of_each_other(
    redis_server: RedisServer, difference: dict[str, str]
) -> None:
    given = {**SETTINGS, "redis_url": redis_server.url}
    one, same, other = (
        open_shared_cache(open_redis(load_config(**{**given, **changes})))
        for changes in ({}, {}, difference)
    )
    one.save("26", "number", lambda: b"1", 1.0)
    assert same.find("26", "number", newer_than=0) is not None
    assert other.find("26", "number", newer_than=0) is None
    other.evict("26")
    assert same.find("26", "number", newer_than=0) is not None


# Turns

LOCK_TTL = 0.3  # seconds, of a process that has died
HOLD = """
import sys
from plugin_server.kit.cache.shared import RedisShared
from plugin_server.store.redis import SharedRedis
shared = RedisShared(SharedRedis(sys.argv[1]), lock_ttl=float(sys.argv[2]))
with shared.load_lock("26", "number", seconds=300):
    print("taken", flush=True)
    sys.stdin.read()
"""


def waits(url: str, seconds: int = 60) -> float:
    """Return how long one waits for a turn."""
    started = time.monotonic()
    with RedisShared(SharedRedis(url)).load_lock("26", "number", seconds=seconds):
        return time.monotonic() - started


def test_the_turn_of_a_process_that_has_died_is_soon_somebody_elses(
    redis_server: RedisServer,
) -> None:
    command = [sys.executable, "-c", HOLD, redis_server.url, str(LOCK_TTL)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:
        assert process.stdout.readline() == b"taken\n"
        process.kill()
    assert waits(redis_server.url) < LOCK_TTL + 5


def test_a_turn_lasts_as_long_as_its_load(redis_server: RedisServer) -> None:
    # Long enough to be prolonged in time even by a process that is held up for a second.
    turn = 2.0
    entered, first = threading.Event(), RedisShared(SharedRedis(redis_server.url), lock_ttl=turn)

    def enter() -> None:
        with RedisShared(SharedRedis(redis_server.url)).load_lock("26", "number", seconds=60):
            entered.set()

    with first.load_lock("26", "number", seconds=60):
        waiting = threading.Thread(target=enter)
        waiting.start()
        assert not entered.wait(1.5 * turn)
    waiting.join(20)
    assert entered.is_set()


def test_a_load_that_never_ends_has_its_turn_for_so_long_only(redis_server: RedisServer) -> None:
    with RedisShared(SharedRedis(redis_server.url), lock_ttl=LOCK_TTL).load_lock(
        "26", "number", seconds=1
    ):
        assert waits(redis_server.url) < 10


def test_nobody_waits_for_a_turn_for_ever(redis_server: RedisServer) -> None:
    with RedisShared(SharedRedis(redis_server.url)).load_lock("26", "number", seconds=60):
        assert waits(redis_server.url, seconds=1) < 10


@pytest.fixture
def hanging_redis() -> Iterator[str]:
    """A Redis that accepts connections and never responds."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}"


def test_a_redis_that_hangs_costs_little(hanging_redis: str) -> None:
    redis = SharedRedis(hanging_redis)
    shared, budget = RedisShared(redis), Budget(redis)
    started = time.monotonic()
    for _ in range(20):
        assert shared.find("26", "number", newer_than=0) is None
        shared.save("26", "number", lambda: b"1", 1.0)
        budget.spend(Credential.of_token("26"))
    # Far less than a time-out for each.
    assert time.monotonic() - started < 10
