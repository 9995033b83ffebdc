"""One endpoint for each connection at Kit, whatever gets lost on the way; the sandbox is Kit."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine
from support.servers.sandbox import running_sandbox

from plugin_server.kit.api.budget import Budget, Credential
from plugin_server.kit.api.transport import make_http_client
from plugin_server.kit.api.writes import CREATE_TAG
from plugin_server.kit.connect.credentials import BearerAuth
from plugin_server.kit.connect.oauth_client import KitOAuth
from plugin_server.kit.webhooks.endpoints import (
    CHECK_INTERVAL,
    PATH,
    RETRY_INTERVAL,
    TRUST,
    EndpointAccess,
    Endpoints,
)
from plugin_server.kit.webhooks.events import EVENTS
from plugin_server.store.encryption import Cipher
from plugin_server.store.records import Account, Connection, WebhookEndpoint, digest
from plugin_server.store.sql import SqlStore

KEY = bytes(range(32))
ACCOUNT, TOKEN = "2601", "kit_sandbox_harbour_letters_oauth"
CONNECTION = Connection(ACCOUNT, TOKEN, "", 2_000_000_000, "public", 1_790_000_000)
BASE = "https://blocks.example.com"


@dataclass
class World:
    """A sandbox at ``url``, a store in which an account is connected, and endpoints between them.

    ``tokens`` is what a refresh of the account's tokens gets.
    """

    url: str
    store: SqlStore
    clock: Any
    http: httpx2.Client
    tokens: httpx2.Response = field(default_factory=lambda: httpx2.Response(500))

    def endpoints(self, base_url: str = BASE) -> Endpoints:
        oauth = make_http_client(httpx2.MockTransport(lambda _: self.tokens))
        return Endpoints(
            store=self.store,
            base_url=base_url,
            of_account=lambda _: self.access(TOKEN),
            of_token=lambda token: self.access(token.get_secret_value()),
            oauth=KitOAuth(oauth, self.url, "us", SecretStr("s3cret"), BASE, self.url),
            clock=lambda: int(self.clock()),
        )

    def access(self, token: str) -> EndpointAccess:
        auth, credential = BearerAuth(SecretStr(token)), Credential.of_token(ACCOUNT)
        return EndpointAccess.with_credential(self.http, self.url, auth, credential, Budget())

    def kit(self, method: str, path: str = "", **body: Any) -> Any:
        """Do something at Kit that no code of the server has done."""
        response = httpx2.request(
            method,
            f"{self.url}/v4/webhook_endpoints{path}",
            headers={"Authorization": f"Bearer {TOKEN}"},
            **({"json": body} if body else {}),
        )
        assert response.is_success, response.text
        return response.json() if response.content else None

    def listed(self) -> list[dict[str, Any]]:
        return list(self.kit("GET")["webhook_endpoints"])

    def requests(self) -> int:
        """Return how many requests for endpoints have reached Kit."""
        counts = httpx2.get(f"{self.url}/requests.json").json()["by_resource"]
        return int(counts.get("webhook_endpoints", 0))

    def urls(self) -> list[str]:
        return [each["url"] for each in self.listed()]


def check_if_due(endpoints: Endpoints, stored: WebhookEndpoint) -> None:
    """Check the account's endpoint if that is due, and wait for the thread that does so."""
    endpoints.check_if_due(ACCOUNT, stored)
    for thread in threading.enumerate():
        if thread.name == "kit-webhooks":
            thread.join()


@pytest.fixture
def world(tmp_path: Path, store: SqlStore, clock: Any) -> Iterator[World]:
    store.save_account(Account(ACCOUNT, "Ada"))
    store.save_connection(CONNECTION)
    with running_sandbox(tmp_path / "kit") as url, make_http_client() as http:
        yield World(url, store, clock, http)


