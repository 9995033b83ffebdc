"""The app page, and installing and uninstalling the app as Kit does."""

import hmac
import secrets
import socket
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint, current_app, flash, redirect, render_template, request, session
from flask.typing import ResponseReturnValue

from plugin_server.blocking import before_blocking
from plugin_server.config.hosts import is_loopback
from plugin_server.sandbox.client.exchange import MASK
from plugin_server.sandbox.client.explanation import (
    OAUTH,
    Explanation,
    explain,
    placeholder_in,
    unreachable_advice,
)
from plugin_server.sandbox.client.plugin_client import read_tokens
from plugin_server.sandbox.context import (
    creator,
    is_installed,
    needs_installation,
    sandbox,
    visible_plugins,
)
from plugin_server.sandbox.kit.context import switch_creator
from plugin_server.sandbox.records import App, Installation, Plugin
from plugin_server.sandbox.rehearsal.background import arrivals_of
from plugin_server.sandbox.urls import check_url

installation = Blueprint("installation", __name__)

APP_PAGE = "/apps/1"
_PAGE = "a page on which the creator allows the connection"
# Seconds for a program on this machine to accept a connection.
_CONNECT = 2


@installation.get("/")
def home() -> ResponseReturnValue:
    """Show the start page: what the sandbox is and its first steps."""
    return render_template("home.html", app=sandbox().store.find_app())


@installation.get(APP_PAGE)
def show_app() -> ResponseReturnValue:
    """Show the app as the signed-in creator sees it in the app store.

    A finished installation that started with ``return_to`` redirects there instead.
    """
    app = sandbox().store.find_app()
    success = request.args.get("success") == "true"
    if success and (back := session.pop("return_to", "")):
        return redirect(back)
    return render_template(
        "app.html",
        app=app,
        plugins=visible_plugins(creator()),
        installed=is_installed(creator()),
        needs_installation=needs_installation(),
        success=success,
    )


@installation.get(f"{APP_PAGE}/install")
def start() -> ResponseReturnValue:
    """Send the browser to the app's authorization page, with a state bound to this browser.

    Rejects with 400 a ``return_to`` outside the domains that the app's developer allows, and an
    authorization URL at which there cannot be a page.
    """
    app = sandbox().store.find_app()
    return_to = request.args.get("return_to", "")
    if return_to and not _may_return_to(return_to, app):
        return _refuse("Its domain is not among the app's allowed return_to domains.")
    session["return_to"] = return_to
    if not app.has_oauth:
        if any(plugin.authorization == "oauth" for plugin in visible_plugins(creator())):
            return _refuse("The app has no OAuth URLs yet. Fill them in on the dashboard.")
        sandbox().store.save_installation(Installation(creator().id))
        return redirect(_after_install(app))
    session["install_state"] = secrets.token_urlsafe(24)
    url = _authorization(app, session["install_state"])
    if placeholder_in(url) or not _listens(url):
        came = "nothing: no page can be there"
        explanation = Explanation(f"GET {url}", came, _PAGE, unreachable_advice(url), OAUTH)
        return _refuse("The app's authorization URL cannot be opened.", explanation=explanation)
    return redirect(url)


@installation.get("/apps/install")
def finish() -> ResponseReturnValue:
    """Exchange the app's authorization code for tokens and redirect to the API access.

    Rejects with 400 a state that this browser did not start with, with 502 an app whose token
    endpoint fails; each time with a message for the creator. A redirect that a rehearsal waits for is
    handed over to it.
    """
    if arrivals_of(current_app).arrive(request.args.get("state", ""), request.url):
        text = "You are back. Go on where the rehearsal runs, and close this page."
        return render_template("message.html", title="The rehearsal goes on", text=text)
    state = session.pop("install_state", "")
    if state and not request.args.get("state"):
        explanation = _returned(state, "Copy the parameter state to the redirect, unchanged.")
        return _refuse("The app did not return the state.", explanation=explanation)
    if not state or not hmac.compare_digest(state, request.args.get("state", "")):
        return _refuse("This response does not belong to an installation that you started here.")
    error = request.args.get("error")
    if error == "access_denied":
        return _refuse("You did not allow the connection, so the app is not installed.")
    code = request.args.get("code")
    if error or not code:
        detail = request.args.get("error_description") or error or "it sent no code"
        explanation = _returned(
            state, "The app’s own log says why it did not allow the connection."
        )
        return _refuse(f"The app refused the installation: {detail}.", explanation=explanation)
    app = sandbox().store.find_app()
    exchange = sandbox().client.exchange_code(creator().id, app, code, sandbox().install_uri)
    tokens = read_tokens(exchange, creator().id)
    if isinstance(tokens, str):
        return _refuse(tokens, 502, explain(exchange))
    sandbox().store.save_installation(tokens)
    return redirect(_after_install(app))


