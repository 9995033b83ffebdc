"""The provider over a clock that can be moved, and what Kit does with it, in one word each."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from pydantic import SecretStr

from plugin_server.oauth import routes
from plugin_server.oauth.client import PluginClient
from plugin_server.oauth.provider import Provider
from plugin_server.oauth.tokens import TokenMaker
from plugin_server.ratelimit.endpoints import make_limiter
from plugin_server.store.records import Account
from plugin_server.store.sql import SqlStore
from plugin_server.web.error_handlers import register_errors

ADA = Account("26", "Ada")
URI = "https://app.kit.com/apps/install"
CLIENT = {"client_id": "kit", "client_secret": "the-client-secret"}
REQUEST = {"client_id": "kit", "response_type": "code", "redirect_uri": URI}
VERIFIER = "v" * 43
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
GRACE = 60


@pytest.fixture
def scopes() -> dict[str, str]:
    """Return what the blocks declare; a test class may have a fixture of its own."""
    return {"read:posts": "Posts", "read:profile": "Profile"}


@pytest.fixture
def provider(store: SqlStore, clock: Any, scopes: dict[str, str]) -> Provider:
    store.save_account(ADA)
    client = PluginClient(
        client_id="kit",
        secrets=(SecretStr("the-client-secret"),),
        redirect_uris=(URI, "https://app.kit.com/apps"),
        scopes=scopes,
    )
    return Provider(
        issuer="https://blocks.example.com",
        client=client,
        store=store,
        tokens=TokenMaker([bytes(32)]),
        clock=clock,
        refresh_grace=GRACE,
        evict_account=lambda account_id: None,
    )


@pytest.fixture
def http(provider: Provider) -> Any:
    app = Flask(__name__)
    app.register_blueprint(routes.make_blueprint(provider, make_limiter(app, None, ("oauth",))))
    register_errors(app, {"": routes.error_response})
    return app.test_client()


def authorize(provider: Provider, **parameters: str) -> dict[str, str]:
    """Return the parameters with which the browser comes back after consent."""
    location = provider.decide({**REQUEST, **parameters}, ADA)
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def exchange(http: Any, code: str, **changes: Any) -> Any:
    body = {"grant_type": "authorization_code", "code": code, "redirect_uri": URI, **CLIENT}
    return http.post("/oauth/token", json={**body, **changes})


def refresh(http: Any, token: str, **changes: Any) -> Any:
    body = {"client_id": "kit", "grant_type": "refresh_token", "refresh_token": token, **changes}
    return http.post("/oauth/refresh", json=body)


def error(response: Any) -> tuple[int, str]:
    assert response.headers["Cache-Control"] == "no-store"
    assert response.content_type == "application/json"
    return response.status_code, response.json["error"]


@pytest.fixture
def tokens(provider: Provider, http: Any) -> dict[str, Any]:
    return dict(exchange(http, authorize(provider)["code"]).json)
