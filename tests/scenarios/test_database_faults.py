"""The database cannot be written, or has gone, under running servers; then it is well again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import psycopg
import pytest
from support.browser.creator import Creator
from support.databases.postgres import PostgresServer, running_postgres
from support.kit.requests import refresh, request_block, revoke
from support.kit.strict_kit import StrictKit
from support.servers.full_disk import fill_disk, free_disk
from support.servers.processes import Server
from support.waiting import wait_until

UNAVAILABLE = ["The app cannot reach its database. Try again in a minute."]


@contextmanager
def only_readable(database: PostgresServer) -> Iterator[None]:
    def allow_writing(allowed: bool) -> None:
        url = database.url("postgres")
        always = "-c default_transaction_read_only=off"
        with psycopg.connect(url, autocommit=True, options=always) as connection:
            word = "off" if allowed else "on"
            connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {word}")
            connection.execute("SELECT pg_reload_conf()")

    allow_writing(False)
    yield
    allow_writing(True)


def assert_nothing_is_written_and_nothing_lost(server: Server, token: dict[str, Any]) -> None:
    served = request_block(server, token["access_token"])
    assert served.json()["code"] == 200
    refused = refresh(server, token)
    assert (refused.status_code, refused.json()["error"]) == (503, "temporarily_unavailable")
    assert int(refused.headers["Retry-After"]) > 0
    assert revoke(server, token["access_token"]).status_code == 503


def assert_well(server: Server, token: dict[str, Any]) -> None:
    wait_until(lambda: refresh(server, token).status_code == 200)
    renewed = refresh(server, token).json()
    assert request_block(server, renewed["access_token"]).json()["code"] == 200
    assert refresh(server, renewed).status_code == 200


@pytest.fixture
def server(serve: Callable[..., Server], strict_kit: StrictKit) -> Server:
    return serve(**strict_kit.variables(), LOG_LEVEL="INFO")


def test_a_full_disk(server: Server, make_creator: Callable[[Server], Creator]) -> None:
    token = make_creator(server).tokens()
    assert request_block(server, token["access_token"]).json()["code"] == 200
    fill_disk(server)
    assert_nothing_is_written_and_nothing_lost(server, token)
    assert "The database cannot be used" in server.log.read_text()
    free_disk(server)
    assert_well(server, token)


def test_a_disk_that_fills_up_while_kit_renews_its_tokens(
    server: Server, strict_kit: StrictKit, make_creator: Callable[[Server], Creator]
) -> None:
    strict_kit.lifetime = 1
    token = make_creator(server).tokens()["access_token"]
    strict_kit.lifetime = 7200
    strict_kit.before_response = lambda: fill_disk(server)
    response = request_block(server, token)
    assert (response.status_code, response.json()["errors"]) == (503, UNAVAILABLE)
    assert response.json()["data"] == []
    strict_kit.before_response = lambda: None
    free_disk(server)
    wait_until(lambda: request_block(server, token).json()["code"] == 200)
    assert (strict_kit.refreshes, strict_kit.refusals) == (1, [])


def test_a_postgresql_that_may_only_be_read_and_one_that_has_gone(
    serve: Callable[..., Server],
    strict_kit: StrictKit,
    make_creator: Callable[[Server], Creator],
) -> None:
    with running_postgres() as database:
        server = serve(**strict_kit.variables(), DATABASE_URL=database.create())
        token = make_creator(server).tokens()
        assert request_block(server, token["access_token"]).json()["code"] == 200
        with only_readable(database):
            wait_until(lambda: refresh(server, token).status_code == 503)
            assert_nothing_is_written_and_nothing_lost(server, token)
            assert "Make it writable" in server.log.read_text()
        assert_well(server, token)

        database.stop()
        gone = request_block(server, token["access_token"])
        assert (gone.status_code, gone.json()["errors"]) == (503, UNAVAILABLE)
        assert refresh(server, token).status_code == 503
        assert httpx2.get(f"{server.server}/readyz").status_code == 503
        database.start()
        for _ in range(20):
            assert request_block(server, token["access_token"]).json()["code"] == 200