@installation.post(f"{APP_PAGE}/uninstall")
def uninstall() -> ResponseReturnValue:
    """Revoke the installation's tokens on both sides and delete it, even when the app does not respond."""
    store = sandbox().store
    current = store.find_installation(creator().id)
    if current is not None:
        store.delete_installation(creator().id)
        store.revoke_tokens(creator().id)
        if current.access_token:
            revocation = sandbox().client.revoke(
                creator().id, store.find_app(), current.access_token
            )
            if not revocation.ok:
                reason = revocation.problem or f"status {revocation.status}"
                flash(f"The app did not confirm: {reason} {explain(revocation) or ''}".rstrip())
        flash("The app is uninstalled.")
    return redirect(APP_PAGE, 303)


@installation.post(f"{APP_PAGE}/end-tokens")
def expire_tokens() -> ResponseReturnValue:
    """Make the access tokens of both sides expire now, so that a developer sees them refreshed."""
    store = sandbox().store
    current = store.find_installation(creator().id)
    if current is not None and current.access_token:
        # Only the app can expire a token of its own: it responds with the same 401 to an unknown one.
        store.save_installation(replace(current, access_token=secrets.token_urlsafe(24)))
    store.expire_tokens(creator().id)
    flash("The access tokens have expired. The next request refreshes them.")
    return redirect(APP_PAGE, 303)


installation.add_url_rule("/session", view_func=switch_creator, methods=["POST"])


def _may_return_to(url: str, app: App) -> bool:
    return not check_url("return_to", url) and urlsplit(url).hostname in app.return_to_domains


def _authorization(app: App, state: str) -> str:
    """Return the URL of the app's authorization page, with Kit's parameters."""
    parameters = {
        "client_id": app.client_id,
        "response_type": "code",
        "redirect_uri": sandbox().install_uri,
        "state": state,
    }
    if scopes := _scopes(sandbox().store.find_plugins()):
        parameters["scope"] = " ".join(scopes)
    return _with_query(app.authorize_url, parameters)


def _listens(url: str) -> bool:
    """Return whether a program accepts connections at a URL of this machine; other hosts are not tried."""
    parts = urlsplit(url)
    if not is_loopback(parts.hostname):
        return True
    port = parts.port or (443 if parts.scheme == "https" else 80)
    before_blocking()
    try:
        socket.create_connection((parts.hostname or "", port), timeout=_CONNECT).close()
    except OSError:
        return False
    return True


def _returned(state: str, advice: str) -> Explanation:
    """Explain what the app sent the browser back with, after an authorization request with this state."""
    came = "&".join(f"{n}={MASK if n == 'code' else value}" for n, value in request.args.items())
    return Explanation(
        sent=f"GET {_authorization(sandbox().store.find_app(), state)}",
        came=f"a redirect to {sandbox().install_uri}?{came}",
        required="a redirect to the redirect_uri with the code and the same state",
        advice=advice,
        url=OAUTH,
    )


def _scopes(plugins: Iterable[Plugin]) -> list[str]:
    """Return the scopes that the token must grant: those of all plugins together, each once.

    Source: https://developers.kit.com/kit-app-store/app-versioning
    """
    with_oauth = [plugin for plugin in plugins if plugin.authorization == "oauth"]
    return list(dict.fromkeys(scope for plugin in with_oauth for scope in plugin.scopes))


def _after_install(app: App) -> str:
    done = f"{sandbox().config.base_url}{APP_PAGE}?success=true"
    return _with_query(app.authorization_url, {"redirect": done}) if app.has_api_access else done


def _with_query(url: str, more: dict[str, str]) -> str:
    parts = urlsplit(url)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *more.items()])
    return urlunsplit(parts._replace(query=query))


def _refuse(
    text: str, status: int = 400, explanation: Explanation | None = None
) -> ResponseReturnValue:
    page = render_template(
        "message.html",
        title="The app is not installed",
        text=text,
        back=APP_PAGE,
        explanation=explanation,
    )
    return page, status
