"""The OAuth provider: Authlib's server with our parameters, tokens and client."""

import json
import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import AuthorizationServer, OAuth2Error
from authlib.oauth2.rfc6749.errors import (
    InvalidClientError,
    InvalidRequestError,
    InvalidScopeError,
    UnsupportedGrantTypeError,
)
from authlib.oauth2.rfc7009 import RevocationEndpoint
from flask import Request, Response
from typing_extensions import override

from plugin_server.oauth.client import PluginClient, authenticate, is_basic
from plugin_server.oauth.grants import AuthorizationCodeGrant, RefreshTokenGrant, S256CodeChallenge
from plugin_server.oauth.parameters import REVOCATION, TOKEN, ParsedRequest, read_body
from plugin_server.oauth.tokens import TokenMaker
from plugin_server.observe.audit import audit
from plugin_server.store.base import MAX_CODE_FAILURES, Store
from plugin_server.store.records import Account, digest

log = logging.getLogger(__name__)

REVOKE_PATH = "/oauth/revoke"
_PURGE_INTERVAL = 600  # seconds
# Bytes of a ``state``, which has to come back unchanged; Kit's are much shorter.
MAX_STATE = 2048


class Provider(AuthorizationServer):
    """Authorization, token, refresh and revocation endpoints for one client (RFC 6749, 7009, 9207)."""

    def __init__(
        self,
        *,
        issuer: str,
        client: PluginClient,
        store: Store,
        tokens: TokenMaker,
        clock: Callable[[], int],
        refresh_grace: int,
        evict_account: Callable[[str], None],
    ) -> None:
        """Make the provider.

        Args:
            issuer: our public URL.
            client: Kit.
            store: has the codes and tokens.
            tokens: makes tokens.
            clock: unix seconds.
            refresh_grace: seconds in which a spent refresh token can be used again; see ``tokens.py``.
            evict_account: removes an account's data from the cache when its creator uninstalls the app.
        """
        super().__init__(scopes_supported=list(client.scopes))
        self.issuer, self.client = issuer, client
        self.store, self.tokens, self.clock = store, tokens, clock
        self.refresh_grace, self.evict_account = refresh_grace, evict_account
        self._purged_at = clock()
        self.register_grant(AuthorizationCodeGrant, [S256CodeChallenge(required=False)])
        self.register_grant(RefreshTokenGrant)
        self.register_endpoint(Revocation)

    # For the routes

    def check_authorization(
        self, parameters: Mapping[str, str], repeated: Collection[str] = ()
    ) -> Any:
        """Return the grant for a consent page; its ``request.scope`` is what the creator consents to.

        Args:
            parameters: those that occur once.
            repeated: the names of repeated ones, which RFC 6749, 3.1 forbids.

        Raises:
            OAuth2Error: with a ``redirect_uri`` if the browser may be redirected there with the error;
                without one, the client or the redirect URI is wrong, and the error must be shown here.
        """
        if parameters.get("client_id") != self.client.client_id:
            raise InvalidClientError("The client is unknown.")
        redirect_uri = parameters.get("redirect_uri", "")
        if not self.client.check_redirect_uri(redirect_uri):
            raise InvalidRequestError("The redirect URI is not registered.")
        try:
            if repeated:
                raise InvalidRequestError("A parameter is repeated.")
            if len(parameters.get("state", "").encode()) > MAX_STATE:
                raise InvalidRequestError(f"The state is longer than {MAX_STATE} bytes.")
            if parameters.get("response_type") != "code":
                raise OAuth2Error(
                    error="unsupported_response_type",
                    description="Only the response type code is supported.",
                )
            return self.get_consent_grant(self._authorization_request(parameters))
        except OAuth2Error as error:
            error.redirect_uri = redirect_uri
            raise

    def decide(self, parameters: Mapping[str, str], account: Account | None) -> str:
        """Return where to redirect the browser: with a code for ``account``, or denied for ``None``."""
        try:
            grant = self.check_authorization(parameters)
            _, _, headers = grant.create_authorization_response(grant.redirect_uri, account)
        except OAuth2Error as error:
            return self.error_location(error, parameters)
        return self._with_issuer(dict(headers)["Location"])

    def scope_to_grant(self, account: Account, requested: str) -> str:
        """Return the requested scope together with what the installation has been granted before."""
        granted = self.store.find_scope(account_id=account.id, client_id=self.client.client_id)
        return self.client.get_allowed_scope(f"{requested} {granted}")

    def failure_location(self, parameters: Mapping[str, str]) -> str:
        """Return where to redirect the browser when Kit could not sign the creator in."""
        error = OAuth2Error(error="server_error", description="Kit could not sign the creator in.")
        error.redirect_uri = parameters["redirect_uri"]
        return self.error_location(error, parameters)

    def may_be_secret_guess(self, request: Request) -> bool:
        """Return whether a request may be an attempt to guess the client secret.

        Only Kit has a code that can still be exchanged, or a token of ours: a request with one is handled
        however many guesses there are. A request without a secret is not a guess.
        """
        try:
            presented = self.create_oauth2_request(request).payload.data
        except OAuth2Error:
            return False
        if "client_secret" not in presented and not is_basic(request.headers.get("Authorization")):
            return False
        code = self.store.find_code(digest=digest(presented.get("code", "")))
        if code and code.used_at is None and code.failures < MAX_CODE_FAILURES:
            return False
        tokens = (presented[name] for name in ("token", "refresh_token") if name in presented)
        return not any(self.store.find_family(token_digest=digest(token)) for token in tokens)

    def error_location(self, error: OAuth2Error, parameters: Mapping[str, str]) -> str:
        """Return where to redirect the browser with an error whose redirect URI has been validated."""
        error.state = parameters.get("state")
        return self._with_issuer(add_params_to_uri(error.redirect_uri, error.get_body()))

    def _with_issuer(self, location: str) -> str:
        # RFC 9207: a client of several servers can tell which one responded.
        return str(add_params_to_uri(location, [("iss", self.issuer)]))

    # Authlib's hooks

    @override
    def query_client(self, client_id: str) -> PluginClient | None:
        return self.client if client_id == self.client.client_id else None

    @override
    def validate_requested_scope(self, scope: str | None) -> None:
        """Refuse a scope with a word that no block declares."""
        if scope and not set(scope.split()) <= set(self.client.scopes):
            raise InvalidScopeError("The scope contains a word that this server does not know.")

    @override
    def create_oauth2_request(self, request: Request | ParsedRequest) -> ParsedRequest:
        """Return the request with the parameters that its endpoint knows; see ``parameters.py``."""
        if isinstance(request, ParsedRequest):
            return request
        values = read_body(request, REVOCATION if request.path == REVOKE_PATH else TOKEN)
        uri = self.issuer + request.path
        return ParsedRequest(request.method, uri, dict(request.headers), values)

    @override
    def get_token_grant(self, request: ParsedRequest) -> Any:
        """Return the grant; unlike Authlib's, errors do not repeat what was sent."""
        if request.payload.grant_type is None:
            raise InvalidRequestError("Missing 'grant_type' in request.")
        try:
            return super().get_token_grant(request)
        except UnsupportedGrantTypeError:
            raise _unsupported_grant_type(
                "Only authorization_code and refresh_token are supported."
            ) from None

    def respond_to_token_request(self, request: Request, *, refresh_only: bool = False) -> Response:
        """Respond to ``/oauth/token``, or to ``/oauth/refresh``, which has one grant only."""
        parsed = None
        try:
            parsed = self.create_oauth2_request(request)
            if refresh_only and parsed.payload.grant_type == AuthorizationCodeGrant.GRANT_TYPE:
                raise _unsupported_grant_type("Only refresh_token is supported here.")
            response: Response = self.create_token_response(parsed)
        except OAuth2Error as error:
            response = self.handle_error_response(request, error)
        if response.status_code >= 400:
            audit("token_request_refused", error=response.get_json()["error"])
            self._count_failure(parsed)
        else:
            self.purge_if_due()
        return response

    def respond_to_revocation(self, request: Request) -> Response:
        """Respond to ``/oauth/revoke``, with 200 also for an unknown token (RFC 7009, 2.2)."""
        try:
            parsed = self.create_oauth2_request(request)
            response: Response = self.create_endpoint_response(Revocation.ENDPOINT_NAME, parsed)
        except OAuth2Error as error:
            response = self.handle_error_response(request, error)
        if response.status_code >= 400:
            audit("revocation_refused", error=response.get_json()["error"])
        return response

    def purge_if_due(self) -> None:
        """Purge the store, at most every ten minutes in each process; called once the response is certain.

        Nothing depends on it: whatever goes wrong must not fail the request.
        """
        if self.clock() - self._purged_at < _PURGE_INTERVAL:
            return
        self._purged_at = self.clock()
        try:
            audit("purged", records=self.store.purge(now=self.clock()))
        except Exception:  # see above: the request does not depend on it
            log.exception("The purge failed; it is tried again in ten minutes")

    def _count_failure(self, request: ParsedRequest | None) -> None:
        # One wrong secret, verifier or redirect URI does not spend a code; MAX_CODE_FAILURES do.
        if request and request.payload.grant_type == AuthorizationCodeGrant.GRANT_TYPE:
            self.store.save_code_failure(digest=digest(request.form.get("code", "")))

    # Authlib's hooks: authenticating the client, and making the response

    def authenticate(self, request: ParsedRequest, *, secret_required: bool) -> PluginClient:
        """Return the client if the request authenticates it; see ``client.authenticate``."""
        authorization = request.headers.get("Authorization")
        return authenticate(
            self.client, request.payload.data, authorization, secret_required=secret_required
        )

    @override
    def handle_response(
        self, status: int, payload: Any, headers: list[tuple[str, str]]
    ) -> Response:
        """Return a response that must not be cached (RFC 6749, 5.1)."""
        response = Response(json.dumps(payload), status, headers, content_type="application/json")
        response.headers["Cache-Control"] = "no-store"
        return response

    @override
    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nothing listens to Authlib's signals."""

    def _authorization_request(self, parameters: Mapping[str, str]) -> ParsedRequest:
        return ParsedRequest("GET", f"{self.issuer}/oauth/authorize", {}, parameters)


class Revocation(RevocationEndpoint):
    """Revokes the whole family of a token, as Kit does when a creator uninstalls the app (RFC 7009)."""

    server: Provider

    @override
    def authenticate_endpoint_client(self, request: ParsedRequest) -> PluginClient:
        """Demand the client secret."""
        return self.server.authenticate(request, secret_required=True)

    @override
    def authenticate_token(self, request: ParsedRequest, client: PluginClient) -> int | None:
        """Return the family of the client's token, valid or not; the type hint is not needed."""
        token = request.form.get("token")
        if token is None:
            raise InvalidRequestError("Missing 'token' in request.")
        found = self.server.store.find_family(token_digest=digest(token))
        return found[0] if found and found[1] == client.client_id else None

    @override
    def revoke_token(self, token: int, request: ParsedRequest) -> None:
        """Revoke the family, and evict the account's data from the cache."""
        now = self.server.clock()
        self.server.evict_account(self.server.store.revoke_family(family_id=token, now=now))
        audit("revoked", family=token)


def _unsupported_grant_type(description: str) -> OAuth2Error:
    # Authlib's own error repeats what was sent.
    return OAuth2Error(error="unsupported_grant_type", description=description)
