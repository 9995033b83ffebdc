"""Limits that several machines share, in a real Redis."""

from flask import Flask
from flask.testing import FlaskClient
from support.redis_server import RedisServer

from plugin_server.errors import TooManyRequests, register_errors
from plugin_server.limits import make_limiter


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


def test_two_machines_count_together(redis_server: RedisServer) -> None:
    one, two = (machine(redis_server.url) for _ in range(2))
    statuses = [client.get("/").status_code for client in (one, two, one, two)]
    assert statuses == [200, 200, 200, 429]


def test_each_counts_for_itself_without_redis() -> None:
    one, two = machine(""), machine("")
    assert [client.get("/").status_code for client in (one, two, one, two)] == [200] * 4
    refused = [one.get("/") for _ in range(2)][-1]
    assert refused.status_code == TooManyRequests.status
    assert 0 < int(refused.headers["Retry-After"]) <= 61


def test_a_redis_that_dies_stops_nobody_but_guessers(redis_server: RedisServer) -> None:
    client = machine(redis_server.url)
    assert client.get("/").status_code == 200
    redis_server.stop()
    statuses = [client.get("/").status_code for _ in range(6)]
    assert statuses[0] == 200
    assert statuses[-1] == 429
