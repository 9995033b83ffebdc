"""The endpoints that Kit's servers request, and the metadata (RFC 6749, 7009, 8414)."""

import json
from collections.abc import Callable
from functools import partial

from flask import Blueprint, Request, Response, request
from flask_limiter import Limiter

from plugin_server.errors import PluginError
from plugin_server.oauth.provider import REVOKE_PATH, Provider
from plugin_server.ratelimit import endpoints as limits
from plugin_server.ratelimit.guesses import Guesses


def make_blueprint(provider: Provider, limiter: Limiter) -> Blueprint:
    """Return ``/oauth/token``, ``refresh``, ``revoke`` and the metadata."""
    bp = Blueprint("oauth", __name__)
    guesses = Guesses(
        limiter,
        "client secret",
        each="20 per minute",
        together="200 per minute",
        crowded="1 per minute",
    )
    tokens = limiter.shared_limit(limits.TOKENS, scope="tokens", deduct_when=limits.was_not_limited)
    same_request = limiter.limit(limits.SAME_REQUEST, key_func=limits.request_key)
    client_tokens = limiter.shared_limit(
        limits.CLIENT_TOKENS,
        scope="client",
        key_func=lambda: provider.client.client_id,
        deduct_when=limits.succeeded,
    )

    def without_guessing(respond: Callable[[Request], Response]) -> Response:
        """Respond, unless there were too many attempts to guess the client secret.

        Raises:
            TooManyRequests: 429.
        """
        if provider.may_be_secret_guess(request):
            guesses.check()
        response = respond(request)
        if response.status_code == 401:
            guesses.record_wrong()
        return response

    @bp.post("/oauth/token")
    @same_request
    @tokens
    @client_tokens
    def token() -> Response:
        """Exchange a code, or a refresh token, for tokens."""
        return without_guessing(provider.respond_to_token_request)

    @bp.post("/oauth/refresh")
    @same_request
    @tokens
    @client_tokens
    def refresh() -> Response:
        """Exchange a refresh token for tokens."""
        return without_guessing(partial(provider.respond_to_token_request, refresh_only=True))

    @bp.post(REVOKE_PATH)
    @same_request
    @tokens
    @client_tokens
    def revoke() -> Response:
        """Revoke an installation's tokens, as when a creator uninstalls the app."""
        return without_guessing(provider.respond_to_revocation)

    @bp.get("/.well-known/oauth-authorization-server")
    def metadata() -> dict[str, object]:
        """Describe this server (RFC 8414)."""
        return {
            "issuer": provider.issuer,
            "authorization_endpoint": f"{provider.issuer}/oauth/authorize",
            "token_endpoint": f"{provider.issuer}/oauth/token",
            "revocation_endpoint": f"{provider.issuer}/oauth/revoke",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "scopes_supported": list(provider.client.scopes),
            "token_endpoint_auth_methods_supported": [
                "client_secret_post",
                "client_secret_basic",
                "none",
            ],
            "revocation_endpoint_auth_methods_supported": [
                "client_secret_post",
                "client_secret_basic",
            ],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }

    return bp


def error_response(error: PluginError) -> Response:
    """Return an error in the format of RFC 6749, 5.2."""
    code = "invalid_request" if error.status < 500 else "server_error"
    if error.status == 503:
        code = "temporarily_unavailable"
    body = {"error": code, "error_description": " ".join(error.messages)}
    response = Response(json.dumps(body), error.status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
