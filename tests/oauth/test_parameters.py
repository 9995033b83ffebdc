"""Parameters in every encoding that Kit uses, read strictly."""

import json

import pytest
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from flask import Request
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from plugin_server.errors import BodyTooLarge
from plugin_server.oauth.parameters import AUTHORIZATION, REVOCATION, TOKEN, read_query
from plugin_server.oauth.parameters import read_body as read_known
from plugin_server.ratelimit.endpoints import MAX_BODY

FORM = "application/x-www-form-urlencoded"
KNOWN = ("code", "empty", "a", "x")


def read_body(request: Request) -> dict[str, str]:
    return read_known(request, KNOWN)


def request(body: bytes = b"", *, label: str = FORM, query: str = "") -> Request:
    builder = EnvironBuilder(
        method="POST", input_stream=None, data=body, content_type=label, query_string=query
    )
    return Request(builder.get_environ())


@pytest.mark.parametrize(
    "body",
    [
        b"code=a&code=b",
        b'{"code": "a", "code": "b"}',
        b"code=%ff",
        b"code=\xff",
        b'{"code": "\xff"}',
        b"code=a%00b",
        b'{"code": "a\\u0000b"}',
        b'{"code": "\\ud800"}',
        b'{"code": 5}',
        b'{"code": ["a"]}',
        b'{"code": true}',
        b'{"code": 0}',
        b'{"code": []}',
        b'{"other": 1, "other": null, "other": 2}',
        b"other=1&other=2",
        b'{"code": {"a": "b"}}',
        b"[]",
        b'["code"]',
        b"{",
        b"[" * 15_000,
        b"&".join(b"p%d=1" % number for number in range(60)),
    ],
)
def test_a_body_that_is_ambiguous_or_not_text_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequestError):
        read_body(request(body))


def test_a_long_body_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(BodyTooLarge):
        read_body(request(b"x=" + b"y" * MAX_BODY))


@pytest.mark.parametrize("label", [FORM, "application/json", "text/plain", ""])
@pytest.mark.parametrize("body", [b"code=a+b%26&x=1", b' {"code": "a b&", "x": "1"}'])
def test_form_and_json_are_read_whatever_their_label(body: bytes, label: str) -> None:
    assert read_body(request(body, label=label)) == {"code": "a b&", "x": "1"}


@pytest.mark.parametrize(
    "body",
    [
        b"code=a&empty=",
        b"code=a&empty",
        b"code=a&code=",
        b"code=a&other=5&other_empty=",
        b'{"code": "a", "empty": null}',
        b'{"code": "a", "empty": ""}',
        b'{"code": "a", "code": null}',
        b'{"code": "a", "other": null}',
        b'{"code": "a", "other": 7200}',
        b'{"code": "a", "other": ["b"]}',
        b'{"code": "a", "other": {"code": "b"}}',
        b'{"code": "a", "other": "\\ud800"}',
        b'{"code": "a", "\\udfff": true}',
    ],
)
def test_what_has_no_value_or_is_not_known_counts_as_not_sent(body: bytes) -> None:
    assert read_body(request(body)) == {"code": "a"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("body", ["code=a", '{"code": "a"}', ' {"code": "a"}', "{}", ""])
def test_a_byte_order_mark_is_no_part_of_a_body(body: str, encoding: str) -> None:
    assert read_body(request(body.encode(encoding))) == read_body(request(body.encode()))


def test_the_query_string_of_a_token_request_is_not_read() -> None:
    assert read_body(request(b"a=1", query="client_secret=x")) == {"a": "1"}


def test_a_repeated_query_parameter_is_set_apart() -> None:
    assert read_query(request(query="state=a&state=b&scope=1")) == ({"scope": "1"}, {"state"})


@pytest.mark.parametrize(
    "more", ["code_challenge=", "state", "other=1", "other", "scope=&nonce=%00", "prompt=a%26b"]
)
def test_a_query_parameter_without_value_or_not_known_is_left_out(more: str) -> None:
    assert read_query(request(query=f"{more}&client_id=kit")) == ({"client_id": "kit"}, set())


def test_what_is_known_depends_on_the_endpoint() -> None:
    assert "code_verifier" in TOKEN - AUTHORIZATION - REVOCATION
    assert "token_type_hint" in REVOCATION - TOKEN - AUTHORIZATION


def test_a_query_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(InvalidRequestError):
        read_query(request(query="state=%ff"))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        values = read_body(request(body))
    except InvalidRequestError:
        return
    assert all(isinstance(each, str) for pair in values.items() for each in pair)


@given(st.dictionaries(st.text(), st.text(), max_size=10))
def test_any_text_survives_as_json(values: dict[str, str]) -> None:
    sent = {name: value for name, value in values.items() if value}
    try:
        assert read_known(request(json.dumps(values).encode()), values) == sent
    except InvalidRequestError:
        assert any("\0" in text for text in values.values())
