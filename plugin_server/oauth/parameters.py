"""Parses the parameters of an OAuth request, in every encoding that Kit uses.

Kit documents form bodies, shows JSON bodies, and sends JSON with a form's content type. Authlib parses forms
only and also reads the query string; it gets the parameters from here instead.

RFC 6749, 3.1 and 3.2: a parameter without a value (in JSON, empty or null) counts as not sent, and one that
the endpoint does not know is ignored, whatever its value. A parameter that is sent twice is refused whatever
its name, because "parameters MUST NOT be included more than once" has no exception.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from authlib.oauth2.rfc6749 import OAuth2Payload, OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from flask import Request
from typing_extensions import override

from plugin_server.errors import BodyTooLarge
from plugin_server.ratelimit.endpoints import MAX_BODY
from plugin_server.resources.text_files import decode_text

# RFC 6749, 4.1.1; RFC 7636, 4.3.
AUTHORIZATION: Final = frozenset(
    {
        *("response_type", "client_id", "redirect_uri", "scope", "state"),
        *("code_challenge", "code_challenge_method"),
    }
)
# RFC 6749, 2.3.1, 4.1.3 and 6; RFC 7636, 4.5.
TOKEN: Final = frozenset(
    {
        *("grant_type", "client_id", "client_secret", "code", "redirect_uri", "code_verifier"),
        *("refresh_token", "scope"),
    }
)
# RFC 7009, 2.1.
REVOCATION: Final = frozenset({"token", "token_type_hint", "client_id", "client_secret"})

_MAX_PARAMETERS = 50


class Parameters(OAuth2Payload):
    """Parameters that occur once each, with Authlib's interface."""

    def __init__(self, values: Mapping[str, str]) -> None:
        """Take the parameters by name."""
        self._values = dict(values)

    @property
    @override
    def data(self) -> dict[str, str]:
        return self._values

    @property
    @override
    def datalist(self) -> dict[str, list[str]]:
        return {name: [value] for name, value in self._values.items()}


class ParsedRequest(OAuth2Request):
    """An OAuth request whose form and payload are one dictionary, parsed once and strictly."""

    def __init__(
        self, method: str, uri: str, headers: Mapping[str, str], values: Mapping[str, str]
    ) -> None:
        """Take the method, our own public URI, the headers, and the parameters."""
        super().__init__(method, uri, headers=headers)
        self.payload = Parameters(values)

    @property
    @override
    def args(self) -> dict[str, str]:
        return dict(self.payload.data)

    @property
    @override
    def form(self) -> dict[str, str]:
        return dict(self.payload.data)


def read_query(request: Request) -> tuple[dict[str, str], set[str]]:
    """Return the query's known parameters that are sent once, and the names of repeated ones.

    Whether the error of a repeated one may be sent to the client depends on the others.

    Raises:
        InvalidRequestError: 400, not UTF-8, or too many.
    """
    pairs = _pairs(_decoded(request.query_string))
    repeated = _repeated(pairs)
    values = {
        name: value for name, value in pairs if name in AUTHORIZATION and name not in repeated
    }
    return values, repeated


def read_body(request: Request, known: Collection[str]) -> dict[str, str]:
    """Return the body's known parameters, from a form or JSON, whatever its content type.

    Raises:
        BodyTooLarge: 413, over 16 KB.
        InvalidRequestError: 400, it is neither, repeats a parameter, or a known one is not text.
    """
    if (request.content_length or 0) > MAX_BODY:
        raise BodyTooLarge
    body = request.get_data()
    if len(body) > MAX_BODY:
        raise BodyTooLarge
    text = _decoded(body)
    # A form never starts with a brace, so the content type is not needed.
    pairs = _members(text) if text.lstrip()[:1] in ("{", "[") else _pairs(text)
    if _repeated(pairs):
        raise InvalidRequestError("A parameter is repeated.")
    values = {name: value for name, value in pairs if name in known}
    if not all(map(_is_text, values.values())):
        raise InvalidRequestError("A parameter is not text.")
    return values


def _repeated(pairs: Iterable[tuple[str, Any]]) -> set[str]:
    return {name for name, count in Counter(name for name, _ in pairs).items() if count > 1}


def _is_text(value: object) -> bool:
    # JSON can contain a lone surrogate, which cannot be encoded.
    return isinstance(value, str) and not any(
        each == "\0" or "\ud800" <= each <= "\udfff" for each in value
    )


def _decoded(body: bytes) -> str:
    try:
        return decode_text(body)
    except UnicodeDecodeError as error:
        raise InvalidRequestError("The parameters are not UTF-8.") from error


def _pairs(text: str) -> list[tuple[str, Any]]:
    """Return the parameters of a form or query that have a value."""
    try:
        return parse_qsl(text, errors="strict", max_num_fields=_MAX_PARAMETERS)
    except ValueError as error:
        raise InvalidRequestError("The parameters are not UTF-8, or too many.") from error


def _members(text: str) -> list[tuple[str, Any]]:
    """Return the members of a JSON object that have a value."""

    class Members(list[tuple[str, Any]]):
        """An object's members, repeated ones included; its type distinguishes an object from an array."""

    try:
        members = json.loads(text, object_pairs_hook=Members)
    except (ValueError, RecursionError) as error:
        raise InvalidRequestError("The body is not JSON.") from error
    if not isinstance(members, Members):
        raise InvalidRequestError("The body is not a JSON object.")
    return [(name, value) for name, value in members if value is not None and value != ""]
