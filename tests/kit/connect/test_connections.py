"""Which token a request to Kit is made with, and how it is refreshed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine
from support.kit.in_process import client_over

from plugin_server.errors import (
    AccessWithheld,
    KitRateLimited,
    KitRejected,
    KitUnauthorized,
    KitUnavailable,
    KitUnreadable,
    NotConnected,
)
from plugin_server.kit.api.client import KitClient
from plugin_server.kit.api.endpoints import ACCOUNT
from plugin_server.kit.api.transport import make_http_client
from plugin_server.kit.connect.connections import LEASE_LIFETIME, AccessToken, Connections
from plugin_server.kit.connect.credentials import ConnectionAuth
from plugin_server.kit.connect.oauth_client import KitOAuth
from plugin_server.kit.connect.tokens import DEFAULT_LIFETIME, KitTokens
from plugin_server.store.encryption import Cipher
from plugin_server.store.records import Account, Connection, Lease
from plugin_server.store.sql import SqlStore


def refusal(*texts: object) -> httpx2.Response:
    return httpx2.Response(401, json={"errors": texts})


def oauth_over(http: httpx2.Client) -> KitOAuth:
    base = "https://kit.example/oauth"
    return KitOAuth(http, base, "us", SecretStr("s"), "https://us/callback", f"{base}/authorize")


class Kit:
    """A Kit that spends each refresh token, and counts."""

    def __init__(self) -> None:
        self.access, self.refresh_token, self.refreshes = "access-0", "refresh-0", 0
        self.failure: httpx2.Response | None = None
        self.refusal = refusal("The access token is invalid")

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if not request.url.path.endswith("/token"):
            good = request.headers["Authorization"] == f"Bearer {self.access}"
            account = {"account": {"id": 26, "name": "Ada"}}
            return httpx2.Response(200, json=account) if good else self.refusal
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
    return Connections(store, oauth_over(http), clock)


@pytest.fixture
def client(http: httpx2.Client, connections: Connections) -> KitClient:
    return client_over(http, ConnectionAuth(connections, "26"))


def test_an_account_that_never_connected_has_no_access_token(connections: Connections) -> None:
    with pytest.raises(NotConnected):
        connections.access_token("27")


def test_a_good_token_is_used_as_it_is(connections: Connections, kit: Kit) -> None:
    assert connections.access_token("26").token == "access-0"
    assert kit.refreshes == 0


def test_a_token_about_to_expire_is_refreshed_first(
    client: KitClient, kit: Kit, clock: Any
) -> None:
    clock.advance(3500)
    assert client.get(ACCOUNT).id == 26
    assert kit.refreshes == 1


def test_a_token_that_kit_refuses_is_refreshed_once(client: KitClient, kit: Kit) -> None:
    kit.access = "another"
    assert client.get(ACCOUNT).id == 26
    assert kit.refreshes == 1


@pytest.mark.parametrize("seconds", [0, 3500], ids=["refused first", "about to expire"])
def test_a_fresh_token_that_kit_refuses_too_is_the_end(
    client: KitClient, kit: Kit, clock: Any, seconds: int
) -> None:
    clock.advance(seconds)
    kit.failure = httpx2.Response(
        200, json={"access_token": "bad", "refresh_token": "r", "expires_in": 7200}
    )
    kit.access = "another"
    with pytest.raises(KitUnauthorized):
        client.get(ACCOUNT)
    assert kit.refreshes == 1
    with pytest.raises(NotConnected):
        client.get(ACCOUNT)


def test_an_expired_token_is_refreshed_and_the_request_repeated_once(
    client: KitClient, kit: Kit
) -> None:
    kit.refusal, kit.access = refusal(["The access token expired"]), "another"
    assert client.get(ACCOUNT).id == 26
    assert kit.refreshes == 1


def test_a_new_token_that_kit_calls_expired_ends_nothing(client: KitClient, kit: Kit) -> None:
    kit.refusal, kit.access = refusal("The access token expired"), "another"
    kit.failure = httpx2.Response(200, json={"access_token": "bad", "refresh_token": "refresh-0"})
    with pytest.raises(KitUnauthorized):
        client.get(ACCOUNT)
    assert kit.refreshes == 1
    kit.failure = None
    assert client.get(ACCOUNT).id == 26


@pytest.mark.parametrize(
    "response",
    [
        refusal("Your trial has ended."),
        refusal("Authentication Failed"),
        refusal(["The payment failed", "Update your card"]),
        refusal(),
        httpx2.Response(401, text="<html>Unauthorized</html>"),
        httpx2.Response(401),
        httpx2.Response(401, content=b" " * 10**6),
    ],
    ids=lambda response: response.text[:40],
)
@pytest.mark.parametrize("times", [1, 3])
def test_any_other_refusal_spends_and_ends_nothing(
    client: KitClient, kit: Kit, store: SqlStore, response: httpx2.Response, times: int
) -> None:
    before = store.find_connection(account_id="26")
    kit.refusal, kit.access = response, "withheld"
    for _ in range(times):
        with pytest.raises(AccessWithheld):
            client.get(ACCOUNT)
    assert kit.refreshes == 0
    assert store.find_connection(account_id="26") == before
    kit.access = "access-0"
    assert client.get(ACCOUNT).id == 26


def test_access_withheld_after_a_refresh_ends_nothing_either(client: KitClient, kit: Kit) -> None:
    kit.access = "another"
    kit.failure = httpx2.Response(200, json={"access_token": "new", "refresh_token": "refresh-0"})
    responses = [refusal("The access token expired"), refusal("Your plan has lapsed.")]

    def kit_api(request: httpx2.Request) -> httpx2.Response:
        return kit(request) if request.url.path.endswith("/token") else responses.pop(0)

    http = make_http_client(httpx2.MockTransport(kit_api))
    auth = client.reader.auth
    with pytest.raises(AccessWithheld):
        client_over(http, auth).get(ACCOUNT)
    assert kit.refreshes == 1
    kit.access = "new"
    assert client.get(ACCOUNT).id == 26


@pytest.mark.parametrize("lifetime", [2, 30, 100, 300])
def test_a_token_with_a_short_life_is_used_for_half_of_it(
    connections: Connections, kit: Kit, clock: Any, lifetime: int
) -> None:
    connections.save("26", KitTokens("short", "refresh-0", lifetime))
    assert connections.access_token("26").token == "short"
    clock.advance(lifetime)
    assert connections.access_token("26").token == "access-1"
    assert kit.refreshes == 1


@pytest.mark.parametrize("members", [{}, {"refresh_token": None}, {"refresh_token": ""}])
def test_without_a_new_refresh_token_the_old_one_goes_on(
    connections: Connections, kit: Kit, store: SqlStore, clock: Any, members: dict[str, Any]
) -> None:
    clock.advance(4000)
    kit.failure = httpx2.Response(
        200, json={"access_token": "new", "expires_in": None, "scope": None, **members}
    )
    assert connections.access_token("26") == AccessToken("new", is_fresh=True)
    stored = store.find_connection(account_id="26")
    assert stored is not None
    assert (stored.refresh_token, stored.expires_at) == ("refresh-0", clock() + DEFAULT_LIFETIME)
    kit.failure = None
    clock.advance(DEFAULT_LIFETIME)
    assert connections.access_token("26").token == "access-2"


def test_without_any_refresh_token_the_connection_lives_as_long_as_its_access_token(
    client: KitClient, connections: Connections, kit: Kit, clock: Any, caplog: Any
) -> None:
    caplog.set_level("INFO")
    connections.save("26", KitTokens("access-0"))
    assert "connection_without_refresh_token" in caplog.text
    clock.advance(10 * DEFAULT_LIFETIME)
    assert client.get(ACCOUNT).id == 26
    kit.access, kit.refusal = "another", refusal("The access token expired")
    for _ in range(2):
        with pytest.raises(NotConnected):
            client.get(ACCOUNT)
    assert kit.refreshes == 0


class Crossing(SqlStore):
    """A store on which something happens between a look at a lease and the attempt to take it."""

    meanwhile: Callable[[], None] | None = None

    def find_lease(self, *, account_id: str) -> Lease | None:
        left = super().find_lease(account_id=account_id)
        if self.meanwhile:
            happen, self.meanwhile = self.meanwhile, None
            happen()
        return left


@pytest.mark.parametrize(
    ("ends", "renews", "dead"),
    [
        ("releases", True, False),
        ("releases", False, False),
        ("dies", True, False),
        ("dies", False, True),
    ],
)
def test_only_a_worker_that_died_over_a_refresh_is_said_to_be_dead(
    engine: Engine,
    http: httpx2.Client,
    connections: Connections,
    clock: Any,
    caplog: pytest.LogCaptureFixture,
    ends: str,
    renews: bool,
    dead: bool,
) -> None:
    store = Crossing(engine, Cipher([bytes(range(32))]))
    version = store.find_connection(account_id="26").version
    store.save_lease(Lease("26", "other", version, clock() + LEASE_LIFETIME), now=clock())

    def other_ends() -> None:
        if renews:
            pair = ("26", "access-0b", "refresh-0", clock() + 3600, "public", clock())
            assert store.save_connection(Connection(*pair), expected_version=version)
        if ends == "releases":
            store.revoke_lease(account_id="26", owner="other")
        else:
            clock.advance(LEASE_LIFETIME)

    store.meanwhile = other_ends
    Connections(store, oauth_over(http), clock).replace("26", "access-0")
    assert ("A worker died" in caplog.text) == dead


def test_many_requests_on_an_expired_token_make_one_refresh(
    client: KitClient, kit: Kit, clock: Any
) -> None:
    clock.advance(4000)
    barrier = Barrier(16)

    def read(_: int) -> int:
        barrier.wait()
        return client.get(ACCOUNT).id

    with ThreadPoolExecutor(16) as threads:
        assert set(threads.map(read, range(16))) == {26}
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
    assert Connections(store, oauth_over(http), clock).access_token("26").token == "theirs"


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (httpx2.Response(500, text="oops"), KitUnavailable),
        (httpx2.Response(200, text="<html>"), KitUnreadable),
        (httpx2.Response(200, json={"refresh_token": "only"}), KitRejected),
        (httpx2.Response(400, json={"error": "invalid_client"}), KitRejected),
        (httpx2.Response(401, json={"error": "invalid_client"}), KitRejected),
        (httpx2.Response(401, json={"errors": ["The access token is invalid"]}), KitRejected),
        (httpx2.Response(403, text="<html>"), KitRejected),
        (httpx2.Response(429, text="Retry later"), KitRateLimited),
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
    assert connections.access_token("26").token == f"access-{kit.refreshes}"


def test_a_lease_that_runs_out_while_its_holder_still_waits_costs_nothing(
    store: SqlStore, connections: Connections, kit: Kit, clock: Any
) -> None:
    """Two processes: the second takes over, is refused, and yet the first one's response counts."""
    clock.advance(4000)
    received, responded = Event(), Event()

    def slow(request: httpx2.Request) -> httpx2.Response:
        response = kit(request)
        received.set()
        assert responded.wait(20)
        return response

    slow_http = make_http_client(httpx2.MockTransport(slow))
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(Connections(store, oauth_over(slow_http), clock).access_token, "26")
        assert received.wait(20)
        clock.advance(LEASE_LIFETIME)
        with pytest.raises(NotConnected):
            connections.access_token("26")
        responded.set()
        assert first.result(20).token == "access-1"
    assert connections.access_token("26").token == "access-1"
