"""Access from this machine only: Host header, cross-site requests (CSRF), security headers.

A page on the internet can make a browser send requests to 127.0.0.1, under its own name when its
DNS resolves to that (rebinding), or with a form. The sandbox stores tokens and requests the URLs in
its dashboard, so it accepts loopback names only, and changes from its own pages only.
"""

from urllib.parse import urlsplit

from flask import Flask, Response, abort, redirect, request
from flask.typing import ResponseReturnValue

from plugin_server.config.hosts import is_loopback
from plugin_server.sandbox.kit.context import sandbox
from plugin_server.sandbox.urls import origin_of

MAX_BODY = 1024 * 1024
# Kit takes hundreds of megabytes there.
MAX_BULK_BODY = 64 * MAX_BODY

# Requested by servers with credentials of their own; a browser's cookie does not authenticate there,
# so that a forged request has no effect.
_API_PREFIXES = ("/v4/", "/oauth/token", "/oauth/revoke", "/oauth/register")

_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    # A content security policy cannot keep a browser from resolving the hosts of links in advance.
    "X-DNS-Prefetch-Control": "off",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        " img-src http: https: data:; frame-src 'self'; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'self'"
    ),
}


def register_security(app: Flask) -> None:
    """Check every request before its view, and add security headers to its response."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.before_request(_allow_large_bulk_bodies)
    app.before_request(_check_host)
    app.before_request(_check_origin)
    app.after_request(_add_headers)


def _allow_large_bulk_bodies() -> None:
    if request.path.startswith("/v4/bulk/"):
        request.max_content_length = MAX_BULK_BODY


def _check_host() -> ResponseReturnValue | None:
    try:
        host = urlsplit(f"//{request.headers.get('Host', '')}").hostname
    except ValueError:
        host = None
    if not is_loopback(host):
        abort(421, "The sandbox responds to this machine's loopback names only.")
    own = sandbox().config
    is_page = request.method == "GET" and not _is_api()
    if is_page and request.host != own.host and request.headers.get("Sec-Fetch-Mode") == "navigate":
        # The session cookie belongs to one host name: on another, an installation would return
        # without its state.
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
