"""Which token a request to Kit is made with, and how it is refreshed."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from support.reading import client_over

from plugin_server.errors import (
    KitRejected,
    KitUnauthorized,
    KitUnavailable,
    KitUnreadable,
    NotConnected,
)
from plugin_server.kit.client import KitClient
from plugin_server.kit.connection import LEASE_LIFETIME, Connections
from plugin_server.kit.credentials import ConnectionAuth
from plugin_server.kit.http import make_http_client
from plugin_server.kit.oauth import KitOAuth
from plugin_server.store.records import Account, Connection
from plugin_server.store.sql import SqlStore


class Kit:
    """A Kit that spends each refresh token, and counts."""

    def __init__(self) -> None:
        self.access, self.refresh_token, self.refreshes = "access-0", "refresh-0", 0
        self.failure: httpx2.Response | None = None

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if not request.url.path.endswith("/token"):
            good = request.headers["Authorization"] == f"Bearer {self.access}"
            account = {"account": {"id": 26, "name": "Ada"}}
            return httpx2.Response(200, json=account) if good else httpx2.Response(401)
        self.refreshes += 1
        if self.failure is not None:
            return self.failure
        if f'"refresh_token":"{self.refresh_token}"' not in request.content.decode():
            return httpx2.Response(400, json={"error": "invalid_grant"})
        self.access, self.refresh_token = f"access-{self.refreshes}", f"refresh-{self.refreshes}"
        return httpx2.Response(
            200,
            json={
                "access_token": self.access,
                "refresh_token": self.refresh_token,
                "expires_in": 7200,
            },
        )


@pytest.fixture
def kit() -> Kit:
    return Kit()


@pytest.fixture
def http(kit: Kit) -> httpx2.Client:
    return make_http_client(httpx2.MockTransport(kit))


@pytest.fixture
def connections(store: SqlStore, http: httpx2.Client, clock: Any) -> Connections:
    store.save_account(Account("26", "Ada"))
    store.save_connection(
        Connection("26", "access-0", "refresh-0", clock() + 3600, "public", clock())
    )
    oauth = KitOAuth(http, "https://kit.example/oauth", "us", SecretStr("s"), "https://us/callback")
    return Connections(store, oauth, clock)


@pytest.fixture
def client(http: httpx2.Client, connections: Connections) -> KitClient:
    return client_over(http, ConnectionAuth(connections, "26"))


def test_an_account_that_never_connected_is_told_so(connections: Connections) -> None:
    with pytest.raises(NotConnected):
        connections.access_token("27")


def test_a_good_token_is_used_as_it_is(connections: Connections, kit: Kit) -> None:
    assert connections.access_token("26") == "access-0"
    assert kit.refreshes == 0


def test_a_token_about_to_expire_is_refreshed_first(
    client: KitClient, kit: Kit, clock: Any
) -> None:
    clock.advance(3500)
    assert client.get_account().id == 26
    assert kit.refreshes == 1


def test_a_token_that_kit_refuses_is_refreshed_once(client: KitClient, kit: Kit) -> None:
    kit.access = "another"
    assert client.get_account().id == 26
    assert kit.refreshes == 1


def test_a_fresh_token_that_kit_refuses_too_is_an_error(client: KitClient, kit: Kit) -> None:
    kit.failure = httpx2.Response(
        200, json={"access_token": "bad", "refresh_token": "r", "expires_in": 7200}
    )
    kit.access = "another"
    with pytest.raises(KitUnauthorized):
        client.get_account()
    assert kit.refreshes == 1
    with pytest.raises(NotConnected):
        client.get_account()


def test_many_requests_on_an_expired_token_make_one_refresh(
    client: KitClient, kit: Kit, clock: Any
) -> None:
    clock.advance(4000)
    barrier = Barrier(16)

    def ask(_: int) -> int:
        barrier.wait()
        return client.get_account().id

    with ThreadPoolExecutor(16) as threads:
        assert set(threads.map(ask, range(16))) == {26}
    assert kit.refreshes == 1


def test_a_refused_refresh_ends_the_connection_and_is_not_repeated(
    connections: Connections, kit: Kit, clock: Any
) -> None:
    clock.advance(4000)
    kit.refresh_token = "spent elsewhere"
    for _ in range(2):
        with pytest.raises(NotConnected):
            connections.access_token("26")
    assert kit.refreshes == 1


def test_a_pair_that_another_process_stored_meanwhile_is_used(
    connections: Connections, store: SqlStore, kit: Kit, clock: Any
) -> None:
    clock.advance(4000)
    newer = Connection("26", "theirs", "refresh-theirs", clock() + 3600, "public", clock())

    def spent_by_another(request: httpx2.Request) -> httpx2.Response:
        store.save_connection(newer)
        return httpx2.Response(400, json={"error": "invalid_grant"})

    http = make_http_client(httpx2.MockTransport(spent_by_another))
    oauth = KitOAuth(http, "https://kit.example/oauth", "us", SecretStr("s"), "https://us/callback")
    assert Connections(store, oauth, clock).access_token("26") == "theirs"


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (httpx2.Response(500, text="oops"), KitUnavailable),
        (httpx2.Response(200, text="<html>"), KitUnreadable),
        (httpx2.Response(200, json={"access_token": "only"}), KitRejected),
        (httpx2.Response(400, json={"error": "invalid_client"}), KitRejected),
    ],
)
def test_any_other_failure_leaves_the_connection_as_it_was(
    connections: Connections,
    kit: Kit,
    clock: Any,
    failure: httpx2.Response,
    error: type[Exception],
) -> None:
    clock.advance(4000)
    kit.failure = failure
    with pytest.raises(error) as caught:
        connections.access_token("26")
    assert "only" not in str(caught.value)
    kit.failure = None
    assert connections.access_token("26") == f"access-{kit.refreshes}"


def test_a_lease_that_runs_out_while_its_holder_still_waits_costs_nothing(
    store: SqlStore, connections: Connections, kit: Kit, clock: Any
) -> None:
    """Two processes: the second takes over, is refused, and yet the first one's answer counts."""
    clock.advance(4000)
    asked, answered = Event(), Event()

    def slow(request: httpx2.Request) -> httpx2.Response:
        answer = kit(request)
        asked.set()
        assert answered.wait(20)
        return answer

    slow_http = make_http_client(httpx2.MockTransport(slow))
    oauth = KitOAuth(slow_http, "https://kit.example/oauth", "us", SecretStr("s"), "https://us")
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(Connections(store, oauth, clock).access_token, "26")
        assert asked.wait(20)
        clock.advance(LEASE_LIFETIME)
        with pytest.raises(NotConnected):
            connections.access_token("26")
        answered.set()
        assert first.result(20) == "access-1"
    assert connections.access_token("26") == "access-1"
