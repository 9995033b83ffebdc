"""How a request to Kit is signed: with a connection, with a token, or with an API key."""

from collections.abc import Generator
from dataclasses import dataclass

import httpx2
from pydantic import SecretStr

from plugin_server.errors import KitUnauthorized
from plugin_server.kit.api.refusal import Refusal, has_kits_shape, refusal_of
from plugin_server.kit.connect.connections import Connections

_Flow = Generator[httpx2.Request, httpx2.Response, None]


@dataclass(frozen=True)
class ConnectionAuth(httpx2.Auth):
    """Signs for one account's connection.

    A token that Kit calls expired or invalid is refreshed once and the request repeated, unless it was
    refreshed for this very request. One that comes from a refresh and is called invalid nevertheless is the
    end: the creator has to come back. Any other refusal is about the account and not about the token, so it
    costs neither a refresh nor the connection.
    """

    connections: Connections
    account_id: str
    # For the library's own clients; ``kit.http.send`` reads every body before it goes on.
    requires_response_body = True

    def sync_auth_flow(self, request: httpx2.Request) -> _Flow:
        """Yield the request, and once more with a fresh token if Kit refused the first as such."""
        access = self.connections.access(self.account_id)
        refusal = refusal_of((yield _signed(request, access.token)))
        token, is_fresh = access.token, access.is_fresh
        if not is_fresh and refusal in (Refusal.EXPIRED, Refusal.INVALID):
            token, is_fresh = self.connections.replace(self.account_id, token), True
            refusal = refusal_of((yield _signed(request, token)))
        if is_fresh and refusal is Refusal.INVALID:
            self.connections.end(self.account_id, token)


@dataclass(frozen=True)
class BearerAuth(httpx2.Auth):
    """Signs with a token that is not stored yet, as during sign-in."""

    token: SecretStr

    def sync_auth_flow(self, request: httpx2.Request) -> _Flow:
        """Yield the request once."""
        yield _signed(request, self.token.get_secret_value())


@dataclass(frozen=True)
class GatewayAuth(httpx2.Auth):
    """Signs with the key of a gateway, which signs with Kit's OAuth behind it.

    A 401 in the gateway's words is about that key, and says nothing of the account at Kit.
    """

    key: SecretStr

    def sync_auth_flow(self, request: httpx2.Request) -> _Flow:
        """Yield the request once; raises KitUnauthorized (502) where the gateway refuses its key."""
        response = yield _signed(request, self.key.get_secret_value())
        if response.status_code == 401 and not has_kits_shape(response):
            raise KitUnauthorized(reason="http_401")


@dataclass(frozen=True)
class ApiKeyAuth(httpx2.Auth):
    """Signs with a V4 API key, which reads its own account only."""

    key: SecretStr

    def sync_auth_flow(self, request: httpx2.Request) -> _Flow:
        """Yield the request once."""
        request.headers["X-Kit-Api-Key"] = self.key.get_secret_value()
        yield request


def _signed(request: httpx2.Request, token: str) -> httpx2.Request:
    request.headers["Authorization"] = f"Bearer {token}"
    return request
