"""Clients that register themselves at Kit's OAuth server, and what the server says about itself."""

import base64
import hashlib
import sqlite3
from contextlib import closing
from typing import Any

import httpx2
import pytest

from plugin_server.sandbox.config import SandboxConfig
from plugin_server.sandbox.kit.account_files import BadAccount
from plugin_server.sandbox.kit.app import create_api_app
from plugin_server.sandbox.store import Store

VERIFIER = "a-verifier-that-is-certainly-longer-than-43-characters"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:43]
URI = "https://client.example.com/callback"


def register(browser: httpx2.Client, **metadata: Any) -> dict[str, Any]:
    response = browser.post("/oauth/register", json={"redirect_uris": [URI], **metadata})
    assert response.status_code == 201, response.text
    return dict(response.json())


def authorize(browser: httpx2.Client, client: dict[str, Any], **more: str) -> dict[str, str]:
    parameters = {
        "client_id": client["client_id"],
        "response_type": "code",
        "redirect_uri": URI,
        **more,
    }
    response = browser.post("/oauth/authorize", data={**parameters, "decision": "approve"})
    return dict(httpx2.URL(response.headers["Location"]).params)


def tokens(browser: httpx2.Client, client: dict[str, Any], **proof: str) -> httpx2.Response:
    pkce = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    code = authorize(browser, client, **pkce)["code"]
    body = {"client_id": client["client_id"], "grant_type": "authorization_code", "code": code}
    return browser.post("/oauth/token", json={**body, "redirect_uri": URI, **proof})


def account(browser: httpx2.Client, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return browser.get("/v4/account", headers=headers).status_code


def test_the_metadata_name_urls_that_respond(browser: httpx2.Client) -> None:
    found = browser.get("/.well-known/oauth-authorization-server").json()
    assert found["code_challenge_methods_supported"] == ["S256"]
    for name in ("token", "revocation", "registration"):
        assert browser.post(found[f"{name}_endpoint"], json={}).status_code in {400, 401}


def test_a_public_client_gets_tokens_with_pkce_alone(browser: httpx2.Client) -> None:
    client = register(browser, client_name="Notes")
    assert "client_secret" not in client
    assert "Allow Notes to use" in browser.get(
        "/v4/oauth/authorize",
        params={
            **{"client_id": client["client_id"], "response_type": "code", "redirect_uri": URI},
            **{"code_challenge": CHALLENGE, "code_challenge_method": "S256"},
        },
    ).text  # fmt: skip
    found = tokens(browser, client, code_verifier=VERIFIER).json()
    assert account(browser, found["access_token"]) == 200


def test_a_public_client_without_pkce_is_sent_back(browser: httpx2.Client) -> None:
    assert authorize(browser, register(browser))["error"] == "invalid_request"


def test_a_confidential_client_has_a_secret(browser: httpx2.Client) -> None:
    client = register(browser, token_endpoint_auth_method="client_secret_post")
    proof = {"client_secret": client["client_secret"], "code_verifier": VERIFIER}
    assert tokens(browser, client, **proof).status_code == 200
    proof["client_secret"] = "wrong"
    assert tokens(browser, client, **proof).json()["error"] == "invalid_client"


def test_a_code_is_for_the_client_that_it_was_given_to(browser: httpx2.Client) -> None:
    other = register(browser)
    found = tokens(browser, register(browser), code_verifier=VERIFIER, client_id=other["client_id"])
    assert found.json()["error"] == "invalid_grant"


def test_a_revocation_ends_one_pair_of_tokens(browser: httpx2.Client) -> None:
    client = register(browser)
    first, second = (tokens(browser, client, code_verifier=VERIFIER).json() for _ in range(2))
    body = {"client_id": client["client_id"], "token": first["refresh_token"]}
    assert browser.post("/oauth/revoke", data=body).status_code == 200
    assert account(browser, first["access_token"]) == 401
    assert account(browser, second["access_token"]) == 200


@pytest.mark.parametrize(
    "metadata",
    [
        [],
        {},
        {"redirect_uris": []},
        {"redirect_uris": ["http://public.example.com/"]},
        {"redirect_uris": [5]},
        {"redirect_uris": [URI], "token_endpoint_auth_method": "private_key_jwt"},
    ],
)
def test_metadata_that_cannot_be_registered(browser: httpx2.Client, metadata: Any) -> None:
    response = browser.post("/oauth/register", json=metadata)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_client_metadata")


def test_a_data_file_has_the_clients_and_a_reset_leaves_them(tmp_path: Any, clock: Any) -> None:
    data_file = tmp_path / "kit.json"

    def opened(folder: str) -> Any:
        config = SandboxConfig(tmp_path / folder, "http://127.0.0.1:4000", data_file=data_file)
        return create_api_app(config, clock=clock)

    def may_authorize(app: Any, client: dict[str, Any]) -> bool:
        query = {"client_id": client["client_id"], "response_type": "code", "redirect_uri": URI}
        pkce = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
        page = app.test_client().get("/oauth/authorize", query_string={**query, **pkce})
        return bool(page.status_code == 200 and "Allow Notes to use" in page.text)

    app = opened("first")
    metadata = {"redirect_uris": [URI], "client_name": "Notes"}
    client = app.test_client().post("/oauth/register", json=metadata).get_json()
    app.test_client().post("/sandbox/reset")
    assert may_authorize(app, client)
    app.extensions["sandbox"].stop()
    again = opened("second")
    assert may_authorize(again, client)
    tag = {"X-Kit-Api-Key": "kit_sandbox_harbour_letters"}
    made = again.test_client().post("/v4/tags", json={"name": "Salt"}, headers=tag)
    assert made.status_code == 201
    again.extensions["sandbox"].stop()
    third = opened("third")
    assert may_authorize(third, client)
    assert "Salt" in third.test_client().get("/v4/tags", headers=tag).text
    third.extensions["sandbox"].stop()


def test_a_damaged_data_file_is_reported(tmp_path: Any) -> None:
    data_file = tmp_path / "kit.json"
    data_file.write_text('{"accounts": [], "oauth_clients": [{"name": "Notes"}]}')
    with pytest.raises(BadAccount, match="oauth_clients must be what the sandbox has written"):
        create_api_app(SandboxConfig(tmp_path, "http://127.0.0.1:4000", data_file=data_file))


def test_a_database_of_an_earlier_version_is_read(tmp_path: Any, clock: Any) -> None:
    with closing(sqlite3.connect(tmp_path / "sandbox.db")) as db:
        db.execute(
            "CREATE TABLE tokens (access TEXT PRIMARY KEY, refresh TEXT UNIQUE,"
            " account_id INTEGER NOT NULL, expires_at INTEGER NOT NULL)"
        )
        access = hashlib.sha256(b"access").hexdigest()
        db.execute("INSERT INTO tokens VALUES (?, 'refresh', 2601, 9999999999)", (access,))
        db.commit()
    for _ in range(2):
        store = Store(tmp_path, clock)
        assert store.find_token("access") == (2601, False)
        assert store.find_connected(2601) == [("", 9999999999)]
    store.save_tokens("other", "more", 2601, 9999999999, "client")
    store.revoke_tokens(2601, "client")
    assert [each for each, _ in store.find_connected(2601)] == [""]
