"""Reading the parameters of an OAuth request, in every encoding that Kit uses.

Kit documents form bodies, shows JSON bodies, and labels the latter as the former. Authlib reads forms only
and takes parameters from the query string as well; everything it sees comes from here instead.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from authlib.oauth2.rfc6749 import OAuth2Payload, OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from flask import Request

from plugin_server.errors import BodyTooLarge
from plugin_server.limits import MAX_BODY

_MAX_PARAMETERS = 50


class Parameters(OAuth2Payload):
    """Parameters that occur once each, as Authlib reads them."""

    def __init__(self, values: Mapping[str, str]) -> None:
        """Take names and values."""
        self._values = dict(values)

    @property
    def data(self) -> dict[str, str]:
        """The parameters."""
        return self._values

    @property
    def datalist(self) -> dict[str, list[str]]:
        """The parameters, each as the list that it would be if it could be repeated."""
        return {name: [value] for name, value in self._values.items()}


class ParsedRequest(OAuth2Request):
    """An OAuth request whose form and payload are one dictionary, read once and strictly."""

    def __init__(
        self, method: str, uri: str, headers: Mapping[str, str], values: Mapping[str, str]
    ) -> None:
        """Take the method, our own public URI, the headers, and the parameters."""
        super().__init__(method, uri, headers=headers)
        self.payload = Parameters(values)

    @property
    def args(self) -> dict[str, str]:
        """The parameters."""
        return dict(self.payload.data)

    @property
    def form(self) -> dict[str, str]:
        """The parameters."""
        return dict(self.payload.data)


def read_query(request: Request) -> tuple[dict[str, str], set[str]]:
    """Return the query's parameters that occur once, and the names of those that are repeated.

    Whether a repeated one may be told to the client depends on the others.

    Raises:
        InvalidRequestError: 400, not UTF-8.
    """
    pairs = _pairs(request.query_string)
    counts = Counter(name for name, _ in pairs)
    repeated = {name for name, count in counts.items() if count > 1}
    return {name: value for name, value in pairs if name not in repeated}, repeated


def read_body(request: Request) -> dict[str, str]:
    """Return the body's parameters, whether it is a form or JSON, and whatever it is labelled as.

    Raises:
        BodyTooLarge: 413, over 16 KB.
        InvalidRequestError: 400, it is neither, repeats a parameter, or holds one that is not text.
    """
    if (request.content_length or 0) > MAX_BODY:
        raise BodyTooLarge
    body = request.get_data()
    if len(body) > MAX_BODY:
        raise BodyTooLarge
    # No form starts with a brace, so the label need not be believed.
    values = _once(_members(body) if body.lstrip()[:1] in (b"{", b"[") else _pairs(body))
    if any("\0" in text or _has_surrogate(text) for pair in values.items() for text in pair):
        raise InvalidRequestError("A parameter is not text.")
    return values


def _has_surrogate(text: str) -> bool:
    # JSON can spell half a character, which no encoding can write.
    return any("\ud800" <= character <= "\udfff" for character in text)


def _pairs(body: bytes) -> list[tuple[str, Any]]:
    try:
        return parse_qsl(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MAX_PARAMETERS
        )
    except ValueError as error:
        raise InvalidRequestError("The parameters are not UTF-8, or too many.") from error


def _members(body: bytes) -> list[tuple[str, Any]]:
    class Members(list[tuple[str, Any]]):
        """Keeps an object apart from an array, and its repeated members apart from each other."""

    try:
        members = json.loads(body.decode(), object_pairs_hook=Members)
    except (ValueError, RecursionError) as error:
        raise InvalidRequestError("The body is not JSON.") from error
    if not isinstance(members, Members):
        raise InvalidRequestError("The body is not a JSON object.")
    return members


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in pairs:
        if name in values:
            raise InvalidRequestError("A parameter is repeated.")
        if not isinstance(value, str):
            raise InvalidRequestError("A parameter is not text.")
        values[name] = value
    return values
