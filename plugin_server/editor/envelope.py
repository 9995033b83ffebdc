"""Kit's JSON envelope: parses the requests of Kit's editor, writes the responses. No other module knows it.

HTML request: ``{"settings": {name: value}, "styles": {element: {property: value}}}``; either may be missing
or null.
HTML response: ``{"code": 200, "html": "<div>…"}``.

Search request: ``{"search": "typed"}`` (an array of strings when a multiselect draft is opened
again), with one more member for each setting that the search depends on.
Search response: ``{"code": 200, "data": [{"label": "…", "value": "…"}]}``.

Error response to either: ``{"code": 404, "data": [], "errors": ["…"]}``.

Source: https://developers.kit.com/plugins/content-blocks
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import msgspec
from flask import Response
from werkzeug import Request

from plugin_server.blocks.base import Option, SearchQuery
from plugin_server.errors import (
    BodyTooLarge,
    MalformedRequest,
    PluginError,
    RequestIncomplete,
    UnsupportedMediaType,
)
from plugin_server.kit.account_data import Freshness
from plugin_server.rendering.email_styles import EmailStyles

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_JSON = "application/json"
# Kit's own requests have three levels, a font's value being the deepest.
_MAX_DEPTH = 16


class _Body(msgspec.Struct):
    """The body of an HTML request; the styles, its largest part, are not decoded."""

    settings: Any = None
    styles: msgspec.Raw = msgspec.Raw()


_DECODER = msgspec.json.Decoder(_Body)


@dataclass(frozen=True)
class HtmlRequest:
    """A parsed HTML request.

    Attributes:
        settings: the raw values of the block's settings by name.
        styles_json: the surrounding email's styles as JSON; empty if none were sent.
    """

    settings: Mapping[str, object]
    styles_json: bytes = b""

    @property
    def email_digest(self) -> bytes:
        """A hash of the email's styles."""
        return hashlib.blake2b(self.styles_json, digest_size=16).digest()

    def styles(self) -> EmailStyles:
        """Parse and return the email's styles.

        Raises:
            MalformedRequest: 400, nested too deeply.
        """
        return EmailStyles.parse(_read(self.styles_json) if self.styles_json else None)


def read_body(request: Request) -> bytes:
    """Return the body of a request of either kind, not parsed.

    The body is read directly from the server's stream, and always has a length (``web/chunked_bodies.py``):
    werkzeug's three nested streams take as long as everything else that a cached response costs.

    Raises:
        UnsupportedMediaType: 415, the content type is not JSON.
        BodyTooLarge: 413.
        RequestIncomplete: 408, the client closed the connection before the end.
    """
    environ = request.environ
    # The content type that Kit sends does not need to be parsed.
    if environ.get("CONTENT_TYPE") != _JSON and not request.is_json:
        raise UnsupportedMediaType
    length = request.content_length or 0
    if length > (request.max_content_length or 0):
        raise BodyTooLarge
    try:
        body: bytes = environ["wsgi.input"].read(length)
    except OSError as error:  # a read timeout
        raise RequestIncomplete from error
    if len(body) < length:
        raise RequestIncomplete
    return body


def read_html_request(content: bytes) -> HtmlRequest:
    """Parse the body of an HTML request; missing or null ``settings`` count as ``{}``.

    Raises:
        MalformedRequest: 400, not a JSON object, nested too deeply, or ``settings`` is not an object.
    """
    try:
        body = _DECODER.decode(content)
        settings, styles = body.settings, bytes(body.styles)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        # The fast decoder refuses some JSON that others write, such as half of a surrogate pair.
        read = _read_object(content)
        settings, styles = read.get("settings"), json.dumps(read.get("styles")).encode()
    if settings is None:
        settings = {}
    if not isinstance(settings, dict):
        raise MalformedRequest("“settings” must be an object.")
    _refuse_depth(settings, content, _MAX_DEPTH - 1)
    return HtmlRequest(settings, styles)


def read_search_request(content: bytes) -> SearchQuery:
    """Parse the body of a search request; a missing or null ``search`` counts as ``""``.

    Raises:
        MalformedRequest: 400, not a JSON object, nested too deeply, or ``search`` is neither a string nor
            an array of strings.
    """
    body = _read_object(content)
    search = body.pop("search", None)
    if search is None:
        search = ""
    if isinstance(search, str):
        text, values = search, (search,)
    elif isinstance(search, list) and all(isinstance(each, str) for each in search):
        text, values = "", tuple(search)
    else:
        raise MalformedRequest("“search” must be a string or an array of strings.")
    return SearchQuery(text=text, values=values, dependencies=body)


def html_response(html: str) -> bytes:
    """Return the body of an HTML response: ``{"code": 200, "html": "<div>…"}``."""
    return _written({"code": 200, "html": html})


def search_response(options: Sequence[Option]) -> bytes:
    """Return the body of a search response: ``{"code": 200, "data": [{"label": "…", "value": "…"}]}``."""
    data = [{"label": option.label, "value": option.value} for option in options]
    return _written({"code": 200, "data": data})


class _CompleteResponse(Response):
    """A response that is sent with exactly its headers; werkzeug would examine each of them again."""

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        start_response("200 OK", self.headers.to_wsgi_list())
        return cast("list[bytes]", self.response)


def response(content: bytes, freshness: Freshness) -> Response:
    """Return the HTTP response of a body; its headers state the age of its Kit data (RFC 9211)."""
    how = "fwd=miss" if freshness.loaded else "hit"
    detail = "; detail=stale" if freshness.stale else ""
    headers = [
        ("Content-Type", _JSON),
        ("Content-Length", str(len(content))),
        ("Cache-Status", f"kit-data; {how}{detail}"),
        ("Age", str(int(freshness.age))),
    ]
    return _CompleteResponse([content], headers=headers)


def error_response(error: PluginError) -> Response:
    """Return the response of an error: ``{"code": …, "data": [], "errors": ["…"]}``; Kit shows ``errors``.

    ``data`` is there for search endpoints; ``code`` is the error's code and may differ from the HTTP status.
    """
    body = {"code": error.code, "data": [], "errors": error.messages}
    return Response(_written(body), error.status, content_type=_JSON)


def _written(body: Mapping[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(body)
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can only escape
        return json.dumps(body).encode()


def _read(content: bytes) -> object:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise MalformedRequest("The request is not JSON.") from error
    _refuse_depth(value, content, _MAX_DEPTH)
    return value


def _read_object(content: bytes) -> dict[str, object]:
    body = _read(content)
    if not isinstance(body, dict):
        raise MalformedRequest("The request must be a JSON object.")
    return body


def _refuse_depth(value: object, content: bytes, levels: int) -> None:
    # With so few opening brackets it cannot be too deep.
    opened = content.count(b"{") + content.count(b"[")
    if opened > levels and _is_deep(value, levels):
        raise MalformedRequest(f"The request is nested deeper than {_MAX_DEPTH} levels.")


def _is_deep(value: object, levels: int) -> bool:
    """Return whether a value has more than ``levels`` levels of objects and arrays."""
    if not isinstance(value, dict | list):
        return False
    if levels == 0:
        return True
    inner = value.values() if isinstance(value, dict) else value
    return any(_is_deep(each, levels - 1) for each in inner)
