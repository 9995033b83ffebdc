"""Answers that break off: the connection closes before they are complete, or before they begin.

WSGI has no word for this. Both servers put the connection's socket in the environment; once it is
shut down, a broken pipe tells either of them that there is nobody left to answer, and they let go of
the connection without a word on stderr.
"""

import errno
import socket
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from flask import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class DroppedResponse(Response):
    """No answer at all."""

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Close the connection instead of answering."""
        _hang_up(environ)


class TruncatedResponse(Response):
    """The first half of another answer, whose ``Content-Length`` speaks of all of it."""

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer and close the connection in the middle."""
        body = self.get_data()
        start_response(self.status, self.get_wsgi_headers(environ).to_wsgi_list())
        return _first_half(environ, body)


def _first_half(environ: "WSGIEnvironment", body: bytes) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    _hang_up(environ)


def _hang_up(environ: "WSGIEnvironment") -> NoReturn:
    connection = environ.get("gunicorn.socket") or environ["werkzeug.socket"]
    with suppress(OSError):  # the caller may have hung up first
        connection.shutdown(socket.SHUT_RDWR)
    raise BrokenPipeError(errno.EPIPE, "The sandbox dropped this connection on purpose")
