"""Kit's envelope: which requests are accepted, and which are refused."""

import json

import pytest

from plugin_server.editor.envelope import read_html_request, read_search_request
from plugin_server.errors import MalformedRequest
from plugin_server.rendering.email_styles import EmailStyles


@pytest.mark.parametrize("body", [{}, {"search": None}, {"search": ""}])
def test_a_search_for_nothing_is_empty(body: dict[str, object]) -> None:
    query = read_search_request(json.dumps({**body, "list": "5"}).encode())
    assert (query.text, query.values, query.dependencies) == ("", ("",), {"list": "5"})


def test_a_search_for_several_values_is_a_draft_that_is_opened_again() -> None:
    query = read_search_request(b'{"search": ["5", "7"]}')
    assert (query.text, query.values) == ("", ("5", "7"))


@pytest.mark.parametrize("search", ["7", "true", "{}", "[1]", "[null]"])
def test_a_search_for_anything_else_is_refused(search: str) -> None:
    with pytest.raises(MalformedRequest, match="a string or an array of strings"):
        read_search_request(f'{{"search": {search}}}'.encode())


@pytest.mark.parametrize("body", ["{}", '{"settings": null}', '{"settings": {}, "styles": null}'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_what_is_missing_or_null_is_empty(body: str, encoding: str) -> None:
    request = read_html_request(body.encode(encoding))
    assert (request.settings, request.styles()) == ({}, EmailStyles())


@pytest.mark.parametrize("body", ["{}", '{"search": null}', '{"search": ""}'])
def test_a_byte_order_mark_before_a_search_is_read(body: str) -> None:
    assert read_search_request(body.encode("utf-8-sig")).text == ""


@pytest.mark.parametrize("settings", ["[]", "7", "false", '""'])
def test_settings_that_are_not_an_object_are_refused(settings: str) -> None:
    with pytest.raises(MalformedRequest, match="“settings” must be an object"):
        read_html_request(f'{{"settings": {settings}}}'.encode())
