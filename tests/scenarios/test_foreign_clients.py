"""OAuth clients that are not ours, against the running server."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from requests_oauthlib import OAuth2Session
from support.servers.processes import Preview, running_preview

URI = "https://app.kit.com/apps/install"
CLIENT_ID, CLIENT_SECRET = "sandbox-app", "sandbox-secret"


@pytest.fixture(scope="module")
def preview(
    tmp_path_factory: pytest.TempPathFactory, free_ports: Callable[[int], list[int]]
) -> Iterator[Preview]:
    """Both servers, at which nobody has been granted anything yet: a new grant holds older ones, too."""
    with running_preview(tmp_path_factory.mktemp("clients"), free_ports(2)) as preview:
        yield preview


@pytest.fixture(autouse=True)
def _loopback_is_safe_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have requests-oauthlib speak plain http, which it otherwise refuses on loopback too."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


def come_back(creator: Any, address: str) -> str:
    """Go through sign-in and consent; return where the browser is sent."""
    page = creator.visit(address, stop_at="https://app.kit.com")
    if 'data-testid="kit-approve"' in page.text:
        page = creator.press(page, "kit-approve", stop_at="https://app.kit.com")
    page = creator.press(page, "allow", stop_at="https://app.kit.com")
    return str(page.headers["Location"])


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
@pytest.mark.parametrize("pkce", [None, "S256"])
def test_authlibs_client(preview: Any, creator: Any, method: str, pkce: str | None) -> None:
    session = AuthlibSession(
        CLIENT_ID,
        CLIENT_SECRET,
        redirect_uri=URI,
        scope="read:posts",
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
        code_challenge_method=pkce,
    )
    verifier = {"code_verifier": "v" * 48} if pkce else {}
    address, state = session.create_authorization_url(
        f"{preview.server}/oauth/authorize", **verifier
    )
    token = session.fetch_token(
        f"{preview.server}/oauth/token",
        authorization_response=come_back(creator, address),
        state=state,
        **verifier,
    )
    assert token["scope"] == "read:posts"
    renewed = session.refresh_token(f"{preview.server}/oauth/token")
    assert renewed["access_token"] != token["access_token"]
    search = f"{preview.server}/blocks/post/search/post"
    assert session.post(search, json={"search": ""}).status_code == 200
    revoked = session.revoke_token(f"{preview.server}/oauth/revoke", token=renewed["access_token"])
    assert (revoked.status_code, revoked.json()) == (200, {})
    assert session.post(search, json={"search": ""}).status_code == 401
    session.close()


def test_requests_oauthlib(preview: Any, creator: Any) -> None:
    session = OAuth2Session(CLIENT_ID, redirect_uri=URI, scope=["read:posts"])
    address, _ = session.authorization_url(f"{preview.server}/oauth/authorize")
    token = session.fetch_token(
        f"{preview.server}/oauth/token",
        authorization_response=come_back(creator, address),
        client_secret=CLIENT_SECRET,
        include_client_id=True,
    )
    search = f"{preview.server}/blocks/post/search/post"
    assert session.post(search, json={"search": ""}).status_code == 200
    renewed = session.refresh_token(f"{preview.server}/oauth/refresh", client_id=CLIENT_ID)
    assert renewed["refresh_token"] != token["refresh_token"]
    session.close()


@pytest.mark.parametrize(
    ("label", "encode"),
    [
        ("application/x-www-form-urlencoded", json.dumps),
        ("application/json", json.dumps),
        ("application/x-www-form-urlencoded", None),
    ],
    ids=["JSON labelled as form", "JSON", "form"],
)
def test_kits_own_variants(preview: Any, creator: Any, label: str, encode: Any) -> None:
    def send(path: str, body: dict[str, str]) -> httpx2.Response:
        content = encode(body) if encode else str(httpx2.QueryParams(body))
        headers = {"Content-Type": label, "Accept": "application/json"}
        return httpx2.post(f"{preview.server}{path}", content=content, headers=headers)

    secret = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    code = creator.authorize().params["code"]
    exchange = {**secret, "grant_type": "authorization_code", "code": code, "redirect_uri": URI}
    token = send("/oauth/token", exchange).json()
    refresh = {"client_id": CLIENT_ID, "grant_type": "refresh_token"}
    renewed = send("/oauth/refresh", {**refresh, "refresh_token": token["refresh_token"]}).json()
    response = send("/oauth/revoke", {**secret, "token": renewed["access_token"]})
    assert (response.status_code, response.json()) == (200, {})
