"""Checks of names, options, defaults and URLs: each with what it finds, and what it accepts."""

import json
from typing import Any

import pytest
from support.blocks.sidebars import SEARCH, SLIDER, chosen, found, group, messages, text

from plugin_server.settings.checker import check
from plugin_server.settings.rules import ANYONES, Context

US = Context(base_url="https://us.example", endpoints=frozenset({"/blocks/quote/search/s"}))


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ([text("a"), text("a")], [("[1].name", "duplicate-name")]),
        ([text("a"), group("g", text("a"))], [("[1].settings[0].name", "duplicate-name")]),
        ([text("g"), group("g")], [("[1].name", "duplicate-name")]),
        ([text(" a")], [("[0].name", "unusable-name")]),
        ([text("a\n")], [("[0].name", "unusable-name")]),
        ([text("a" * 65)], [("[0].name", "long-name")]),
        ([text("\ud800")], [("[0].name", "unusable-name")]),
        ([text("Button text")], [("[0].name", "awkward-name")]),
        ([text("1st")], [("[0].name", "awkward-name")]),
        ([chosen("select", "x", "x")], [("[0].options[1].label", "duplicate-label"),
         ("[0].options[1].value", "duplicate-option")]),
        ([chosen("radioGroup", "a" * 14, "b" * 15)], [("[0].options", "radio-labels")]),
        ([chosen("radioGroup", "x", default="y")], [("[0].default", "default-impossible")]),
        ([{**SLIDER, "min": 0, "max": 9, "step": 3, "default": 10}],
         [("[0].default", "default-impossible")]),
        ([{**SLIDER, "min": 0, "max": 9, "step": 3, "default": 4}],
         [("[0].default", "default-impossible")]),
        ([{**SLIDER, "min": 5, "max": 5, "step": 1, "default": 5}], [("[0].max", "empty-range")]),
        ([{**SLIDER, "min": 9, "max": 1, "step": 1, "default": 5}], [("[0].max", "empty-range")]),
        ([{**SLIDER, "min": 0, "max": 10, "step": 3, "default": 3}], [("[0].step", "uneven-step")]),
        ([{"type": "numericalInput", "name": "n", "label": "N", "append": "%", "min": 2, "max": 1}],
         [("[0].max", "empty-range")]),
        ([{"type": "textarea", "name": "t", "label": "T", "default": "Hello", "max_length": 4}],
         [("[0].default", "default-impossible")]),
    ],
    ids=lambda value: json.dumps(value)[:60],
)  # fmt: skip
def test_names_options_and_defaults(definition: list[Any], expected: list[tuple[str, str]]) -> None:
    assert sorted(found(definition)) == sorted(expected)


@pytest.mark.parametrize(
    "definition",
    [
        [text("camelCase"), text("_a1")],
        [chosen("radioGroup", "a" * 14, "b" * 14)],
        [chosen("select", "a" * 40, "b" * 40)],
        [{**SLIDER, "min": 0, "max": 0.3, "step": 0.1, "default": 0.3}],
        [{**SLIDER, "min": -10, "max": 10, "step": 2.5, "default": -7.5}],
        [{"type": "numericalInput", "name": "n", "label": "N", "append": "%", "min": 1, "max": 1}],
        [{"type": "textarea", "name": "t", "label": "T", "default": "H" * 9_000}],
    ],
    ids=lambda value: json.dumps(value)[:60],
)
def test_what_works_is_let_be(definition: list[Any]) -> None:
    assert found(definition) == []


@pytest.mark.parametrize(
    "url",
    [
        "/blocks/a/search/s",
        "blocks.example.com/search",
        "http://blocks.example.com/search",
        "http://127.0.0.1:8000/search",
        "ftp://blocks.example.com",
        "https://",
        "https:///search",
        "https://blocks.example.com:99999/",
        "https://blocks.example.com:0/",
        "https://blocks.example.com/a b",
        "https://blocks.example.com\\search",
        "https://[::1",
        "https://a..b/",
        "https://{{host}}/search",
        "javascript:alert(1)",
    ],
)
def test_a_search_needs_an_absolute_https_url(url: str) -> None:
    assert found([{**SEARCH, "request_url": url}]) == [("[0].request_url", "request-url")]


@pytest.mark.parametrize(
    ("url", "context"),
    [
        ("https://blocks.example.com/any/path?x=1", ANYONES),
        ("https://BLOCKS.example.com:8443", ANYONES),
        ("http://127.0.0.1:8000/search", Context(loopback=True)),
        ("http://[::1]/search", Context(loopback=True)),
        ("http://app.localhost:3000/search", Context(loopback=True)),
        ("/blocks/quote/search/s", Context(block="quote")),
        ("https://us.example/blocks/quote/search/s", US),
        ("https://US.example:443/blocks/quote/search/s", US),
        ("https://us.example.net/elsewhere", US),
        ("https://us.example:8443/elsewhere", US),
    ],
)
def test_a_url_that_kit_can_call_is_let_be(url: str, context: Context) -> None:
    assert found([{**SEARCH, "request_url": url}], context) == []


@pytest.mark.parametrize(
    ("url", "context"),
    [
        ("http://192.168.1.5/search", Context(loopback=True)),
        ("/blocks/quote/search/t", Context(block="quote")),
        ("/blocks/other/search/s", Context(block="quote")),
        ("//blocks/quote/search/s", Context(block="quote")),
        ("https://us.example/blocks/quote/search/s", Context(block="quote")),
        ("https://us.example/search/s", US),
        ("https://us.example/blocks/quote/search/t", US),
        ("https://us.example", US),
        ("https://us.example/blocks/nope/search/s", US),
        ("https://us.example/blocks/quote/search/s?x=1", US),
        ("https://US.example/elsewhere", US),
        ("https://us.example:443/elsewhere", US),
    ],
)
def test_a_url_that_leads_to_no_search_of_ours(url: str, context: Context) -> None:
    assert found([{**SEARCH, "request_url": url}], context) == [("[0].request_url", "request-url")]


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "localhost", "127.0.0.1", "[::1]", "nas.local", "nas"]
)
def test_a_url_in_a_private_network_is_warned_of(host: str) -> None:
    definition = [{**SEARCH, "request_url": f"https://{host}/search"}]
    assert found(definition) == [("[0].request_url", "private-request-url")]
    assert check(json.dumps(definition)).errors == ()


@pytest.mark.parametrize("name", ["max", "min", "step", "default"])
@pytest.mark.parametrize("number", [1e30, 1e-27, -1e300, 5e-324, 1e308])
def test_a_slider_of_any_size_is_checked(name: str, number: float) -> None:
    slider = {**SLIDER, "min": 0, "max": 10, "step": 1, "default": 5, name: number}
    assert all(path.startswith("[0]") for path, _ in found([slider]))


def test_the_sandboxs_exception_is_mentioned_where_it_would_help() -> None:
    assert "--sandbox" in messages([{**SEARCH, "request_url": "http://localhost:8000/s"}])
    assert "--sandbox" not in messages([{**SEARCH, "request_url": "http://example.com/s"}])
