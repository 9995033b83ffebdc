"""Limits that several machines share, in a real Redis."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from support.waiting import wait_until

from plugin_server.errors import TooManyRequests, register_errors
from plugin_server.limits import make_limiter


@pytest.fixture
def redis_server(
    tmp_path: Path, free_ports: Callable[[int], list[int]]
) -> Iterator[subprocess.Popen[bytes]]:
    port = str(free_ports(1)[0])
    command = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", ""]
    process = subprocess.Popen([*command, "--dir", str(tmp_path)], stdout=subprocess.DEVNULL)
    process.url = f"redis://127.0.0.1:{port}"  # type: ignore[attr-defined]
    with redis.Redis(port=int(port)) as client:
        wait_until(lambda: answers(client))
    yield process
    process.terminate()
    process.wait()


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def machine(redis_url: str) -> FlaskClient:
    """Return a client of an app that may be asked three times a minute."""
    app = Flask(__name__)
    limiter = make_limiter(app, redis_url)

    @app.get("/")
    @limiter.limit("3 per minute")
    def index() -> str:
        return "ok"

    register_errors(app, {"": lambda error: app.response_class(status=error.status)})
    return app.test_client()


def test_two_machines_count_together(redis_server: subprocess.Popen[bytes]) -> None:
    one, two = (machine(redis_server.url) for _ in range(2))  # type: ignore[attr-defined]
    statuses = [client.get("/").status_code for client in (one, two, one, two)]
    assert statuses == [200, 200, 200, 429]


def test_each_counts_for_itself_without_redis() -> None:
    one, two = machine(""), machine("")
    assert [client.get("/").status_code for client in (one, two, one, two)] == [200] * 4
    refused = [one.get("/") for _ in range(2)][-1]
    assert refused.status_code == TooManyRequests.status
    assert 0 < int(refused.headers["Retry-After"]) <= 61


def test_a_redis_that_dies_stops_nobody_but_guessers(
    redis_server: subprocess.Popen[bytes],
) -> None:
    client = machine(redis_server.url)  # type: ignore[attr-defined]
    assert client.get("/").status_code == 200
    redis_server.kill()
    redis_server.wait()
    statuses = [client.get("/").status_code for _ in range(6)]
    assert statuses[0] == 200
    assert statuses[-1] == 429
