"""Clients that register themselves at Kit's OAuth server, and what the server says about itself."""

import base64
import hashlib
from typing import Any

import httpx2
import pytest

VERIFIER = "a-verifier-that-is-certainly-longer-than-43-characters"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:43]
URI = "https://client.example.com/callback"


def register(browser: httpx2.Client, **metadata: Any) -> dict[str, Any]:
    response = browser.post("/oauth/register", json={"redirect_uris": [URI], **metadata})
    assert response.status_code == 201, response.text
    return dict(response.json())


def authorize(browser: httpx2.Client, client: dict[str, Any], **more: str) -> dict[str, str]:
    asked = {"client_id": client["client_id"], "response_type": "code", "redirect_uri": URI, **more}
    response = browser.post("/oauth/authorize", data={**asked, "decision": "approve"})
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
