"""The endpoints that Kit's servers call, and the metadata (RFC 6749, 7009, 8414)."""

import json

from flask import Blueprint, Response, request
from flask_limiter import Limiter

from plugin_server import limits
from plugin_server.errors import PluginError
from plugin_server.oauth.provider import Provider


def make_blueprint(provider: Provider, limiter: Limiter) -> Blueprint:
    """Return ``/oauth/token``, ``refresh``, ``revoke`` and the metadata."""
    bp = Blueprint("oauth", __name__)
    wrong_secrets = limiter.shared_limit(
        limits.WRONG_SECRETS, scope="wrong secrets", deduct_when=limits.is_wrong_secret
    )
    tokens = limiter.shared_limit(limits.TOKENS, scope="tokens", deduct_when=limits.was_heard)
    same_request = limiter.limit(limits.SAME_REQUEST, key_func=limits.request_key)
    client_tokens = limiter.shared_limit(
        limits.CLIENT_TOKENS,
        scope="client",
        key_func=lambda: provider.client.client_id,
        deduct_when=limits.is_answered,
    )

    @bp.post("/oauth/token")
    @same_request
    @wrong_secrets
    @tokens
    @client_tokens
    def token() -> Response:
        """Exchange a code, or a refresh token, for tokens."""
        return provider.answer_token_request(request)

    @bp.post("/oauth/refresh")
    @same_request
    @tokens
    @client_tokens
    def refresh() -> Response:
        """Exchange a refresh token for tokens."""
        return provider.answer_token_request(request, refresh_only=True)

    @bp.post("/oauth/revoke")
    @same_request
    @wrong_secrets
    @tokens
    @client_tokens
    def revoke() -> Response:
        """End an installation's tokens, as when a creator uninstalls the app."""
        return provider.answer_revocation(request)

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


def error_answer(error: PluginError) -> Response:
    """Return an error in the shape of RFC 6749, 5.2."""
    word = "invalid_request" if error.status < 500 else "server_error"
    if error.status == 503:
        word = "temporarily_unavailable"
    body = {"error": word, "error_description": " ".join(error.messages)}
    response = Response(json.dumps(body), error.status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
