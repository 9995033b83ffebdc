"""Authentication of requests to Kit: with a connection, a token, a gateway's key or an API key."""

from collections.abc import Generator
from dataclasses import dataclass

import httpx2
from pydantic import SecretStr

from plugin_server.errors import KitUnauthorized
from plugin_server.kit.api.credential_status import (
    CredentialStatus,
    credential_status,
    is_kit_error,
)
from plugin_server.kit.connect.connections import Connections

_Flow = Generator[httpx2.Request, httpx2.Response, None]


@dataclass(frozen=True)
class ConnectionAuth(httpx2.Auth):
    """Authenticates with the connection of one account.

    A token that Kit calls expired or invalid is refreshed once and the request retried, unless the token was
    refreshed for this very request. A refreshed token that is called invalid nevertheless ends the
    connection: the creator has to sign in again. Any other refusal is about the account and not about the
    token, and leads neither to a refresh nor to the end of the connection.
    """

    connections: Connections
    account_id: str
    # For the library's own clients; ``transport.send`` reads every body before it goes on.
    requires_response_body = True

    def sync_auth_flow(self, request: httpx2.Request) -> _Flow:
        """Yield the request, and once more with a fresh token if Kit refused the first one."""
        access = self.connections.access_token(self.account_id)
        status = credential_status((yield _with_bearer(request, access.token)))
        token, is_fresh = access.token, access.is_fresh
        if not is_fresh and status in (CredentialStatus.EXPIRED, CredentialStatus.INVALID):
            token, is_fresh = self.connections.replace(self.account_id, token), True
            status = credential_status((yield _with_bearer(request, token)))
        if is_fresh and status is CredentialStatus.INVALID:
            self.connections.end(self.account_id, token)


@dataclass(frozen=True)
class BearerAuth(httpx2.Auth):
    """Authenticates with a token that is not stored yet, as during sign-in."""

    token: SecretStr

    def sync_auth_flow(self, request: httpx2.Request) -> _Flow:
        """Yield the request once."""
        yield _with_bearer(request, self.token.get_secret_value())


@dataclass(frozen=True)
class GatewayAuth(httpx2.Auth):
    """Authenticates with the key of a gateway, which uses OAuth for its own requests to Kit.

    A 401 of the gateway itself is about that key, and not about the account at Kit.
    """

    key: SecretStr

    def sync_auth_flow(self, request: httpx2.Request) -> _Flow:
        """Yield the request once; raises KitUnauthorized (502) where the gateway refuses its key."""
        response = yield _with_bearer(request, self.key.get_secret_value())
        if response.status_code == 401 and not is_kit_error(response):
            raise KitUnauthorized(reason="http_401")


@dataclass(frozen=True)
class ApiKeyAuth(httpx2.Auth):
    """Authenticates with a V4 API key, which reads its own account only."""

    key: SecretStr

    def sync_auth_flow(self, request: httpx2.Request) -> _Flow:
        """Yield the request once."""
        request.headers["X-Kit-Api-Key"] = self.key.get_secret_value()
        yield request


def _with_bearer(request: httpx2.Request, token: str) -> httpx2.Request:
    request.headers["Authorization"] = f"Bearer {token}"
    return request
