"""How a request to Kit is signed: with a connection, with a token, or with an API key."""

from collections.abc import Generator
from dataclasses import dataclass

import httpx2
from pydantic import SecretStr

from plugin_server.kit.connection import Connections

_Flow = Generator[httpx2.Request, httpx2.Response, None]


@dataclass(frozen=True)
class ConnectionAuth(httpx2.Auth):
    """Signs for one account's connection.

    A 401 forces one refresh and one repeat; a second one means that the creator has to come back.
    """

    connections: Connections
    account_id: str

    def sync_auth_flow(self, request: httpx2.Request) -> _Flow:
        """Yield the request, and once more with a fresh token if Kit refused the first."""
        token = self.connections.access_token(self.account_id)
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == 401:
            token = self.connections.replace(self.account_id, token)
            request.headers["Authorization"] = f"Bearer {token}"
            response = yield request
            if response.status_code == 401:
                self.connections.end(self.account_id, token)


@dataclass(frozen=True)
class BearerAuth(httpx2.Auth):
    """Signs with a token that is not stored yet, as during sign-in, or with a gateway's key."""

    token: SecretStr

    def sync_auth_flow(self, request: httpx2.Request) -> _Flow:
        """Yield the request once."""
        request.headers["Authorization"] = f"Bearer {self.token.get_secret_value()}"
        yield request


@dataclass(frozen=True)
class ApiKeyAuth(httpx2.Auth):
    """Signs with a V4 API key, which reads its own account only."""

    key: SecretStr

    def sync_auth_flow(self, request: httpx2.Request) -> _Flow:
        """Yield the request once."""
        request.headers["X-Kit-Api-Key"] = self.key.get_secret_value()
        yield request
