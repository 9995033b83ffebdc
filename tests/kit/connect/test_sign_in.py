"""How long a browser stays signed in."""

from typing import Any

import httpx2
import pytest
from flask import Flask
from support.kit.in_process import client_over

from plugin_server.kit.api.client import KitClient
from plugin_server.kit.api.transport import make_http_client
from plugin_server.kit.connect.pending_sign_ins import PendingSignIns
from plugin_server.kit.connect.sign_in import CONSENT_LIFETIME, SIGN_IN_LIFETIME, Sessions, sign_out
from plugin_server.store.encryption import Cipher
from plugin_server.store.sql import SqlStore


@pytest.fixture
def sessions(store: SqlStore, clock: Any) -> Any:
    app = Flask(__name__)
    app.secret_key = "s" * 32
    with app.test_request_context():
        pending = PendingSignIns(Cipher([bytes(32)]), clock, https=False)
        yield Sessions(store, pending, clock)


@pytest.fixture
def kit() -> KitClient:
    account = {"account": {"id": 26, "name": "Ada"}}
    http = make_http_client(httpx2.MockTransport(lambda _: httpx2.Response(200, json=account)))
    return client_over(http)


def test_nobody_is_signed_in_at_first(sessions: Sessions) -> None:
    assert sessions.account() is None


def test_a_sign_in_ends_by_itself(sessions: Sessions, kit: KitClient, clock: Any) -> None:
    account = sessions.sign_in(kit)
    clock.advance(SIGN_IN_LIFETIME - 1)
    assert sessions.account() == account
    clock.advance(1)
    assert sessions.account() is None


def test_signing_out_ends_the_session(sessions: Sessions, kit: KitClient) -> None:
    sessions.sign_in(kit)
    sign_out()
    assert sessions.account() is None


def test_a_consent_counts_once_and_for_a_short_time(sessions: Sessions, clock: Any) -> None:
    sessions.record_consent()
    assert sessions.consume_consent()
    assert not sessions.consume_consent()
    sessions.record_consent()
    clock.advance(CONSENT_LIFETIME)
    assert not sessions.consume_consent()
