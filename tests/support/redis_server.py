"""A real Redis server for one test."""

import subprocess
from collections.abc import Callable, Iterator
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


@pytest.fixture
def redis_server(tmp_path: Path, free_ports: Callable[[int], list[int]]) -> Iterator[RedisServer]:
    port = str(free_ports(1)[0])
    command = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", ""]
    process = subprocess.Popen([*command, "--dir", str(tmp_path)], stdout=subprocess.DEVNULL)
    with redis.Redis(port=int(port)) as client:
        wait_until(lambda: _answers(client))
    server = RedisServer(f"redis://127.0.0.1:{port}", process)
    yield server
    server.stop()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
