"""Clients of Kit's OAuth server beside the dashboard's app: those that register themselves (RFC 7591).

Also what the server says about itself (RFC 8414), and how it reads what clients send. The clients are held in
memory: after a restart they register again.
"""

import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from flask import request

from plugin_server.sandbox.kit.fields import Field, one_of, read_fields, text
from plugin_server.sandbox.records import App
from plugin_server.sandbox.urls import check_url


def _redirect_uris(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(uri, str) for uri in value):
        raise ValueError("redirect_uris must be an array with at least one URL.")
    if errors := [error for uri in value for error in check_url("A redirect URI", uri)]:
        raise ValueError(errors[0])
    return tuple(value)


_METHODS = ("none", "client_secret_post")
_METADATA = {
    "redirect_uris": Field(_redirect_uris, required="redirect_uris is missing."),
    "token_endpoint_auth_method": Field(
        one_of("token_endpoint_auth_method", *_METHODS), default=_METHODS[0]
    ),
    "client_name": Field(text, default="A registered client"),
}


@dataclass
class OAuthClients:
    """The registered clients by their ids. Threads may share it."""

    _clients: dict[str, App] = field(default_factory=dict)

    def find(self, client_id: str | None) -> App | None:
        """Return a client as an app without plugins; its secret is empty when it is public."""
        return self._clients.get(client_id or "")

    def register(self, metadata: dict[str, Any]) -> dict[str, Any]:
        """Register a client and return its registration; raises Rejected for invalid metadata."""
        given = {name: value for name, value in metadata.items() if value}
        values = read_fields(_METADATA, given)
        is_public = values["token_endpoint_auth_method"] != _METHODS[1]
        client = App(
            name=values["client_name"],
            redirect_uris=values["redirect_uris"],
            kit_client_id=secrets.token_urlsafe(24),
            kit_client_secret="" if is_public else secrets.token_urlsafe(32),
        )
        self._clients[client.kit_client_id] = client
        secret = {"client_secret": client.kit_client_secret, "client_secret_expires_at": 0}
        return {
            "client_id": client.kit_client_id,
            **values,
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "scope": "public",
            **({} if is_public else secret),
        }


def read_token_body() -> dict[str, str] | None:
    """Return the text members of a JSON object, whatever its Content-Type, or of a form; else ``None``."""
    if request.mimetype == "application/x-www-form-urlencoded":
        text = request.get_data(as_text=True)
        if not text.lstrip().startswith("{"):
            return dict(parse_qsl(text))
    try:
        body = json.loads(request.get_data())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return None
    return {name: value for name, value in body.items() if isinstance(value, str)}


def server_metadata(base_url: str) -> dict[str, Any]:
    """Return what Kit says of its OAuth server, with the sandbox's URLs."""
    return {
        "issuer": base_url,
        "authorization_endpoint": f"{base_url}/oauth/authorize",
        "token_endpoint": f"{base_url}/oauth/token",
        "revocation_endpoint": f"{base_url}/oauth/revoke",
        "registration_endpoint": f"{base_url}/oauth/register",
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "none"],
        "scopes_supported": ["public"],
    }
