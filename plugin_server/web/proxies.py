"""Middleware that trusts X-Forwarded headers of TRUSTED_PROXIES, and warns once if that is not set."""

import logging
import mmap
from collections.abc import Iterable, MutableSequence
from typing import TYPE_CHECKING

from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_FORWARDED", "HTTP_X_REAL_IP")
# Whether the warning has been written; memory that forked workers share, so that one of them writes it.
_warned = mmap.mmap(-1, 1)


def reset_warning() -> None:
    """Let a server warn although another one, forked from the same process, has warned already."""
    _warned[0] = 0


def with_trusted_proxies(
    app: "WSGIApplication", count: int, *, warned: MutableSequence[int] | mmap.mmap = _warned
) -> "WSGIApplication":
    """Return an app that trusts what ``count`` proxies in front say about the client.

    Args:
        app: the application.
        count: ``TRUSTED_PROXIES``. With 0 any client could write these headers: they are ignored, and the
            first request that has one is logged as a warning.
        warned: contains 0 until that warning has been written.
    """
    if count:
        return ProxyFix(app, x_for=count, x_proto=count, x_host=count)

    def watch(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if not warned[0] and any(name in environ for name in _FORWARDED):
            warned[0] = 1
            log.warning(
                "A request came through a proxy (it has X-Forwarded headers), but TRUSTED_PROXIES is 0: "
                "all creators behind that proxy count as one IP address, and share its limits. Set "
                "TRUSTED_PROXIES to the number of proxies in front of this server, usually 1. If there "
                "is none, a client forged the headers; they are ignored."
            )
        return app(environ, start_response)

    return watch
