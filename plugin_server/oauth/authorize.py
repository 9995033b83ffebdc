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
from plugin_server.oauth.scopes import in_plain_words
from plugin_server.observe.audit import audit
from plugin_server.ratelimit import endpoints as limits
from plugin_server.store.records import Account, Pending, digest

AUTHORIZE_PATH = "/oauth/authorize"
# What is kept of an authorization request until it is decided; the rest says nothing to us (RFC 6749, 3.1).
_KEPT = (
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
        """Sign the creator in if need be, then ask for consent (RFC 6749, 4.1.1)."""
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
            return redirect(_sign_in_url(sign_in, _kept(parameters)))
        scope = provider.scope_to_grant(account, grant.request.scope)
        request_id = _remember(provider, account, _kept(parameters))
        return render_template(
            "pages/consent.html",
            account=account,
            access=in_plain_words(scope),
            request_id=request_id,
            can_switch=sign_in.has_several_accounts,
        )

    @bp.post(AUTHORIZE_PATH)
    @limiter.limit(limits.PAGES)
    def decide() -> Response:
        """Take the creator's decision and return to Kit with a code or ``access_denied``.

        A creator who wants another account signs in again first.

        The authorization request is not read from the form but from where the consent page left it,
        bound to this browser's session: so the form's id is the protection against CSRF too.
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


def location_after_failure(provider: Provider, return_to: str, error: str) -> str:
    """Return where a browser goes whose sign-in has ended with an error of Kit.

    Args:
        provider: makes the response to the authorization request.
        return_to: where the sign-in would have led.
        error: Kit's word (RFC 6749, 4.1.2.1).

    Returns:
        Our client's redirect URI, or "" for a sign-in that no authorization request began.
    """
    if not return_to.startswith(f"{AUTHORIZE_PATH}?"):
        return ""
    parameters = dict(parse_qsl(urlsplit(return_to).query, keep_blank_values=True))
    if error == "access_denied":
        return provider.decide(parameters, None)
    return provider.failure_location(parameters)


def _sign_in_url(sign_in: SignIn, parameters: dict[str, str]) -> str:
    return sign_in.start(return_to=f"{AUTHORIZE_PATH}?{urlencode(parameters)}")


def _kept(parameters: dict[str, str]) -> dict[str, str]:
    kept = {name: parameters[name] for name in _KEPT if name in parameters}
    if "scope" in kept:
        kept["scope"] = " ".join(dict.fromkeys(kept["scope"].split()))
    return kept


def _remember(provider: Provider, account: Account, parameters: dict[str, str]) -> str:
    """Keep an authorization request until its consent form comes back; return the form's id."""
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
    """Return what a person can do about a request that must not be sent back."""
    return (
        f"This installation was not started correctly: {error.description} "
        "Start it again from Kit; if it happens again, tell the app's developer."
    )
