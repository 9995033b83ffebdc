"""Requests of Kit's servers to a plugin server."""

from typing import Any

import httpx2
from support.servers.processes import Server

CLIENT = {"client_id": "sandbox-app", "client_secret": "sandbox-secret"}


def post(server: Server, path: str, body: Any, token: str = "") -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx2.post(server.server + path, json=body, headers=headers, timeout=60)


def request_block(server: Server, token: str) -> httpx2.Response:
    return post(server, "/blocks/post/html", {"settings": {"post": "1"}}, token)


def refresh_body(token: dict[str, Any]) -> dict[str, str]:
    """Return the body that refreshes a token response; Kit sends no secret."""
    return {
        "client_id": "sandbox-app",
        "grant_type": "refresh_token",
        "refresh_token": token["refresh_token"],
    }


def refresh(server: Server, token: dict[str, Any]) -> httpx2.Response:
    return post(server, "/oauth/refresh", refresh_body(token))


def revoke(server: Server, token: str) -> httpx2.Response:
    return post(server, "/oauth/revoke", {**CLIENT, "token": token})