@pytest.fixture
def events(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level("INFO")
    return lambda: [
        line.getMessage() for line in caplog.records if line.name == "plugin_server.audit"
    ]


def test_nothing_else_can_be_written(world: World) -> None:
    with pytest.raises(PermissionError):
        world.access(TOKEN).writer.send(CREATE_TAG, name="Ferry")


def test_an_endpoint_is_created_and_stored_with_its_secret(world: World, events: Any) -> None:
    world.endpoints().check(ACCOUNT)
    (there,) = world.listed()
    assert there["events"] == [*EVENTS]
    assert there["status"] == "active"
    key = there["url"].removeprefix(BASE + PATH)
    assert len(key) == 43
    stored = world.store.find_webhook_endpoint(account_id=ACCOUNT)
    assert stored is not None
    assert (stored.endpoint_id, stored.base_url) == (there["id"], BASE)
    found = world.store.find_webhook_secret(key_digest=digest(key))
    assert found is not None
    assert found[0] == ACCOUNT
    assert found[1].startswith("whsec_")
    assert events() == ["webhook_endpoint_created"]


def test_one_that_is_there_stays(world: World) -> None:
    endpoints = world.endpoints()
    endpoints.check(ACCOUNT)
    before = world.listed()
    world.clock.advance(CHECK_INTERVAL)
    endpoints.check(ACCOUNT)
    assert world.listed() == before
    stored = world.store.find_webhook_endpoint(account_id=ACCOUNT)
    assert stored is not None
    assert stored.verified_at == int(world.clock())


def test_one_whose_response_was_lost_is_deleted(world: World) -> None:
    lost = world.kit("POST", url=f"{BASE}{PATH}lost", events=["post.published"])
    others = world.kit("POST", url="https://other.example/hook", events=["post.published"])
    world.endpoints().check(ACCOUNT)
    ids = [each["id"] for each in world.listed()]
    assert len(ids) == 2
    assert lost["webhook_endpoint"]["id"] not in ids
    assert others["webhook_endpoint"]["id"] in ids


@pytest.mark.parametrize(
    "change", [{"status": "disabled"}, {"events": ["tag.created"]}, {"url": f"{BASE}{PATH}x"}]
)
def test_one_that_was_changed_at_kit_is_replaced(world: World, change: dict[str, Any]) -> None:
    endpoints = world.endpoints()
    endpoints.check(ACCOUNT)
    (before,) = world.listed()
    world.kit("PATCH", f"/{before['id']}", **change)
    endpoints.check(ACCOUNT)
    (now,) = world.listed()
    assert now["id"] != before["id"]
    assert (now["status"], now["events"]) == ("active", [*EVENTS])


def test_one_whose_secret_was_rotated_at_kit_is_replaced(world: World) -> None:
    endpoints = world.endpoints()
    endpoints.check(ACCOUNT)
    (before,) = world.listed()
    world.kit("POST", f"/{before['id']}/rotate_secret")
    endpoints.check(ACCOUNT)
    (now,) = world.listed()
    assert now["id"] != before["id"]


class WithoutCreation(httpx2.HTTPTransport):
    """The way to a Kit that creates nothing."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "POST":
            return httpx2.Response(500)
        return super().handle_request(request)


def test_one_that_cannot_be_replaced_is_not_believed_in(world: World) -> None:
    endpoints = world.endpoints()
    endpoints.check(ACCOUNT)
    (before,) = world.listed()
    world.kit("PATCH", f"/{before['id']}", status="disabled")
    with make_http_client(WithoutCreation()) as world.http:
        endpoints.check(ACCOUNT)
    assert world.listed() == []
    stored = world.store.find_webhook_endpoint(account_id=ACCOUNT)
    assert stored is not None
    assert not endpoints.is_live(stored, world.clock())


def test_kit_is_not_looked_at_again_for_an_hour(world: World) -> None:
    endpoints = world.endpoints()
    endpoints.check(ACCOUNT)
    stored = world.store.find_webhook_endpoint(account_id=ACCOUNT)
    assert stored is not None
    before = world.requests()
    world.clock.now = stored.verified_at + CHECK_INTERVAL - 1
    check_if_due(endpoints, stored)
    assert world.requests() == before
    world.clock.advance(1)
    check_if_due(endpoints, stored)
    assert world.requests() == before + 1


def test_one_that_was_deleted_at_kit_is_created_again(world: World) -> None:
    endpoints = world.endpoints()
    endpoints.check(ACCOUNT)
    (before,) = world.listed()
    world.kit("DELETE", f"/{before['id']}")
    endpoints.check(ACCOUNT)
    assert len(world.listed()) == 1


def test_when_base_url_changes_it_is_replaced(world: World) -> None:
    world.endpoints().check(ACCOUNT)
    elsewhere = world.endpoints("https://new.example")
    stored = world.store.find_webhook_endpoint(account_id=ACCOUNT)
    assert stored is not None
    assert not elsewhere.is_live(stored, world.clock())
    elsewhere.check(ACCOUNT)
    (url,) = world.urls()
    assert url.startswith(f"https://new.example{PATH}")


def test_kit_is_believed_for_two_hours(world: World) -> None:
    endpoints = world.endpoints()
    endpoints.check(ACCOUNT)
    stored = world.store.find_webhook_endpoint(account_id=ACCOUNT)
    assert stored is not None
    assert endpoints.is_live(stored, stored.verified_at + TRUST - 1)
    assert not endpoints.is_live(stored, stored.verified_at + TRUST)


def test_of_many_attempts_at_once_one_endpoint_is_left_and_stored(world: World) -> None:
    barrier = Barrier(6)

    def check(_: int) -> None:
        barrier.wait()
        world.endpoints().check(ACCOUNT)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(check, range(6)))
    stored = world.store.find_webhook_endpoint(account_id=ACCOUNT)
    assert stored is not None
    assert [each["id"] for each in world.listed()] == [stored.endpoint_id]


def test_what_was_created_for_an_account_that_is_gone_is_deleted(
    world: World, engine: Engine
) -> None:
    class Gone(SqlStore):
        def save_webhook_endpoint(self, *args: Any, **more: Any) -> bool:
            self.delete_account(account_id=ACCOUNT)
            return super().save_webhook_endpoint(*args, **more)

    world.store = Gone(engine, Cipher([KEY]))
    world.endpoints().check(ACCOUNT)
    assert world.listed() == []
    assert world.store.find_webhook_endpoint(account_id=ACCOUNT) is None


def test_an_account_without_a_connection_gets_none(world: World, events: Any) -> None:
    world.store.delete_account(account_id=ACCOUNT)
    world.endpoints().check(ACCOUNT)
    assert (world.listed(), events()) == ([], [])


def test_when_kit_fails_the_next_attempt_is_minutes_later(world: World, events: Any) -> None:
    endpoints = world.endpoints()
    httpx2.post(
        f"{world.url}/faults.json",
        json={"resource": "webhook_endpoints", "fault": "access_withheld"},
    )
    endpoints.check(ACCOUNT)
    assert events() == ["webhook_endpoint_failed"]
    stored = world.store.find_webhook_endpoint(account_id=ACCOUNT)
    assert stored is not None
    assert not endpoints.is_live(stored, world.clock())
    check_if_due(endpoints, stored)
    assert len(events()) == 1
    world.clock.advance(RETRY_INTERVAL)
    for _ in range(3):
        check_if_due(endpoints, stored)
    assert len(events()) == 2
    requests = world.requests()
    claimed = world.store.find_webhook_endpoint(account_id=ACCOUNT)
    assert claimed is not None
    check_if_due(world.endpoints(), claimed)  # as in another process
    assert world.requests() == requests


class TestDeleting:
    def test_a_connection_that_ends_takes_its_endpoint_along(self, world: World) -> None:
        endpoints = world.endpoints()
        endpoints.check(ACCOUNT)
        world.kit("POST", url="https://other.example/hook", events=["post.published"])
        assert endpoints.delete_of(CONNECTION) == CONNECTION
        assert world.urls() == ["https://other.example/hook"]

    def test_one_that_kit_has_ended_needs_nothing(self, world: World, events: Any) -> None:
        ended = replace(CONNECTION, access_token="unknown")
        assert world.endpoints().delete_of(ended) == ended
        assert events() == []

    def test_an_access_token_that_has_expired_is_refreshed(self, world: World) -> None:
        world.endpoints().check(ACCOUNT)
        expired = replace(CONNECTION, access_token="old", refresh_token="old", expires_at=1)
        new = {"access_token": TOKEN, "refresh_token": "new"}
        world.tokens = httpx2.Response(200, json=new)
        assert world.endpoints().delete_of(expired) == replace(expired, **new)
        assert world.listed() == []

    def test_one_whose_tokens_are_refused_needs_nothing(self, world: World, events: Any) -> None:
        expired = replace(CONNECTION, expires_at=1, refresh_token="unknown")
        world.tokens = httpx2.Response(400, json={"error": "invalid_grant"})
        assert world.endpoints().delete_of(expired) == expired
        assert events() == []

    def test_when_kit_fails_the_audit_log_says_so(self, world: World, events: Any) -> None:
        httpx2.post(f"{world.url}/faults.json", json={"resource": "*", "fault": "access_withheld"})
        assert world.endpoints().delete_of(CONNECTION) == CONNECTION
        assert events() == ["webhook_endpoint_not_deleted"]
