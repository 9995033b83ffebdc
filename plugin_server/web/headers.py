"""The security headers that every response carries."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# No form-action: browsers check it on every redirect that follows a form, also on those of Kit,
# and the response to the consent form is a redirect to Kit.
_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
CSP_WITH_SCRIPTS = f"{_CSP}; script-src 'self'"
SECURITY_HEADERS = {
    "Content-Security-Policy": _CSP,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
# This host only, and for a year: whatever responds on this host without https is not our server.
_HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}


def with_security_headers(app: "WSGIApplication", *, https: bool) -> "WSGIApplication":
    """Return an app whose responses all carry the headers; only static files may be cached.

    Args:
        app: the application; a header that it sets itself is not changed.
        https: whether its public URL is https, to which browsers are then bound by HSTS.
    """
    every = {**SECURITY_HEADERS, **(_HTTPS_ONLY if https else {})}
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
