"""Responses that break off: the connection closes before they are complete, or before they start.

WSGI cannot express this. Both servers put the connection's socket in the environment; once it is
shut down, a broken pipe makes either of them drop the connection without a word on stderr.
"""

import errno
import socket
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from flask import Response
from typing_extensions import override

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class DroppedResponse(Response):
    """No response at all: the connection is closed."""

    @override
    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        _close_connection(environ)


class TruncatedResponse(Response):
    """The first half of another response, with the ``Content-Length`` of all of it."""

    @override
    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        body = self.get_data()
        start_response(self.status, self.get_wsgi_headers(environ).to_wsgi_list())
        return _first_half(environ, body)


def _first_half(environ: "WSGIEnvironment", body: bytes) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    _close_connection(environ)


def _close_connection(environ: "WSGIEnvironment") -> NoReturn:
    connection = environ.get("gunicorn.socket") or environ["werkzeug.socket"]
    with suppress(OSError):  # the client may have closed it already
        connection.shutdown(socket.SHUT_RDWR)
    raise BrokenPipeError(errno.EPIPE, "The sandbox dropped this connection on purpose")
