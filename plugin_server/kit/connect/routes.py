"""Routes of the sign-in: the two URLs that Kit's API access requires, and a private app's own form.

Source: https://developers.kit.com/api-reference/oauth-web-server-app-flow
"""

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect, render_template, request
from flask_limiter import Limiter
from werkzeug.wrappers import Response as AnyResponse

from plugin_server.errors import MalformedRequest
from plugin_server.kit.connect.sign_in import SIGN_IN_PATH, KitSignIn, OwnerSignIn, SignIn
from plugin_server.observe.audit import audit
from plugin_server.ratelimit import endpoints as limits
from plugin_server.ratelimit.guesses import Guesses

# Bytes of a URL to return to.
_LONGEST_REDIRECT = 2048
_REFUSED = (
    "Without access to your Kit account there is nothing to show. Start again from Kit to allow it."
)
_FAILED = "Kit could not sign you in. Start again from Kit in a minute."

# Returns the URL for a browser whose sign-in Kit ended with an error, given the URL to return to and the
# error; "" is an error page of ours.
Failure = Callable[[str, str], str]


def make_blueprint(
    sign_in: SignIn,
    limiter: Limiter,
    *,
    kit_app_url: str,
    failure: Failure,
    issuers: Sequence[str] = (),
) -> Blueprint:
    """Return ``/kit/connect``, and with it ``/kit/callback`` or ``/kit/sign-in``.

    Args:
        sign_in: signs creators in.
        limiter: limits the rate of requests.
        kit_app_url: the only URL that ``/kit/connect`` redirects to.
        failure: see ``Failure``.
        issuers: URLs with the hosts of a valid ``iss`` (RFC 9207).
    """
    bp = Blueprint("kit", __name__)

    @bp.get("/kit/connect")
    @limiter.limit(limits.PAGES)
    def connect() -> AnyResponse:
        """Connect the creator's account, then redirect to ``redirect``, which must be on Kit's app.

        Kit sends a creator here right after our consent page; at any other time the creator has to sign in,
        because the session may be that of the browser's last user.
        """
        target = request.args.get("redirect", kit_app_url)
        if len(target) > _LONGEST_REDIRECT or not is_on(kit_app_url, target):
            audit("redirect_refused")
            raise MalformedRequest(
                "The URL to return to is not on Kit. Start the installation again from Kit."
            )
        if sign_in.sessions.consume_consent() and sign_in.current_account():
            return _redirect(target)
        return _redirect(sign_in.start(return_to=target))

    if isinstance(sign_in, KitSignIn):
        _add_callback(bp, sign_in, limiter, failure, issuers)
    if isinstance(sign_in, OwnerSignIn):
        _add_owners_form(bp, sign_in, limiter)
    return bp


def _add_callback(
    bp: Blueprint,
    sign_in: KitSignIn,
    limiter: Limiter,
    failure: Failure,
    issuers: Sequence[str],
) -> None:
    @bp.get("/kit/callback")
    @limiter.limit(limits.PAGES)
    def callback() -> AnyResponse:
        """Receive the browser from Kit's consent screen.

        Kit's documentation has no ``iss``; if there is one it must be Kit's, or another server's response was
        injected (RFC 9700, 4.4).
        """
        state, iss = request.args.get("state", ""), request.args.get("iss")
        if iss is not None and not any(is_on(issuer, iss) for issuer in issuers):
            audit("foreign_issuer")
            raise MalformedRequest("This response is not from Kit. Start again from Kit.")
        if "error" in request.args:
            error = request.args["error"]
            location = failure(sign_in.cancel(state=state, error=error), error)
            if not location:
                raise MalformedRequest(_REFUSED if error == "access_denied" else _FAILED)
            return _redirect(location)
        return _redirect(sign_in.finish(state=state, code=request.args.get("code", "")))


def _add_owners_form(bp: Blueprint, sign_in: OwnerSignIn, limiter: Limiter) -> None:
    guesses = Guesses(
        limiter,
        "passphrase",
        each="5 per minute; 50 per day",
        together="100 per hour",
        crowded="2 per hour",
    )

    @bp.get(SIGN_IN_PATH)
    @limiter.limit(limits.PAGES)
    def owner() -> str:
        """Show the form for the passphrase."""
        return render_template(
            "pages/sign_in.html", state=request.args.get("state", ""), wrong=False
        )

    @bp.post(SIGN_IN_PATH)
    def enter() -> AnyResponse | tuple[str, int]:
        """Sign the owner in; the ``state`` in the form is bound to this browser's session."""
        guesses.check()
        state = request.form.get("state", "")
        if not sign_in.is_owner(request.form.get("passphrase", "")):
            audit("wrong_passphrase")
            guesses.record_wrong()
            return render_template("pages/sign_in.html", state=state, wrong=True), 403
        return redirect(sign_in.finish(state), code=303)


def is_on(origin: str, target: str) -> bool:
    """Return whether a URL has exactly this scheme, host and port.

    The URL is untrusted. Browsers read ``\\`` as ``/`` and drop control characters, so a URL with either may
    lead elsewhere than to its parsed host.
    """
    if "\\" in target or not target.isascii() or any(c <= " " or c == "\x7f" for c in target):
        return False
    try:
        expected, given = urlsplit(origin), urlsplit(target)
        same_port = expected.port == given.port
    except ValueError:
        return False
    return same_port and (expected.scheme, expected.hostname, "@" in given.netloc) == (
        given.scheme,
        given.hostname,
        False,
    )


def _redirect(url: str) -> Response:
    return Response(status=302, headers={"Location": url})
