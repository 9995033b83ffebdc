"""What every store promises of webhook endpoints; each backend's ``store`` fixture goes through all of it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import Engine
from support.databases.stored import ADA, CONNECTION, NOW

from plugin_server.store.base import Store
from plugin_server.store.encryption import Cipher
from plugin_server.store.records import WebhookEndpoint
from plugin_server.store.sql import SqlStore

KEY, NEW_KEY = bytes(range(32)), bytes(32)


@pytest.fixture
def connected(store: Store) -> Store:
    store.save_account(ADA)
    store.save_connection(CONNECTION)
    return store


@pytest.fixture
def claim(connected: Store) -> int:
    claim = connected.claim_webhook_endpoint(account_id=ADA.id, claim=None, now=NOW)
    assert claim is not None
    return claim


@pytest.fixture
def endpoint(connected: Store, claim: int) -> WebhookEndpoint:
    endpoint = WebhookEndpoint(ADA.id, claim, 7, "key", "https://us", NOW, NOW)
    assert connected.save_webhook_endpoint(endpoint, secret="whsec")
    return endpoint


def test_an_endpoint_comes_back_without_its_secret_which_its_key_finds(
    connected: Store, endpoint: WebhookEndpoint
) -> None:
    assert connected.find_webhook_endpoint(account_id=ADA.id) == endpoint
    assert connected.find_webhook_secret(key_digest="key") == (ADA.id, "whsec")
    assert connected.find_webhook_secret(key_digest="other") is None
    assert connected.find_webhook_endpoint(account_id="27") is None


def test_an_attempt_is_claimed_once(connected: Store, claim: int) -> None:
    claims = {"account_id": ADA.id, "now": NOW}
    assert connected.claim_webhook_endpoint(claim=None, **claims) is None
    following = connected.claim_webhook_endpoint(claim=claim, **claims)
    assert following == claim + 1
    assert connected.claim_webhook_endpoint(claim=claim, **claims) is None
    stored = connected.find_webhook_endpoint(account_id=ADA.id)
    assert stored == WebhookEndpoint(ADA.id, following)


def test_of_many_attempts_at_once_one_is_claimed(connected: Store) -> None:
    barrier = Barrier(8)

    def claim(_: int) -> int | None:
        barrier.wait()
        return connected.claim_webhook_endpoint(account_id=ADA.id, claim=None, now=NOW)

    with ThreadPoolExecutor(8) as threads:
        claims = list(threads.map(claim, range(8)))
    assert [each for each in claims if each is not None] == [NOW]


def test_only_the_latest_attempt_is_stored(connected: Store, endpoint: WebhookEndpoint) -> None:
    claim = endpoint.checked_at
    assert connected.claim_webhook_endpoint(account_id=ADA.id, claim=claim, now=NOW + 5)
    late = replace(endpoint, key_digest="late")
    assert not connected.save_webhook_endpoint(late, secret="late")
    connected.confirm_webhook_endpoint(account_id=ADA.id, claim=claim, verified_at=NOW + 9)
    stored = connected.find_webhook_endpoint(account_id=ADA.id)
    assert stored == replace(endpoint, checked_at=NOW + 5)
    connected.confirm_webhook_endpoint(account_id=ADA.id, claim=NOW + 5, verified_at=NOW + 9)
    stored = connected.find_webhook_endpoint(account_id=ADA.id)
    assert stored == replace(endpoint, checked_at=NOW + 5, verified_at=NOW + 9)


def test_the_latest_time_of_a_change_stays(connected: Store, endpoint: WebhookEndpoint) -> None:
    for kinds, at in ((["posts"], NOW + 2.5), (["posts", "forms"], NOW + 1.25)):
        connected.save_changes(account_id=ADA.id, kinds=kinds, at=at)
    connected.save_changes(account_id="27", kinds=["posts"], at=NOW)
    stored = connected.find_webhook_endpoint(account_id=ADA.id)
    assert stored is not None
    assert stored.changes == {"posts": NOW + 2.5, "forms": NOW + 1.25}


def test_changes_at_the_same_time_are_all_stored(
    connected: Store, endpoint: WebhookEndpoint
) -> None:
    barrier = Barrier(8)

    def change(number: int) -> None:
        barrier.wait()
        connected.save_changes(account_id=ADA.id, kinds=[str(number)], at=NOW)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(change, range(8)))
    stored = connected.find_webhook_endpoint(account_id=ADA.id)
    assert stored is not None
    assert set(stored.changes) == set("01234567")


def test_it_goes_by_itself_or_with_the_connection(
    installed: Store, endpoint: WebhookEndpoint
) -> None:
    installed.delete_webhook_endpoint(account_id=ADA.id)
    assert installed.find_webhook_secret(key_digest="key") is None
    claim = installed.claim_webhook_endpoint(account_id=ADA.id, claim=None, now=NOW)
    assert claim is not None
    token = installed.find_token(access_digest="access-1", now=NOW)
    assert token is not None
    installed.revoke_family(family_id=token.family_id, now=NOW)
    assert installed.find_connection(account_id=ADA.id) is None
    assert installed.find_webhook_endpoint(account_id=ADA.id) is None
    assert not installed.save_webhook_endpoint(endpoint, secret="late")


def test_an_account_without_a_connection_cannot_have_one(connected: Store) -> None:
    claims = {"claim": None, "now": NOW}
    assert connected.claim_webhook_endpoint(account_id="27", **claims) is None
    stored = connected.find_connection(account_id=ADA.id)
    assert stored is not None
    connected.revoke_connection(account_id=ADA.id, version=stored.version, now=NOW)
    assert connected.claim_webhook_endpoint(account_id=ADA.id, **claims) is None


def test_its_secret_is_encrypted_again_with_the_newest_key(
    connected: Store, endpoint: WebhookEndpoint, engine: Engine
) -> None:
    both, new = (SqlStore(engine, Cipher(keys)) for keys in ([NEW_KEY, KEY], [NEW_KEY]))
    assert both.reencrypt() == 2  # the connection's tokens, and this
    new.require_keys()
    assert new.find_webhook_secret(key_digest="key") == (ADA.id, "whsec")


def test_what_the_store_has_of_it_is_shown_without_its_secrets(
    connected: Store, endpoint: WebhookEndpoint
) -> None:
    (data,) = connected.find_data(account_id=ADA.id)["webhook_endpoints"]
    assert (data["secret"], data["key_digest"]) == ("kept, not shown",) * 2
