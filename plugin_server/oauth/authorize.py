"""The authorization endpoint: sign-in, consent, and back to Kit (RFC 6749, 4.1)."""

import json
import secrets
from urllib.parse import parse_qsl, urlencode, urlsplit

from authlib.oauth2 import OAuth2Error
from flask import Blueprint, redirect, render_template, request
from flask_limiter import Limiter
from werkzeug.wrappers import Response

from plugin_server.errors import MalformedRequest
from plugin_server.kit.connect.pending_sign_ins import session_id
from plugin_server.kit.connect.sign_in import SIGN_IN_LIFETIME, SignIn, sign_out
from plugin_server.oauth.parameters import read_query
from plugin_server.oauth.provider import Provider
from plugin_server.oauth.scopes import describe_scopes
from plugin_server.observe.audit import audit
from plugin_server.ratelimit import endpoints as limits
from plugin_server.store.records import Account, Pending, digest

AUTHORIZE_PATH = "/oauth/authorize"
# The parameters of an authorization request that are stored until the creator decides; others are ignored
# (RFC 6749, 3.1).
_STORED_PARAMETERS = (
    *("client_id", "response_type", "redirect_uri", "scope", "state"),
    *("code_challenge", "code_challenge_method"),
)
_STALE = "This page was open for too long, or in another browser. Start again from Kit."


def make_blueprint(provider: Provider, sign_in: SignIn, limiter: Limiter) -> Blueprint:
    """Return ``/oauth/authorize``."""
    bp = Blueprint("authorize", __name__)

    @bp.get(AUTHORIZE_PATH)
    @limiter.limit(limits.PAGES)
    def authorize() -> Response | str:
        """Sign the creator in if necessary, then show the consent page (RFC 6749, 4.1.1)."""
        try:
            parameters, repeated = read_query(request)
            grant = provider.check_authorization(parameters, repeated)
        except OAuth2Error as error:
            audit("authorization_refused", error=error.error)
            if error.redirect_uri:
                return redirect(provider.error_location(error, parameters))
            raise MalformedRequest(_explain(error)) from error
        provider.purge_if_due()
        account = sign_in.current_account()
        if account is None:
            return redirect(_sign_in_url(sign_in, _stored_parameters(parameters)))
        scope = provider.scope_to_grant(account, grant.request.scope)
        request_id = _save_pending_consent(provider, account, _stored_parameters(parameters))
        return render_template(
            "pages/consent.html",
            account=account,
            access=describe_scopes(scope, provider.client.scopes),
            request_id=request_id,
            can_switch=sign_in.has_several_accounts,
        )

    @bp.post(AUTHORIZE_PATH)
    @limiter.limit(limits.PAGES)
    def decide() -> Response:
        """Redirect to Kit with a code or ``access_denied``, as the creator decides.

        A creator who chooses another account signs in again first.

        The authorization request is not in the form but in the store, bound to this browser's session; the
        form has its id, which therefore also protects against CSRF.
        """
        pending = provider.store.consume_pending(
            digest=digest(request.form.get("request", "")),
            kind="consent",
            session=session_id(),
            now=provider.clock(),
        )
        account = sign_in.current_account()
        if pending is None or account is None or account.id != pending.payload["account_id"]:
            audit("consent_stale")
            raise MalformedRequest(_STALE)
        parameters = json.loads(pending.payload["parameters"])
        decision = request.form.get("decision")
        if decision == "switch":
            sign_out()
            return redirect(_sign_in_url(sign_in, parameters), code=303)
        allowed = decision == "allow"
        if allowed:
            sign_in.sessions.record_consent()
        else:
            audit("consent_denied", account=account.id)
        return redirect(provider.decide(parameters, account if allowed else None), code=303)

    return bp


def sign_in_failure_location(provider: Provider, return_to: str, error: str) -> str:
    """Return where to redirect a browser after Kit has ended its sign-in with an error.

    Args:
        provider: makes the response to the authorization request.
        return_to: the path to which the sign-in would have returned.
        error: Kit's error code (RFC 6749, 4.1.2.1).

    Returns:
        Our client's redirect URI, or "" for a sign-in that no authorization request started.
    """
    if not return_to.startswith(f"{AUTHORIZE_PATH}?"):
        return ""
    parameters = dict(parse_qsl(urlsplit(return_to).query, keep_blank_values=True))
    if error == "access_denied":
        return provider.decide(parameters, None)
    return provider.failure_location(parameters)


def _sign_in_url(sign_in: SignIn, parameters: dict[str, str]) -> str:
    return sign_in.start(return_to=f"{AUTHORIZE_PATH}?{urlencode(parameters)}")


def _stored_parameters(parameters: dict[str, str]) -> dict[str, str]:
    stored = {name: parameters[name] for name in _STORED_PARAMETERS if name in parameters}
    if "scope" in stored:
        stored["scope"] = " ".join(dict.fromkeys(stored["scope"].split()))
    return stored


def _save_pending_consent(provider: Provider, account: Account, parameters: dict[str, str]) -> str:
    """Store an authorization request until its consent form is sent; return the form's id."""
    request_id = secrets.token_urlsafe(32)
    pending = Pending(
        kind="consent",
        session=session_id(),
        payload={"parameters": json.dumps(parameters), "account_id": account.id},
        expires_at=provider.clock() + SIGN_IN_LIFETIME,
    )
    provider.store.save_pending(digest=digest(request_id), pending=pending)
    return request_id


def _explain(error: OAuth2Error) -> str:
    """Return what a person can do about an error that must not be redirected to the client."""
    return (
        f"This installation was not started correctly: {error.description} "
        "Start it again from Kit; if it happens again, contact the app's developer."
    )
