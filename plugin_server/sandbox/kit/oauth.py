"""Kit's OAuth server: where apps get access to the Kit API, with a consent page of its own.

Sources: https://developers.kit.com/api-reference/oauth-web-server-flow, RFC 6749, RFC 7009, RFC 7636
"""

import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from plugin_server.sandbox.kit.context import creator, sandbox
from plugin_server.sandbox.kit.oauth_clients import server_metadata
from plugin_server.sandbox.kit.token_body import read_token_body
from plugin_server.sandbox.records import App
from plugin_server.sandbox.urls import origin_of

CODE_SECONDS = 10 * 60
TOKEN_SECONDS = 172_800
REFRESHED_SECONDS = 7_200

oauth = Blueprint("oauth", __name__)


class TokenError(Exception):
    """An error response of the token or the revocation endpoint (RFC 6749 section 5.2)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.status = error, status


@dataclass(frozen=True)
class _Request:
    """An authorization request whose client and redirect URI are valid."""

    redirect_uri: str
    state: str | None
    challenge: str | None

    def redirect_back(self, **parameters: str) -> Response:
        """Redirect the browser to the app with these parameters and the state."""
        parts = urlsplit(self.redirect_uri)
        state = {} if self.state is None else {"state": self.state}
        query = urlencode([*parse_qsl(parts.query, True), *parameters.items(), *state.items()])
        return make_response(redirect(urlunsplit(parts._replace(query=query))))


@oauth.route("/v4/oauth/authorize", methods=["GET", "POST"])
@oauth.route("/oauth/authorize", methods=["GET", "POST"])
def authorize() -> ResponseReturnValue:
    """Show the consent page, and redirect to the app with the creator's decision.

    An unknown client or redirect URI shows an error page (400) and never redirects; every other
    error is sent to the app as ``error`` (RFC 6749 section 4.1.2.1).
    """
    requested = request.values
    app = _find_client(requested.get("client_id"))
    problem = _client_problem(app, requested.get("redirect_uri"))
    if app is None or problem:
        return render_template("message.html", title="This link does not work", text=problem), 400
    method = requested.get("code_challenge_method", "plain")
    challenge = requested.get("code_challenge")
    is_public = not app.kit_client_secret
    this = _Request(requested["redirect_uri"], requested.get("state"), challenge)
    if requested.get("response_type") != "code":
        return this.redirect_back(error="unsupported_response_type")
    if (challenge or is_public) and (
        method != "S256" or not re.fullmatch(r"[\w-]{43}", challenge or "", re.ASCII)
    ):
        return this.redirect_back(
            error="invalid_request", error_description="Use an S256 code_challenge."
        )
    if request.method == "POST":
        return _decide(this, app.kit_client_id)
    page = make_response(render_template("consent.html", app=app, requested=requested.to_dict()))
    # Browsers also check the redirect after the form against this policy.
    policy = _consent_policy(origin_of(this.redirect_uri))
    page.headers["Content-Security-Policy"] = policy
    return page


@oauth.post("/v4/oauth/token")
@oauth.post("/oauth/token")
def token() -> ResponseReturnValue:
    """Return tokens for an authorization code or a refresh token.

    The body is JSON, whatever its Content-Type, or a form. The response has ``access_token,
    token_type, expires_in`` (seconds), ``refresh_token, scope, created_at`` (Unix seconds).
    """
    app, body = _from_client()
    if body.get("grant_type") == "authorization_code":
        return _issue(app, _redeem_code(app, body), TOKEN_SECONDS)
    if body.get("grant_type") == "refresh_token":
        secret = body.get("client_secret")
        if secret is not None and not _equal(secret, app.kit_client_secret):
            raise TokenError("invalid_client", "The client secret is wrong.", 401)
        account_id = sandbox().store.consume_refresh_token(body.get("refresh_token", ""))
        if account_id is None:
            raise TokenError("invalid_grant", "The refresh token is unknown or was used before.")
        return _issue(app, account_id, REFRESHED_SECONDS)
    raise TokenError("unsupported_grant_type", "Use authorization_code or refresh_token.")


@oauth.post("/v4/oauth/revoke")
@oauth.post("/oauth/revoke")
def revoke() -> ResponseReturnValue:
    """Revoke a grant that the app has given up (RFC 7009). 200 also for an unknown token.

    The body is a form or JSON with ``token``, access or refresh, ``client_id`` and ``client_secret``. The
    account's tokens are revoked and its installation is deleted, without a request to the app's own
    revoke URL: the app knows already. Of a client that has registered itself only the token and its
    partner are revoked.
    """
    app, body = _from_client()
    if not _equal(body.get("client_secret", ""), app.kit_client_secret):
        raise TokenError("invalid_client", "The client secret is wrong or missing.", 401)
    if not body.get("token"):
        raise TokenError("invalid_request", "Send the token.")
    account_id = sandbox().store.find_owner(body["token"])
    if sandbox().oauth_clients.find(app.kit_client_id):
        sandbox().store.revoke_pair(body["token"])
    elif account_id is not None:
        sandbox().store.revoke_tokens(account_id)
        sandbox().store.delete_installation(account_id)
    return jsonify({})


@oauth.post("/v4/oauth/register")
@oauth.post("/oauth/register")
def register() -> ResponseReturnValue:
    """Register a client (RFC 7591): 201 and its ``client_id``, with a secret unless it is public."""
    registration = sandbox().oauth_clients.register(request.get_json(force=True, silent=True))
    if isinstance(registration, str):
        raise TokenError("invalid_client_metadata", registration)
    return jsonify(registration), 201


@oauth.get("/.well-known/oauth-authorization-server")
def metadata() -> Response:
    """Return the URLs of this server and what it supports (RFC 8414)."""
    return jsonify(server_metadata(sandbox().config.base_url))


@oauth.get("/.well-known/oauth-protected-resource")
def resource_metadata() -> Response:
    """Return which OAuth server protects the API (RFC 9728)."""
    base_url = sandbox().config.base_url
    return jsonify(resource=base_url, authorization_servers=[base_url], scopes_supported=["public"])


@oauth.errorhandler(TokenError)
def _show_token_error(error: TokenError) -> tuple[Response, int]:
    return jsonify(error=error.error, error_description=str(error)), error.status


def _from_client() -> tuple[App, dict[str, str]]:
    """Return the app and the body of its request, or reject a request that is not the app's."""
    body = read_token_body()
    if body is None:
        raise TokenError("invalid_request", "The body is neither JSON nor a form.")
    app = _find_client(body.get("client_id"))
    if app is None:
        raise TokenError("invalid_client", "The client is unknown.", 401)
    return app, body


