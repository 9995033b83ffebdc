"""Authentication of requests to Kit's API: the account and credential of each, and its resource."""

import re
from dataclasses import dataclass
from hashlib import sha256

from flask import g, request
from werkzeug.exceptions import HTTPException

from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.context import sandbox
from plugin_server.sandbox.kit.faults.rules import OAUTH_ENDPOINTS, REVOCATION_ENDPOINT, Credential
from plugin_server.sandbox.kit.oauth_clients import read_token_body


@dataclass(frozen=True)
class Identity:
    """The account that a request authenticates, and how.

    Attributes:
        account: ``None`` when the request authenticates no account.
        credential: the kind of credential that it has, valid or not; ``None`` without any.
        has_expired: whether that is an expired access token of the sandbox.
        digest: of the token or key, each of which has a rate limit of its own.
    """

    account: Account | None
    credential: Credential | None
    has_expired: bool = False
    digest: str = ""

    @property
    def account_id(self) -> int | None:
        """The account's id; ``None`` without an account."""
        return self.account.id if self.account else None


def identity() -> Identity:
    """Return the identity of the current request, as the middleware found it."""
    found: Identity = g.identity
    return found


def kit_path(path: str) -> str | None:
    """Return a request's path below ``/v4/``; ``None`` when the request is not to Kit's API.

    The OAuth endpoints have two paths and one name each; the authorization page is for browsers.
    """
    below = path.removeprefix("/v4/") if path.startswith("/v4/") else path.removeprefix("/")
    if below in OAUTH_ENDPOINTS:
        return below
    return below.rstrip("/") if path.startswith("/v4/") and below != "oauth/authorize" else None


def resource_of(path: str) -> str:
    """Return the resource of a path: the same with ``{id}`` in place of numbers."""
    return re.sub(r"(?<=/)\d+(?=/|$)", "{id}", path)


def identify(path: str) -> Identity:
    """Return the identity of the current request; at the OAuth endpoints, of its tokens' owner."""
    accounts, store = sandbox().accounts, sandbox().store
    if path in OAUTH_ENDPOINTS:
        try:
            body = read_token_body() or {}
        except HTTPException:  # too large; the endpoint rejects it
            body = {}
        owner = (
            store.find_owner(body.get("token", ""))
            if path == REVOCATION_ENDPOINT
            else store.find_grantor(body.get("code"), body.get("refresh_token"))
        )
        return Identity(accounts.get(owner or 0), "oauth")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if not token and "access_token" in request.args:
        # As OAuth servers with Doorkeeper take it, which Kit's texts are those of; a Ruby client does so.
        scheme, token = "bearer", request.args["access_token"]
    if scheme.lower() == "bearer" and token.strip():
        lasting = (each for each in accounts.values() if each.access_token == token.strip())
        if (account := next(lasting, None)) is not None:
            return Identity(account, "oauth", digest=_digest(token))
        owner, expired = store.find_token(token.strip())
        if expired:
            return Identity(None, "oauth", has_expired=True)
        return Identity(accounts.get(owner or 0), "oauth", digest=_digest(token))
    key = request.headers.get("X-Kit-Api-Key")
    if not key:
        return Identity(None, None)
    account = next((each for each in accounts.values() if each.api_key == key), None)
    return Identity(account, "api_key", digest=_digest(key))


def _digest(secret: str) -> str:
    return sha256(secret.strip().encode()).hexdigest()
