"""A deleted connection is revoked at Kit, once, unless Kit ended it or a new one is stored."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import httpx2
import pytest
from pydantic import SecretStr
from support.waiting import wait_until

from plugin_server.kit.api.transport import make_http_client
from plugin_server.kit.connect.oauth_client import KitOAuth
from plugin_server.kit.connect.revocation import Revocation
from plugin_server.store.records import Account, Connection
from plugin_server.store.sql import SqlStore

CONNECTION = Connection("26", "access", "refresh", 2_000_000_000, "public", 1_790_000_000)
BASE = "https://kit.example/oauth"


class Kit:
    """A Kit that records its requests, and returns or raises what is set."""

    def __init__(self) -> None:
        self.requests: list[httpx2.Request] = []
        self.response: httpx2.Response | Exception = httpx2.Response(200, json={})

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        if isinstance(self.response, Exception):
            raise self.response
        return self.response


@pytest.fixture
def kit() -> Kit:
    return Kit()


@pytest.fixture
def revocation(store: SqlStore, kit: Kit) -> Revocation:
    http = make_http_client(httpx2.MockTransport(kit))
    oauth = KitOAuth(http, BASE, "us", SecretStr("s3cret"), "https://us", f"{BASE}/authorize")
    return Revocation(oauth, store)


@pytest.fixture
def events(caplog: pytest.LogCaptureFixture) -> Any:
    """A function that returns what was audited, each event with its reason."""
    caplog.set_level("INFO")
    audit = "plugin_server.audit"
    return lambda: [
        (line.getMessage(), vars(line).get("reason"))
        for line in caplog.records
        if line.name == audit
    ]


@pytest.mark.parametrize(
    ("connection", "token"),
    [(CONNECTION, "refresh"), (replace(CONNECTION, refresh_token=""), "access")],
)
@pytest.mark.parametrize(
    "response", [httpx2.Response(200), httpx2.Response(200, text="OK"), httpx2.Response(204)]
)
def test_kit_gets_a_form_with_the_token_that_ends_most(
    revocation: Revocation,
    kit: Kit,
    events: Any,
    connection: Connection,
    token: str,
    response: httpx2.Response,
) -> None:
    kit.response = response
    revocation.revoke(connection)
    (request,) = kit.requests
    assert (request.method, str(request.url)) == ("POST", f"{BASE}/revoke")
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    sent = {"token": [token], "client_id": ["us"], "client_secret": ["s3cret"]}
    assert parse_qs(request.content.decode()) == sent
    assert events() == [("revoked_at_kit", None)]


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (httpx2.Response(401, json={"error": "invalid_client"}), "invalid_client"),
        (httpx2.Response(404, text="<html>"), "http_404"),
        (httpx2.Response(429, text="Retry later"), "http_429"),
        (httpx2.Response(503, text="<html>"), "http_503"),
        (httpx2.ReadTimeout("slow"), "read_timeout"),
        (httpx2.ConnectError("no"), "connect"),
    ],
    ids=repr,
)
def test_kit_is_notified_once_and_the_audit_log_says_when_it_could_not_be(
    revocation: Revocation,
    kit: Kit,
    events: Any,
    response: httpx2.Response | Exception,
    reason: str,
) -> None:
    kit.response = response
    revocation.revoke(CONNECTION)
    assert len(kit.requests) == 1
    assert events() == [("revocation_at_kit_failed", reason)]


def test_what_kit_has_ended_is_not_revoked(revocation: Revocation, kit: Kit, events: Any) -> None:
    revocation.revoke(replace(CONNECTION, ended_at=1))
    assert (kit.requests, events()) == ([], [])


def test_a_creator_who_has_connected_again_meanwhile_stays_connected(
    revocation: Revocation, store: SqlStore, kit: Kit, events: Any
) -> None:
    store.save_account(Account("26", "Ada"))
    store.save_connection(CONNECTION)
    revocation.revoke(CONNECTION)
    assert kit.requests == []
    assert events() == [("revocation_at_kit_skipped", None)]


def test_so_does_one_who_has_connected_again_while_it_was_prepared(
    revocation: Revocation, store: SqlStore, kit: Kit, events: Any
) -> None:
    def connect_again(connection: Connection) -> Connection:
        store.save_account(Account("26", "Ada"))
        store.save_connection(CONNECTION)
        return connection

    replace(revocation, prepare=connect_again).revoke(CONNECTION)
    assert kit.requests == []
    assert events() == [("revocation_at_kit_skipped", None)]


def test_nobody_waits_for_it(revocation: Revocation, kit: Kit, events: Any) -> None:
    revocation.revoke_in_background(CONNECTION)
    wait_until(lambda: events() == [("revoked_at_kit", None)])
    assert len(kit.requests) == 1
