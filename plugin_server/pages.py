"""Pages for people, probes for machines, and the headers that every response carries."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Request, Response, make_response, render_template
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from plugin_server import stopping
from plugin_server.blocks.base import Block
from plugin_server.errors import PluginError, StoreUnavailable
from plugin_server.kit.shared_cache import Shared
from plugin_server.store.base import Store
from plugin_server.store.schema import SchemaOutdated

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# No form-action: browsers check it on every redirect that follows a form, also on those of Kit,
# and the consent form's answer is a redirect to Kit.
_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
CSP_WITH_SCRIPTS = f"{_CSP}; script-src 'self'"
HEADERS = {
    "Content-Security-Policy": _CSP,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
# This host only, and for a year: an address without https is no server of ours, whoever answers there.
_HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}


# Returns what is wrong, as a sentence; "" when nothing is.
Check = Callable[[], str]


def make_blueprint(
    needs: Sequence[Check], helps: Sequence[Check], blocks: Sequence[Block], *, dashboard: bool
) -> Blueprint:
    """Return the front page and the probes.

    Args:
        needs: what ``/readyz`` looks at, without which the server should get no requests.
        helps: what it looks at, too, without which the server works, but less well.
        blocks: what the front page lists.
        dashboard: whether it links to ``/dashboard``.
    """
    bp = Blueprint("pages", __name__)

    @bp.get("/")
    def index() -> str:
        """Say what this is."""
        return render_template("pages/index.html", blocks=blocks, dashboard=dashboard)

    @bp.get("/healthz")
    def healthz() -> dict[str, str]:
        """Answer as long as the process does."""
        return {"status": "ok"}

    @bp.get("/readyz")
    def readyz() -> tuple[dict[str, str], int]:
        """Respond 200, also to what only slows the server down, or 503; with the reasons."""
        if reasons := _failed(needs):
            return {"status": "not ready", "reason": reasons}, 503
        if reasons := _failed(helps):
            return {"status": "degraded", "reason": reasons}, 200
        return {"status": "ok"}, 200

    return bp


def _failed(checks: Sequence[Check]) -> str:
    return " ".join(reason for check in checks if (reason := check()))


def check_running() -> str:
    """Check that the server is not about to stop, so that nothing new is sent to it."""
    return "The server is stopping." if stopping.is_announced() else ""


def check_store(store: Store) -> str:
    """Check that the database answers and that its schema is current."""
    try:
        store.ping()
    except SchemaOutdated as error:
        return str(error)
    except StoreUnavailable:
        return "The database does not answer."
    return ""


def check_shared(shared: Shared) -> str:
    """Check that the Redis that processes share responds, if there is one."""
    if shared.answers():
        return ""
    return "Redis does not respond: each process asks Kit, and counts limits, for itself."


def error_page(error: PluginError) -> Response:
    """Return an error as a page that says what happened and what to do."""
    page = render_template("pages/error.html", messages=error.messages)
    # A page is never HTTP 200 when it reports an error, whatever Kit's envelope would say.
    return make_response(page, error.status if error.status >= 400 else error.code)


def with_headers(app: "WSGIApplication", *, https: bool) -> "WSGIApplication":
    """Return an app whose responses all carry the headers; nothing but static files may be stored.

    Args:
        app: the application; a header that it gives itself stays as it is.
        https: whether its public address is one of https, which browsers are told to remember.
    """
    every = {**HEADERS, **(_HTTPS_ONLY if https else {})}
    by_name = [(name.lower(), (name, value)) for name, value in every.items()]

    def serve(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            given = {name.lower() for name, _ in headers}
            headers += [header for name, header in by_name if name not in given]
            if "cache-control" not in given and not environ["PATH_INFO"].startswith("/static/"):
                headers.append(("Cache-Control", "no-store"))
            return start_response(status, headers, *error)

        return app(environ, start)

    return serve


class BrowserSessions(SecureCookieSessionInterface):
    """Flask's sessions, for browsers: Kit, which asks for blocks, has none, and sends no cookies."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the browser's session."""
        if request.path.startswith("/blocks/"):
            return self.make_null_session(app)
        if "HTTP_COOKIE" not in request.environ:
            return self.session_class()
        return super().open_session(app, request)
