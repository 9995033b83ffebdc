"""Limits that several machines share, in a real Redis."""

from typing import Any

import httpx2
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from support.databases.redis_server import RedisServer

from plugin_server.errors import TooManyRequests
from plugin_server.ratelimit.endpoints import make_limiter
from plugin_server.ratelimit.installations import InstallationLimit
from plugin_server.store.redis import SharedRedis
from plugin_server.web.error_handlers import register_errors


def machine(redis_url: str) -> FlaskClient:
    """Return a client of an app that allows three requests a minute."""
    app = Flask(__name__)
    limiter = make_limiter(app, SharedRedis(redis_url) if redis_url else None, ("limited",))
    limited = Blueprint("limited", __name__)

    @limited.get("/")
    @limiter.limit("3 per minute")
    def index() -> str:
        return "ok"

    app.register_blueprint(limited)
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


def wait_of(limit: InstallationLimit, installation: str) -> int:
    """Return for how many seconds a request has to wait; 0: it is let through."""
    try:
        limit.check(installation)
    except TooManyRequests as error:
        return int(error.headers["Retry-After"])
    return 0


def refused_after(limit: InstallationLimit, installation: str) -> int:
    """Return how many requests of an installation are let through at once."""
    waits = [wait_of(limit, installation) for _ in range(1000)]
    through = waits.index(max(waits))
    assert waits[:through] == [0] * through
    assert all(1 <= wait <= 60 for wait in waits[through:])
    return through


class TestInstallations:
    def test_a_burst_is_let_through_and_what_is_over_it_gets_a_retry_after(
        self, clock: Any
    ) -> None:
        limit = InstallationLimit(600, clock=clock)
        assert refused_after(limit, "26") == 600

    def test_others_have_limits_of_their_own(self, clock: Any) -> None:
        limit = InstallationLimit(10, clock=clock)
        assert [refused_after(limit, each) for each in ("26", "27", "28")] == [10, 10, 10]

    def test_the_burst_comes_back_with_time(self, clock: Any) -> None:
        limit = InstallationLimit(60, clock=clock)
        assert refused_after(limit, "26") == 60
        clock.advance(7)
        assert refused_after(limit, "26") == 7
        clock.advance(3600)
        assert refused_after(limit, "26") == 60

    def test_what_is_refused_does_not_make_the_wait_longer(self, clock: Any) -> None:
        limit = InstallationLimit(60, clock=clock)
        refused_after(limit, "26")
        clock.advance(1)
        assert wait_of(limit, "26") == 0

    def test_machines_add_up_what_they_count(self, redis_server: RedisServer, clock: Any) -> None:
        machines = [
            InstallationLimit(120, SharedRedis(redis_server.url), clock=clock) for _ in range(3)
        ]
        through = [wait_of(machines[number % 3], "26") for number in range(1000)].count(0)
        # A machine that has not filled its batch of ten yet knows of nothing.
        assert 120 <= through <= 120 + 3 * 10

    def test_a_redis_that_dies_stops_nobody(self, redis_server: RedisServer, clock: Any) -> None:
        limit = InstallationLimit(120, SharedRedis(redis_server.url), clock=clock)
        for _ in range(50):
            limit.check("26")
        redis_server.stop()
        assert refused_after(limit, "26") == 70


def test_a_block_says_so_in_kits_envelope(serve: Any, strict_kit: Any, make_creator: Any) -> None:
    url = strict_kit.url
    kit = {"KIT_API_URL": url, "KIT_OAUTH_URL": f"{url}/v4/oauth", "KIT_APP_URL": url}
    server = serve(EDITOR_RATE_LIMIT="3", WEB_CONCURRENCY="1", **kit)
    token = make_creator(server).tokens()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    block = f"{server.server}/blocks/post/html"
    responses = [httpx2.post(block, json={}, headers=headers) for _ in range(4)]
    assert [response.status_code for response in responses] == [200, 200, 200, 429]
    refused = responses[-1]
    assert (refused.json()["code"], refused.json()["data"]) == (429, [])
    assert refused.json()["errors"] == ["There were too many requests. Try again in a minute."]
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    stranger = httpx2.post(block, json={}, headers={"Authorization": "Bearer unknown"})
    assert stranger.status_code == 401
