"""What each kind of fault does to a response of Kit's API: it replaces it or alters it.

Some break off: the connection closes before they are complete, or before they start. WSGI cannot express
this. Both servers put the connection's socket in the environment; once it is shut down, a broken pipe makes
either of them drop the connection without a word on stderr.
"""

import errno
import json
import socket
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from flask import Response, jsonify, request
from typing_extensions import override

from plugin_server.sandbox.kit.accounts import NO_ACCESS
from plugin_server.sandbox.kit.authentication import identity, kit_path
from plugin_server.sandbox.kit.context import sandbox
from plugin_server.sandbox.kit.faults.rules import OAUTH_ENDPOINTS, Fault
from plugin_server.sandbox.kit.rejection import challenge

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_HTML = "text/html; charset=utf-8"
_QUEUE_FULL = (
    "This request exceeds your queued bulk requests limit."
    " Please wait while we process your existing requests and try again later."
)
_HTML_401 = """<!doctype html>
<html lang="en"><head><title>Unauthorized</title></head><body><h1>401 Unauthorized</h1></body></html>
"""
_HTML_ERROR = """<!doctype html>
<html lang="en"><head><title>Service unavailable</title></head>
<body><h1>503 Service unavailable</h1><p>The origin server did not respond.</p></body></html>
"""
# What a token response may lack (RFC 6749, 5.1, and more), and what other servers put there.
_OPTIONAL = ("token_type", "expires_in", "scope", "created_at")
_ODD = {
    "token_type": 7,
    "expires_in": "7199.5",
    "scope": ["public"],
    "created_at": "today",
    "account": {"plan": None},
}


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


def replacement(faults: Sequence[Fault]) -> Response | None:
    """Return the response that a request gets instead of its own; ``None`` when it gets its own."""
    for fault in faults:
        if fault.fault in _REPLACING:
            return _REPLACING[fault.fault](fault)
    return None


def alter(response: Response, faults: Sequence[Fault]) -> Response:
    """Return a request's own response as its faults alter it."""
    for fault in faults:
        if fault.fault in _ALTERING:
            response = _ALTERING[fault.fault](response)
    return response


def rate_limited(fault: Fault | None = None) -> Response:
    """Return Kit's response to a request beyond the rate limit: 429 in plain text."""
    response = Response("Retry later", 429, content_type="text/plain")
    if fault and fault.retry_after is not None:
        response.headers["Retry-After"] = str(fault.retry_after)
    return response


def _expire_tokens(_fault: Fault) -> Response | None:
    sandbox().store.expire_tokens(identity().account_id or 0)
    return _errors("The access token expired", 401, is_challenge=True)


def _revoke_tokens(_fault: Fault) -> Response | None:
    sandbox().store.revoke_tokens(identity().account_id or 0)
    # The OAuth endpoints notice by themselves, and have an error format of their own.
    if kit_path(request.path) in OAUTH_ENDPOINTS:
        return None
    return _errors("The access token is invalid", 401, is_challenge=True)


def _errors(message: str, status: int, *, is_challenge: bool = False) -> Response:
    response = jsonify(errors=[message])
    response.status_code = status
    response.headers.update(challenge(message) if is_challenge else {})
    return response


def _truncate(response: Response) -> Response:
    return TruncatedResponse(response.get_data(), response.status_code, response.headers)


def _halve_json(response: Response) -> Response:
    body = response.get_data()
    return Response(body[: len(body) // 2], 200, content_type="application/json")


def _change_members(
    members: Mapping[str, object], *, without: Collection[str] = ()
) -> Callable[[Response], Response]:
    """Return a function that gives a token response other members; errors stay unchanged."""

    def change(response: Response) -> Response:
        body = response.get_json()
        if response.status_code != 200:
            return response
        left = {name: value for name, value in {**body, **members}.items() if name not in without}
        response.set_data(json.dumps(left))
        return response

    return change


_REPLACING: dict[str, Callable[[Fault], Response | None]] = {
    "rate_limited": rate_limited,
    "not_found": lambda _: _errors("Not Found", 404),
    "server_error": lambda _: _errors("Internal Server Error", 500),
    "html_error": lambda _: Response(_HTML_ERROR, 503, content_type=_HTML),
    "dropped": lambda _: DroppedResponse(),
    "expired_token": _expire_tokens,
    "revoked_token": _revoke_tokens,
    "access_withheld": lambda _: _errors(NO_ACCESS, 401),
    "unreadable_401": lambda _: Response(_HTML_401, 401, content_type=_HTML),
    "bulk_queue_full": lambda _: _errors(_QUEUE_FULL, 413),
}
_ALTERING: dict[str, Callable[[Response], Response]] = {
    "truncated": _truncate,
    "bad_json": _halve_json,
    "lost_response": lambda _: DroppedResponse(),
    "null_members": _change_members(dict.fromkeys(_OPTIONAL)),
    "odd_members": _change_members(_ODD),
    "bare_tokens": _change_members({}, without=(*_OPTIONAL, "refresh_token")),
    "no_access_token": _change_members({}, without=("access_token",)),
}
