"""Clients of Kit's OAuth server beside the dashboard's app: those that register themselves (RFC 7591).

Also what the server says about itself (RFC 8414). With a data file the clients are in it; without one they
register again after a restart. A reset of accounts leaves them: what an app has stored goes on to work.
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any

from plugin_server.sandbox.records import App
from plugin_server.sandbox.urls import check_url

_METHODS = ("none", "client_secret_post")


@dataclass
class OAuthClients:
    """The registered clients by their ids. Threads may share it.

    ``changed`` is called after a registration.
    """

    changed: Callable[[], None] = lambda: None
    _clients: dict[str, App] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def find(self, client_id: str | None) -> App | None:
        """Return a client as an app without plugins; its secret is empty when it is public."""
        return self._clients.get(client_id or "")

    def dump(self) -> list[dict[str, Any]]:
        """Return the clients as ``load`` takes them: their members that are set."""
        with self._lock:
            return [
                {name: value for name, value in asdict(client).items() if value}
                for client in self._clients.values()
            ]

    def load(self, clients: Iterable[dict[str, Any]]) -> None:
        """Add clients; raises TypeError or KeyError for what ``dump`` did not return."""
        for each in clients:
            client = App(**{**each, "redirect_uris": tuple(each["redirect_uris"])})
            self._clients[client.kit_client_id] = client

    def register(self, metadata: Any) -> dict[str, Any] | str:
        """Register a client; returns its registration, or why its metadata are invalid."""
        if not isinstance(metadata, dict):
            return "Send the client's metadata as a JSON object."
        uris = metadata.get("redirect_uris")
        if not isinstance(uris, list) or not uris or not all(isinstance(uri, str) for uri in uris):
            return "redirect_uris must be an array with at least one URL."
        if errors := [error for uri in uris for error in check_url("A redirect URI", uri)]:
            return errors[0]
        method = metadata.get("token_endpoint_auth_method") or "none"
        if method not in _METHODS:
            return f"token_endpoint_auth_method must be one of {', '.join(_METHODS)}."
        client = App(
            name=str(metadata.get("client_name") or "A registered client"),
            redirect_uris=tuple(uris),
            kit_client_id=secrets.token_urlsafe(24),
            kit_client_secret="" if method == "none" else secrets.token_urlsafe(32),
        )
        with self._lock:
            self._clients[client.kit_client_id] = client
        self.changed()
        secret = {"client_secret": client.kit_client_secret, "client_secret_expires_at": 0}
        return {
            "client_id": client.kit_client_id,
            "client_name": client.name,
            "redirect_uris": uris,
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "scope": "public",
            "token_endpoint_auth_method": method,
            **(secret if client.kit_client_secret else {}),
        }


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
