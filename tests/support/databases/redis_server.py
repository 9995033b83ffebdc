"""A real Redis server."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from support.waiting import wait_until


@dataclass(frozen=True)
class RedisServer:
    """A Redis that can be stopped."""

    url: str
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


@contextmanager
def running_redis(folder: Path, port: int) -> Iterator[RedisServer]:
    """Run a Redis that keeps nothing on disk, until the block ends."""
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    process = subprocess.Popen([*command, "--dir", str(folder)], stdout=subprocess.DEVNULL)
    server = RedisServer(f"redis://127.0.0.1:{port}", process)
    try:
        with redis.Redis(port=port) as client:
            wait_until(lambda: _responds(client))
        yield server
    finally:
        server.stop()


@pytest.fixture
def redis_server(tmp_path: Path, free_ports: Callable[[int], list[int]]) -> Iterator[RedisServer]:
    with running_redis(tmp_path, free_ports(1)[0]) as server:
        yield server


def _responds(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
