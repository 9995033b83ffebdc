"""Redis is optional: its errors are suppressed, and cost one timeout in five seconds."""

import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from support.databases.redis_server import RedisServer

from plugin_server.store.redis import RETRY_INTERVAL, SharedRedis


class Commands:
    """Counts the commands that are really tried."""

    def __init__(self, redis: SharedRedis) -> None:
        self.redis, self.sent = redis, 0

    def ping(self) -> bool:
        def command() -> bool:
            self.sent += 1
            return bool(self.redis.client.ping())

        return self.redis.call(command, otherwise=False)


@pytest.fixture
def silent() -> Iterator[str]:
    """A Redis that accepts connections and never responds."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def closed() -> str:
    """A port without a listener."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"redis://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("kind", ["silent", "closed"])
def test_after_a_failure_no_command_is_tried_for_a_while(
    kind: str, clock: Any, request: pytest.FixtureRequest
) -> None:
    commands = Commands(SharedRedis(request.getfixturevalue(kind), clock=clock))
    assert [commands.ping() for _ in range(20)] == [False] * 20
    assert commands.sent == 1
    clock.advance(int(RETRY_INTERVAL) + 1)
    assert [commands.ping() for _ in range(20)] == [False] * 20
    assert commands.sent == 2


def test_only_one_of_many_threads_tries_again(closed: str, clock: Any) -> None:
    commands = Commands(SharedRedis(closed, clock=clock))
    commands.ping()
    clock.advance(int(RETRY_INTERVAL) + 1)
    barrier = threading.Barrier(16)

    def ping(_: int) -> bool:
        barrier.wait()
        return commands.ping()

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(ping, range(16))) == {False}
    assert commands.sent == 2


def test_a_frozen_redis_is_used_again_once_it_responds(
    redis_server: RedisServer, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    redis = SharedRedis(redis_server.url, clock=clock)
    assert redis.is_available()
    redis_server.process.send_signal(signal.SIGSTOP)
    try:
        assert not redis.is_available()
        assert not redis.may_respond
    finally:
        redis_server.process.send_signal(signal.SIGCONT)
    clock.advance(int(RETRY_INTERVAL) + 1)
    assert redis.may_respond
    assert redis.is_available()
    messages = [record.message for record in caplog.records]
    assert sum("does not respond" in message for message in messages) == 1
    assert messages[-1] == "Redis responds again"


def test_an_error_of_a_command_is_suppressed(redis_server: RedisServer) -> None:
    redis = SharedRedis(redis_server.url)
    redis.client.set("text", "x")
    assert redis.call(lambda: redis.client.hget("text", "field"), b"otherwise") == b"otherwise"


def test_a_lost_lock_is_not_a_failure_of_redis(redis_server: RedisServer) -> None:
    redis = SharedRedis(redis_server.url)
    lock = redis.client.lock("name", timeout=60)
    assert lock.acquire()
    redis.client.delete("name")
    assert redis.call(lock.release, "otherwise") == "otherwise"
    assert redis.may_respond
    assert redis.is_available()
