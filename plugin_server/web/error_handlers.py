"""The one mapping from errors to HTTP responses."""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from flask import Flask, Response, request
from werkzeug.exceptions import ClientDisconnected, HTTPException

from plugin_server.errors import (
    BodyTooLarge,
    InternalError,
    KitError,
    MalformedRequest,
    MethodNotAllowed,
    NotFound,
    PluginError,
    RequestIncomplete,
    StoreUnavailable,
    TooManyRequests,
    UnsupportedMediaType,
)
from plugin_server.observe import record
from plugin_server.observe.throttle import Throttle

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)

_BY_STATUS: Mapping[int, type[PluginError]] = {
    cls.status: cls
    for cls in (
        MalformedRequest,
        NotFound,
        MethodNotAllowed,
        BodyTooLarge,
        UnsupportedMediaType,
        TooManyRequests,
    )
}

MakeResponse = Callable[[PluginError], Response]

# Responds with an error from middleware, in the format that the caller understands.
RespondWithError = Callable[[PluginError, "WSGIEnvironment", "StartResponse"], Iterable[bytes]]


def make_error_responder(app: Flask) -> RespondWithError:
    """Return a function with which middleware responds with an error, as if a view had raised it."""

    def respond_with(
        error: PluginError, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        with app.request_context(environ):
            for note in app.url_value_preprocessors[None]:
                note(request.endpoint, request.view_args)
            response = app.finalize_request(app.handle_user_exception(error))
            return response(environ, start_response)

    return respond_with


def register_errors(app: Flask, makers: Mapping[str, MakeResponse]) -> None:
    """Respond to every exception in the format that the caller understands.

    Args:
        app: the application.
        makers: path prefix to the function that turns an error into a response; the longest
            prefix of the request's path wins, and ``""`` must be there for everything else.
    """
    prefixes = sorted(makers, key=len, reverse=True)

    def respond(error: PluginError) -> Response:
        current = record.current()
        current.error, current.code = type(error).__name__, error.code
        if isinstance(error, KitError) and error.reason:
            current.reason = error.reason
        prefix = next(p for p in prefixes if request.path.startswith(p))
        response = makers[prefix](error)
        response.headers.update(error.headers)
        return response

    # While the database is down, every request fails because of it.
    store_failures = Throttle(log, logging.ERROR)

    def from_store(error: StoreUnavailable) -> Response:
        store_failures.write(error.reason)
        return respond(error)

    def from_http(error: HTTPException) -> Response:
        status = error.code or 500
        cls = _BY_STATUS.get(status, MalformedRequest if status < 500 else InternalError)
        if isinstance(error, ClientDisconnected):
            cls = RequestIncomplete
        allow = {"Allow": ", ".join(sorted(getattr(error, "valid_methods", None) or ()))}
        return respond(cls(headers={k: v for k, v in allow.items() if v}))

    def from_bug(error: Exception) -> Response:
        log.exception("Unexpected error in %s", request.endpoint)
        return respond(InternalError())

    app.register_error_handler(PluginError, respond)
    app.register_error_handler(StoreUnavailable, from_store)
    app.register_error_handler(HTTPException, from_http)
    app.register_error_handler(Exception, from_bug)
