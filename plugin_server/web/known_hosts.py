"""Middleware that accepts requests for this server's own hosts only."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from plugin_server.errors import UnknownHost
from plugin_server.web.error_handlers import RespondWithError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Requested by probes that know an IP address only; their responses do not depend on the host.
_PROBES = ("/healthz", "/readyz", "/metrics")


def with_known_hosts_only(
    app: "WSGIApplication", names: Collection[str], respond: RespondWithError
) -> "WSGIApplication":
    """Return an app that refuses requests for other hosts: a forged one could end up in a link.

    Args:
        app: the application, which sees the host of the client's request to the proxies in front.
        names: lower-case host names and IP addresses without ports; ports may differ.
        respond: responds to other requests.
    """

    def check(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        host = environ.get("HTTP_HOST", "").lower()
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        if name not in names and environ["PATH_INFO"] not in _PROBES:
            return respond(UnknownHost(), environ, start_response)
        return app(environ, start_response)

    return check
