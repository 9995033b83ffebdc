"""Middleware that reads chunked request bodies, so that the application sees a known length."""

import errno
from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING

from gunicorn.http.errors import ParseException

from plugin_server.errors import BodyTooLarge, MalformedRequest, RequestIncomplete
from plugin_server.web.error_handlers import RespondWithError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def with_whole_bodies(app: "WSGIApplication", respond: RespondWithError) -> "WSGIApplication":
    """Return an app whose requests have a Content-Length instead of chunks.

    A chunked body is parsed while it is read. In a view, a client's error would then look like ours; so it is
    read here, and the request is refused if that fails: with 400 when the chunks are malformed, 408 when the
    last one is missing, 413 when there are too many. The worker limits how much is read.
    Source: https://www.rfc-editor.org/rfc/rfc9112#section-7.1
    """

    def read(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ.pop("HTTP_TRANSFER_ENCODING", ""):
            try:
                body = environ["wsgi.input"].read()
            except ParseException:
                return respond(MalformedRequest(), _without_body(environ), start_response)
            except OSError as error:
                is_large = error.errno == errno.EMSGSIZE
                reason = BodyTooLarge() if is_large else RequestIncomplete()
                return respond(reason, _without_body(environ), start_response)
            environ["wsgi.input"] = BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
        return app(environ, start_response)

    return read


def _without_body(environ: "WSGIEnvironment") -> "WSGIEnvironment":
    return {**environ, "wsgi.input": BytesIO(), "CONTENT_LENGTH": "0"}
