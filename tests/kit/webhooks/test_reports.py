"""What Kit has reported reaches every process within a second, and costs a request nothing in between."""

from typing import Any, NoReturn

import httpx2
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine
from support.databases.stored import ADA, CONNECTION

from plugin_server.errors import NotConnected
from plugin_server.kit.api.transport import make_http_client
from plugin_server.kit.cache.changes import Changes
from plugin_server.kit.connect.oauth_client import KitOAuth
from plugin_server.kit.webhooks.endpoints import TRUST, Endpoints
from plugin_server.kit.webhooks.reports import INTERVAL, Reports
from plugin_server.store.encryption import Cipher
from plugin_server.store.records import WebhookEndpoint
from plugin_server.store.sql import SqlStore

BASE = "https://blocks.example.com"


def unreachable(_: object) -> NoReturn:
    raise NotConnected


class CountingStore(SqlStore):
    """Counts its look-ups of endpoints."""

    look_ups = 0

    def find_webhook_endpoint(self, *, account_id: str) -> WebhookEndpoint | None:
        self.look_ups += 1
        return super().find_webhook_endpoint(account_id=account_id)


@pytest.fixture
def counting(engine: Engine, clock: Any) -> CountingStore:
    """A store with a live endpoint."""
    store, now = CountingStore(engine, Cipher([bytes(32)])), int(clock())
    store.save_account(ADA)
    store.save_connection(CONNECTION)
    claim = store.claim_webhook_endpoint(account_id=ADA.id, claim=None, now=now)
    assert claim is not None
    endpoint = WebhookEndpoint(ADA.id, claim, 7, "key", BASE, now, now)
    assert store.save_webhook_endpoint(endpoint, secret="whsec")
    return store


def make_reports(store: SqlStore, clock: Any, base_url: str = BASE) -> Reports:
    http = make_http_client(httpx2.MockTransport(unreachable))
    oauth = KitOAuth(http, BASE, "us", SecretStr("s3cret"), BASE, BASE)
    endpoints = Endpoints(
        store=store,
        base_url=base_url,
        of_account=unreachable,
        of_token=unreachable,
        oauth=oauth,
        clock=lambda: int(clock()),
    )
    return Reports(store, endpoints, clock)


def test_it_is_looked_up_once_a_second(counting: CountingStore, clock: Any) -> None:
    reports = make_reports(counting, clock)
    since = clock()
    for expected in (1, 2):
        for _ in range(100):
            assert reports.find(ADA.id) == Changes(int(since))
        assert counting.look_ups == expected
        clock.advance(INTERVAL)


def test_a_report_is_seen_at_once_here_and_a_second_later_elsewhere(
    counting: CountingStore, clock: Any
) -> None:
    here, elsewhere = make_reports(counting, clock), make_reports(counting, clock)
    before = here.find(ADA.id)
    assert before == elsewhere.find(ADA.id)
    here.save(ADA.id, {"posts"})
    now = here.find(ADA.id)
    assert now is not None
    assert now.at == {"posts": clock()}
    assert elsewhere.find(ADA.id) == before
    clock.advance(INTERVAL)
    assert elsewhere.find(ADA.id) == now


def test_nothing_is_reported_of_other_accounts_or_to_another_url(
    counting: CountingStore, clock: Any
) -> None:
    assert make_reports(counting, clock).find("27") is None
    assert make_reports(counting, clock, "https://new.example").find(ADA.id) is None


def test_nothing_is_reported_to_an_endpoint_that_was_not_seen_for_long(
    counting: CountingStore, clock: Any
) -> None:
    reports = make_reports(counting, clock)
    clock.advance(TRUST - 1)
    assert reports.find(ADA.id) is not None
    clock.advance(1)
    assert reports.find(ADA.id) is None


def test_a_clock_that_is_set_back_does_not_hide_reports(
    counting: CountingStore, clock: Any
) -> None:
    reports = make_reports(counting, clock)
    reports.find(ADA.id)
    clock.advance(-60)
    reports.find(ADA.id)
    assert counting.look_ups == 2
