"""The two grants: authorization code (RFC 6749, 4.1, with PKCE) and refresh (RFC 6749, 6).

These are Authlib's hooks. Authlib issues tokens first and invalidates the code or refresh token afterwards;
here both happen in one transaction of the store, so that each can be used once.
"""

import secrets
from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc7636 import CodeChallenge
from typing_extensions import override

from plugin_server.oauth.client import PluginClient
from plugin_server.oauth.tokens import CODE_LIFETIME
from plugin_server.observe.audit import audit
from plugin_server.store.base import MAX_CODE_FAILURES
from plugin_server.store.records import Account, AuthorizationCode, Token, digest

if TYPE_CHECKING:
    from plugin_server.oauth.provider import Provider

# Seconds within which a repeated code is probably a retry of a client that lost our response.
_RETRY_SECONDS = 1


class Code:
    """A stored code with Authlib's interface."""

    code_challenge_method = "S256"

    def __init__(self, record: AuthorizationCode) -> None:
        """Take the record."""
        self.record = record
        self.code_challenge = record.code_challenge

    def get_redirect_uri(self) -> str:
        """Return the redirect URI of the authorization request."""
        return self.record.redirect_uri

    def get_scope(self) -> str:
        """Return the granted scope."""
        return self.record.scope


class PresentedRefreshToken:
    """A stored token whose refresh token was presented, with Authlib's interface."""

    def __init__(self, record: Token, plain: str) -> None:
        """Take the record, and the refresh token itself."""
        self.record, self.plain = record, plain

    def check_client(self, client: PluginClient) -> bool:
        """Return whether it was issued to this client."""
        return self.record.client_id == client.client_id

    def get_scope(self) -> str:
        """Return the granted scope."""
        return self.record.scope


class AuthorizationCodeGrant(grants.AuthorizationCodeGrant):
    """Exchanges a code once; a second exchange revokes the tokens of the first."""

    server: "Provider"

    @override
    def authenticate_token_endpoint_client(self) -> PluginClient:
        """Require the client secret."""
        return self.server.authenticate(self.request, secret_required=True)

    @override
    def generate_authorization_code(self) -> str:
        """Return 256 random bits in URL-safe base64."""
        return secrets.token_urlsafe(32)

    @override
    def save_authorization_code(self, code: str, request: Any) -> None:
        """Store the code's digest with everything the code is bound to."""
        audit("code_issued", account=request.user.id, client=request.client.client_id)
        self.server.store.save_code(
            AuthorizationCode(
                digest=digest(code),
                client_id=request.client.client_id,
                account_id=request.user.id,
                redirect_uri=request.payload.redirect_uri,
                scope=self.server.scope_to_grant(request.user, request.scope),
                code_challenge=request.payload.data.get("code_challenge"),
                expires_at=self.server.clock() + CODE_LIFETIME,
            )
        )

    @override
    def query_authorization_code(self, code: str, client: PluginClient) -> Code | None:
        """Return the client's code, even a used one, so that a replay is detected."""
        record = self.server.store.find_code(digest=digest(code))
        if record is None or record.client_id != client.client_id:
            return None
        over = record.expires_at <= self.server.clock() or record.failures >= MAX_CODE_FAILURES
        return None if over and record.used_at is None else Code(record)

    @override
    def authenticate_user(self, authorization_code: Code) -> Account | None:
        """Return the creator who gave the consent."""
        return self.server.store.find_account(account_id=authorization_code.record.account_id)

    @override
    def generate_token(self, **_: Any) -> dict[str, str | int]:
        """Spend the code and issue the first pair of a family.

        Raises:
            InvalidGrantError: 400, another exchange of this code came first.
        """
        now, record = self.server.clock(), self.request.authorization_code.record
        pair = self.server.tokens.first()
        token = pair.to_store(scope=record.scope, now=now)
        ids = {"account": record.account_id, "client": record.client_id}
        stored = self.server.store.consume_code(digest=record.digest, token=token, now=now)
        if stored is None:
            # The client is authenticated in either case. One that retries at once has probably lost our
            # response; a code that is used again later has probably leaked.
            used_at = record.used_at if record.used_at is not None else now
            after = now - used_at
            audit(
                "code_replayed",
                family=record.family_id,
                seconds_after=after,
                likely="lost_response" if after <= _RETRY_SECONDS else "replay",
                **ids,
            )
            raise InvalidGrantError("The code was used before.")
        audit("tokens_issued", family=stored.family_id, **ids)
        return pair.to_response(stored, now=now)

    @override
    def save_token(self, token: dict[str, Any]) -> None:
        """The token was stored when the code was spent."""

    @override
    def delete_authorization_code(self, authorization_code: Code) -> None:
        """The spent code stays, so that a replay is detected."""


class RefreshTokenGrant(grants.RefreshTokenGrant):
    """Exchanges each refresh token for the next one; see ``tokens.py`` for retries."""

    server: "Provider"

    @override
    def authenticate_token_endpoint_client(self) -> PluginClient:
        """Accept the client id alone, because Kit sends no secret here."""
        return self.server.authenticate(self.request, secret_required=False)

    @override
    def authenticate_refresh_token(self, refresh_token: str) -> PresentedRefreshToken | None:
        """Return the token of a family that has not ended."""
        record = self.server.store.find_refresh_token(
            refresh_digest=digest(refresh_token), now=self.server.clock()
        )
        return PresentedRefreshToken(record, refresh_token) if record else None

    @override
    def authenticate_user(self, refresh_token: PresentedRefreshToken) -> Account | None:
        """Return the creator who gave the consent."""
        return self.server.store.find_account(account_id=refresh_token.record.account_id)

    @override
    def issue_token(
        self, user: Account, refresh_token: PresentedRefreshToken
    ) -> dict[str, str | int]:
        """Spend the refresh token and issue its successor.

        Raises:
            InvalidGrantError: 400, it was spent before, longer ago than the grace period.
        """
        now, record = self.server.clock(), refresh_token.record
        pairs = self.server.tokens.successors(refresh_token.plain)
        stored = self.server.store.consume_refresh_token(
            refresh_digest=record.refresh_digest,
            successor=pairs[0].to_store(scope=record.scope, now=now),
            now=now,
            grace=self.server.refresh_grace,
        )
        ids = {"account": record.account_id, "family": record.family_id}
        pair = next((pair for pair in pairs if stored and pair.matches(stored)), None)
        if stored is None or pair is None:
            # Without a pair, the key was removed within the grace period; the family stays valid.
            audit("refresh_token_reused" if stored is None else "refresh_key_missing", **ids)
            raise InvalidGrantError("The refresh token was used before.")
        audit("tokens_refreshed" if record.spent_at is None else "refresh_repeated", **ids)
        return pair.to_response(stored, now=now)

    @override
    def save_token(self, token: dict[str, Any]) -> None:
        """The token was stored when the refresh token was spent."""

    @override
    def revoke_old_credential(self, refresh_token: PresentedRefreshToken) -> None:
        """The token was spent when its successor was stored."""


class S256CodeChallenge(CodeChallenge):
    """Optional PKCE (RFC 7636), with S256 only: ``plain`` gives no protection."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    @override
    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        """Require the method beside the challenge, because its default is ``plain``."""
        data = grant.request.payload.data
        if "code_challenge" in data and "code_challenge_method" not in data:
            raise InvalidRequestError("Missing 'code_challenge_method', which must be S256.")
        super().validate_code_challenge(grant, redirect_uri)
