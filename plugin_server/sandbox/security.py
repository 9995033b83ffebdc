"""What keeps the sandbox to this machine: host names, cross-site requests, security headers.

A page on the internet can make a browser call 127.0.0.1, by its own name when its DNS answers so
(rebinding) or with a form. The sandbox holds tokens and calls the URLs in its dashboard, so it
answers loopback names only and takes changes from its own pages only.
"""

from urllib.parse import urlsplit

from flask import Flask, Response, abort, redirect, request
from flask.typing import ResponseReturnValue

from plugin_server.sandbox.context import sandbox
from plugin_server.sandbox.urls import is_loopback, origin_of

MAX_BODY = 1024 * 1024

# Called by servers with credentials of their own in the request; a browser's cookie means nothing
# there, so a forged request has no power.
_API_PREFIXES = ("/v4/", "/oauth/token")

_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    # No policy keeps a browser from looking up the hosts of links before anyone follows them.
    "X-DNS-Prefetch-Control": "off",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        " img-src http: https: data:; frame-src 'self'; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'self'"
    ),
}


def register_security(app: Flask) -> None:
    """Check every request before its view and add security headers after it."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.before_request(_check_host)
    app.before_request(_check_origin)
    app.after_request(_add_headers)


def _check_host() -> ResponseReturnValue | None:
    try:
        host = urlsplit(f"//{request.headers.get('Host', '')}").hostname
    except ValueError:
        host = None
    if not is_loopback(host):
        abort(421, "The sandbox answers on this machine's loopback names only.")
    own = sandbox().config
    is_page = request.method == "GET" and not _is_api()
    if is_page and request.host != own.host and request.headers.get("Sec-Fetch-Mode") == "navigate":
        # The session cookie belongs to one host name: on another, an installation would come
        # back without its state.
        return redirect(own.base_url + request.full_path.removesuffix("?"))
    return None


def _check_origin() -> None:
    if request.method in {"GET", "HEAD", "OPTIONS"} or _is_api():
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    # Programs send neither header; browsers send at least one of them with every change.
    if site not in {None, "same-origin", "none"}:
        abort(403, "The sandbox takes changes from its own pages only.")
    if origin is not None and origin != origin_of(request.host_url):
        abort(403, "The sandbox takes changes from its own pages only.")


def _is_api() -> bool:
    path = request.path
    return path.startswith(_API_PREFIXES) and not path.endswith("/authorize")


def _add_headers(response: Response) -> Response:
    for name, value in _SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint not in {"static", "pictures"}:
        response.headers.setdefault("Cache-Control", "no-store")
    return response
