"""The proxies in front: whose headers about the client are believed, and a warning where none are."""

import logging
import mmap
from collections.abc import Iterable, MutableSequence
from typing import TYPE_CHECKING

from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_FORWARDED", "HTTP_X_REAL_IP")
# Whether the warning has been given; memory that forked workers share, so that they give it once together.
_warned = mmap.mmap(-1, 1)


def reset_warning() -> None:
    """Have a server warn for itself, whatever others warned of that were forked from the same process."""
    _warned[0] = 0


def with_trusted_proxies(
    app: "WSGIApplication", count: int, *, warned: MutableSequence[int] | mmap.mmap = _warned
) -> "WSGIApplication":
    """Return an app that believes what so many proxies in front say about the client.

    Args:
        app: the application.
        count: ``TRUSTED_PROXIES``. With 0 anybody could write these headers: they are ignored, and
            the first request that has one is worth a warning.
        warned: holds 0 until that warning has been given.
    """
    if count:
        return ProxyFix(app, x_for=count, x_proto=count, x_host=count)

    def watch(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if not warned[0] and any(name in environ for name in _FORWARDED):
            warned[0] = 1
            log.warning(
                "A request came through a proxy (it has X-Forwarded headers), but TRUSTED_PROXIES is 0: "
                "all creators behind that proxy count as one address, and share its limits. Set "
                "TRUSTED_PROXIES to the number of proxies in front of this server, usually 1. If there "
                "is none, somebody made the headers up; they are ignored."
            )
        return app(environ, start_response)

    return watch