def _find_client(client_id: str | None) -> App | None:
    """Return the dashboard's app or a client that has registered itself."""
    app = sandbox().store.find_app()
    if client_id and client_id == app.kit_client_id:
        return app
    return sandbox().oauth_clients.find(client_id)


def _client_problem(app: App | None, redirect_uri: str | None) -> str | None:
    if app is None:
        return "No app has this client ID. Check the API access in the dashboard."
    if redirect_uri not in app.redirect_uris:
        return (
            "This is not one of the app's redirect URIs. They are compared character by character."
        )
    return None


def _decide(this: _Request, requested_client: str) -> Response:
    if request.form.get("decision") != "approve":
        return this.redirect_back(error="access_denied")
    code = secrets.token_urlsafe(32)
    grant = {
        "account_id": creator().id,
        "redirect_uri": this.redirect_uri,
        "challenge": this.challenge,
        "client_id": requested_client,
    }
    sandbox().store.save_code(code, grant, sandbox().clock() + CODE_SECONDS)
    return this.redirect_back(code=code)


def _redeem_code(app: App, body: dict[str, str]) -> int:
    """Return the account that granted a code, or reject the code (RFC 6749 4.1.3, RFC 7636 4.6)."""
    secret, verifier = body.get("client_secret"), body.get("code_verifier")
    if secret is not None and not _equal(secret, app.kit_client_secret):
        raise TokenError("invalid_client", "The client secret is wrong.", 401)
    if secret is None and verifier is None:
        raise TokenError("invalid_client", "Send a client_secret or a code_verifier.", 401)
    grant = sandbox().store.consume_code(body.get("code", ""))
    if grant is None or grant.get("client_id", app.kit_client_id) != app.kit_client_id:
        raise TokenError("invalid_grant", "The code is unknown, expired or was used before.")
    if body.get("redirect_uri") != grant["redirect_uri"]:
        raise TokenError(
            "invalid_grant", "The redirect_uri is not that of the authorization request."
        )
    # A secret authenticates the client; a verifier is required wherever a challenge was given, and
    # one without a challenge proves nothing.
    if (verifier is not None or grant["challenge"]) and not _verifies(verifier, grant):
        raise TokenError("invalid_grant", "The code_verifier does not match the code_challenge.")
    return int(grant["account_id"])


def _verifies(verifier: str | None, grant: dict[str, Any]) -> bool:
    if not re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", verifier or ""):
        return False
    digest = urlsafe_b64encode(sha256((verifier or "").encode()).digest()).rstrip(b"=").decode()
    return _equal(digest, grant["challenge"] or "")


def _issue(app: App, account_id: int, seconds: int) -> Response:
    now = int(sandbox().clock())
    access, refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    sandbox().store.save_tokens(access, refresh, account_id, now + seconds, app.kit_client_id)
    response = jsonify(
        access_token=access,
        token_type="Bearer",  # noqa: S106 (the type's name, not a token)
        expires_in=seconds,
        refresh_token=refresh,
        scope="public",
        created_at=now,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _equal(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())


def _consent_policy(target: str) -> str:
    return (
        "default-src 'none'; style-src 'self'; img-src 'self' http: https:; script-src 'self';"
        f" form-action 'self' {target}; base-uri 'none'; frame-ancestors 'none'"
    )
