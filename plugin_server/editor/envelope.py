"""Kit's JSON envelope, in one place: what the editor sends and what it expects back.

HTML request: ``{"settings": {name: value}, "styles": {element: {property: value}}}``; either may be missing
or null.
HTML response: ``{"code": 200, "html": "<div>…"}``, or ``{"code": 404, "errors": ["…"]}``.

Search request: ``{"search": "typed"}`` (an array of strings when a multiselect draft is opened
again), with one more member for each setting that the search depends on.
Search response: ``{"code": 200, "data": [{"label": "…", "value": "…"}]}``, or ``"data": []`` and ``errors``.

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
    """The body of an HTML request, of which the styles, most of it, are left as they are."""

    settings: Any = None
    styles: msgspec.Raw = msgspec.Raw()


_DECODER = msgspec.json.Decoder(_Body)


@dataclass(frozen=True)
class HtmlRequest:
    """What is wanted.

    Attributes:
        settings: raw.
        styles_json: the surrounding email's styles as JSON; empty where none were sent.
    """

    settings: Mapping[str, object]
    styles_json: bytes = b""

    @property
    def email(self) -> bytes:
        """What tells the email's styles from others."""
        return hashlib.blake2b(self.styles_json, digest_size=16).digest()

    def styles(self) -> EmailStyles:
        """Return the email's styles.

        Raises:
            MalformedRequest: 400, nested too deeply.
        """
        return EmailStyles.parse(_read(self.styles_json) if self.styles_json else None)


def read_body(request: Request) -> bytes:
    """Return the body of either request, unread.

    Read straight from the server, which has it whole (see ``bodies``): werkzeug's way through three
    streams takes as long as all else that is done for a response that is kept.

    Raises:
        UnsupportedMediaType: 415, not labelled as JSON.
        BodyTooLarge: 413.
        RequestIncomplete: 408, the client has gone before the end.
    """
    environ = request.environ
    # The type that Kit sends needs not be parsed.
    if environ.get("CONTENT_TYPE") != _JSON and not request.is_json:
        raise UnsupportedMediaType
    length = request.content_length or 0
    if length > (request.max_content_length or 0):
        raise BodyTooLarge
    try:
        body: bytes = environ["wsgi.input"].read(length)
    except OSError as error:  # it did not come in time
        raise RequestIncomplete from error
    if len(body) < length:
        raise RequestIncomplete
    return body


def read_html_request(content: bytes) -> HtmlRequest:
    """Read the body of an HTML request; ``settings`` that are missing or null are none.

    Raises:
        MalformedRequest: 400, not a JSON object, or ``settings`` is not one.
    """
    try:
        body = _DECODER.decode(content)
        settings, styles = body.settings, bytes(body.styles)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        # What it refuses, such as half of a surrogate pair, other clients of JSON do write.
        read = _read_object(content)
        settings, styles = read.get("settings"), json.dumps(read.get("styles")).encode()
    if settings is None:
        settings = {}
    if not isinstance(settings, dict):
        raise MalformedRequest("“settings” must be an object.")
    _refuse_depth(settings, content, _MAX_DEPTH - 1)
    return HtmlRequest(settings, styles)


def read_search_request(content: bytes) -> SearchQuery:
    """Read the body of a search request; a ``search`` that is missing or null counts as empty.

    Raises:
        As ``read_html_request`` does.
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
    """Return the response that holds a finished block."""
    return _written({"code": 200, "html": html})


def search_response(options: Sequence[Option]) -> bytes:
    """Return the response that holds what a search found, best first."""
    data = [{"label": option.label, "value": option.value} for option in options]
    return _written({"code": 200, "data": data})


class _Whole(Response):
    """A response whose headers are as they are to be sent: werkzeug would look at each of them again."""

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        start_response("200 OK", self.headers.to_wsgi_list())
        return cast("list[bytes]", self.response)


def response(content: bytes, freshness: Freshness) -> Response:
    """Return a response with its headers, which tell how old its Kit data is (RFC 9211)."""
    how = "fwd=miss" if freshness.loaded else "hit"
    detail = "; detail=stale" if freshness.stale else ""
    headers = [
        ("Content-Type", _JSON),
        ("Content-Length", str(len(content))),
        ("Cache-Status", f"kit-data; {how}{detail}"),
        ("Age", str(int(freshness.age))),
    ]
    return _Whole([content], headers=headers)


def error_response(error: PluginError) -> Response:
    """Return an error so that both endpoints' callers find their member; Kit shows ``errors``."""
    body = {"code": error.code, "data": [], "errors": error.messages}
    return Response(_written(body), error.status, content_type=_JSON)


def _written(body: Mapping[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(body)
    except UnicodeEncodeError:  # half of a surrogate pair, which only an escape can write
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
    # What opens so few objects and arrays need not be searched.
    opened = content.count(b"{") + content.count(b"[")
    if opened > levels and _is_deep(value, levels):
        raise MalformedRequest(f"The request is nested deeper than {_MAX_DEPTH} levels.")


def _is_deep(value: object, levels: int) -> bool:
    """Return whether a value has more levels of objects and arrays than so many."""
    if not isinstance(value, dict | list):
        return False
    if levels == 0:
        return True
    inner = value.values() if isinstance(value, dict) else value
    return any(_is_deep(each, levels - 1) for each in inner)
