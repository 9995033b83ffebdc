"""What a schema cannot say of a settings JSON, each check with what it finds and what it lets be."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_server.resources.paths import SETTINGS_JSON
from plugin_server.settings.checker import Report, check
from plugin_server.settings.findings import Severity, json_path
from plugin_server.settings.rules import ANYONES, Context

EXAMPLE = Path(__file__).with_name("all_types.json").read_text("utf-8")
SEARCH = {"type": "search", "name": "s", "label": "S"}
US = Context(base_url="https://us.example", endpoints=frozenset({"/blocks/quote/search/s"}))
SLIDER = {"type": "slider", "name": "a", "label": "A"}


def text(name: str = "a", **members: Any) -> dict[str, Any]:
    return {"type": "text", "name": name, "label": "A", **members}


def toggle(name: str, **members: Any) -> dict[str, Any]:
    return {"type": "toggle", "name": name, "label": "T", **members}


def group(name: str, *settings: Any, **members: Any) -> dict[str, Any]:
    return {"type": "group", "name": name, "label": "G", "settings": list(settings), **members}


def unnamed(*settings: Any) -> dict[str, Any]:
    return {"type": "group", "label": "G", "settings": list(settings)}


def chosen(kind: str, *values: str, name: str = "c", **members: Any) -> dict[str, Any]:
    options = [{"label": value.title(), "value": value} for value in values]
    return {"type": kind, "name": name, "label": "C", "options": options, **members}


def on(field: str, *value: Any) -> dict[str, Any]:
    entry = {"field": field, "value": value[0]} if value else {"field": field}
    return {"dependencies": [entry]}


def found(definition: list[Any], context: Context = ANYONES) -> list[tuple[str, str]]:
    report = check(json.dumps(definition), context)
    return [(json_path(each.finding.path), each.finding.code) for each in report.findings]


def told(definition: list[Any], context: Context = ANYONES) -> str:
    report = check(json.dumps(definition), context)
    return " ".join(f"{each.finding.message}. {each.finding.hint}" for each in report.findings)


@pytest.mark.parametrize("name", sorted(path.stem for path in SETTINGS_JSON.glob("*.json")))
def test_our_own_settings_have_no_findings(name: str) -> None:
    source = (SETTINGS_JSON / f"{name}.json").read_text("utf-8")

    assert check(source, Context(block=name)).findings == ()


def test_the_example_of_all_types_has_no_findings() -> None:
    assert check(EXAMPLE).findings == ()


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
    ("definition", "path", "code"),
    [
        ([text(**on("b"))], "[0].dependencies[0]", "dependency-unknown"),
        ([text(**on("a"))], "[0].dependencies[0]", "dependency-self"),
        ([text(**on("g")), group("g")], "[0].dependencies[0]", "dependency-group"),
        (
            [{**SLIDER, "name": "n", "min": 0, "max": 2, "step": 1, "default": 1}, text(**on("n"))],
            "[1].dependencies[0]",
            "dependency-slider",
        ),
        (
            [{**SEARCH, "request_url": "https://x.example", "dependencies": ["nobody"]}],
            "[0].dependencies[0]",
            "dependency-unknown",
        ),
        (
            [text("search"), {**SEARCH, "request_url": "https://x.example", **on("search")}],
            "[1].dependencies[0]",
            "dependency-search",
        ),
        ([text("b"), text(**on("b", ""))], "[1].dependencies[0].value", "dependency-value"),
        (
            [{"type": "date", "name": "d", "label": "D"}, text(**on("d", "2024-01-01"))],
            "[1].dependencies[0].value",
            "dependency-value",
        ),
        ([toggle("t"), text(**on("t", False))], "[1].dependencies[0].value", "dependency-value"),
        ([toggle("t"), text(**on("t", "on"))], "[1].dependencies[0].value", "dependency-value"),
        ([toggle("t"), text(**on("t", "false"))], "[1].dependencies[0].value", "dependency-value"),
        ([toggle("t"), text(**on("t", "True"))], "[1].dependencies[0].value", "dependency-value"),
        ([toggle("t"), text(**on("t", 1))], "[1].dependencies[0].value", "dependency-value"),
        ([{**unnamed(text("b")), **on("b")}], "[0].dependencies[0]", "dependency-circle"),
        ([toggle("t"), text(**on("t", None))], "[1].dependencies[0].value", "dependency-value"),
        (
            [chosen("select", "x"), text(**on("c", "y"))],
            "[1].dependencies[0].value",
            "dependency-value",
        ),
        (
            [chosen("radioGroup", "x", default="x"), text(**on("c", None))],
            "[1].dependencies[0].value",
            "dependency-value",
        ),
        ([text("b"), text(**on("b", 5))], "[1].dependencies[0].value", "dependency-value"),
        (
            [{"type": "color", "name": "b", "label": "B"}, text(**on("b", "mauvish"))],
            "[1].dependencies[0].value",
            "dependency-value",
        ),
        (
            [{"type": "fontFamily", "name": "b", "label": "B"}, text(**on("b", "Georgia"))],
            "[1].dependencies[0].value",
            "dependency-value",
        ),
        (
            [
                {"type": "numericalInput", "name": "b", "label": "B", "append": "%", "max": 9},
                text(**on("b", "10")),
            ],
            "[1].dependencies[0].value",
            "dependency-value",
        ),
        (
            [
                {**SEARCH, "request_url": "https://x.example", "multiselect": True},
                text(**on("s", "x")),
            ],
            "[1].dependencies[0].value",
            "dependency-value",
        ),
        ([text("b", **on("a")), text("a", **on("b"))], "[1].dependencies[0]", "dependency-circle"),
        (
            [text("a", **on("b")), group("g", text("b"), **on("a"))],
            "[1].dependencies[0]",
            "dependency-circle",
        ),
        ([group("g", text("b"), **on("b"))], "[0].dependencies[0]", "dependency-circle"),
        (
            [group("g", group("h", text("b")), **on("b"))],
            "[0].dependencies[0]",
            "dependency-circle",
        ),
        (
            [chosen("select", "x", "y"), group("g", text(required=True, **on("c", "x")), **on("c", "y"))],
            "[1].settings[0]",
            "never-visible",
        ),
        (
            [text("b"), text("c", **on("b", None)), text("d", required=True,
             dependencies=[{"field": "b"}, {"field": "c"}])],
            "[2]",
            "never-visible",
        ),
        (
            [toggle("t"), text("b", **on("t", True)), text("d", dependencies=[{"field": "b"},
             {"field": "b", "value": None}])],
            "[2]",
            "never-visible",
        ),
    ],
    ids=lambda value: json.dumps(value)[:60],
)  # fmt: skip
def test_a_dependency_that_cannot_be_met(definition: list[Any], path: str, code: str) -> None:
    assert found(definition) == [(path, code)]


@pytest.mark.parametrize(
    "definition",
    [
        [text("b"), text(**on("b"))],
        [text(**on("b")), text("b")],
        [text("b"), text(**on("b", None))],
        [text("b"), text(**on("b", "Anything"))],
        [toggle("t"), text(**on("t", True))],
        [toggle("t"), text(**on("t", "true"))],
        [toggle("t"), {**unnamed(text()), **on("t", "true")}],
        [
            toggle("t"),
            text(dependencies=on("t", "true")["dependencies"] + on("t", True)["dependencies"]),
        ],
        [toggle("t"), {**unnamed(text("b", **on("t"))), **on("t", "true")}],
        [unnamed(text("b")), unnamed(text("c"))],
        [chosen("select", "true"), text(**on("c", "true"))],
        [toggle("t"), text(**on("t"))],
        [chosen("select", "x"), text(**on("c", "x"))],
        [chosen("select", "x"), text(**on("c", None))],
        [chosen("radioGroup", "x", "y"), text(**on("c", None))],
        [{"type": "color", "name": "b", "label": "B"}, text(**on("b", "#C8102E"))],
        [group("g", text("b"), text("c", **on("b")))],
        [text("x"), group("g", text("b", **on("x")), **on("x"))],
        [text("b"), text("c", **on("b")), text("d", **on("b"))],
        [text("b"), text("c", **on("b")), text("d", dependencies=[{"field": "c"}, {"field": "b"}])],
    ],
    ids=lambda value: json.dumps(value)[:60],
)
def test_a_dependency_that_can_be_met(definition: list[Any]) -> None:
    assert found(definition) == []


def test_a_setting_that_is_never_seen_is_an_error_only_when_kit_waits_for_it() -> None:
    both = [{"field": "b"}, {"field": "b", "value": None}]
    severities = [
        check(json.dumps([text("b"), text(required=required, dependencies=both)])).findings[0]
        for required in (True, False)
    ]

    assert [each.finding.severity for each in severities] == [Severity.ERROR, Severity.WARNING]


def test_a_circle_names_everyone_on_it_once() -> None:
    definition = [text("a", **on("b")), text("b", **on("c")), text("c", **on("a"))]

    assert told(definition).count("a → b → c → a") == 1


def test_a_misspelt_name_is_guessed() -> None:
    assert 'Did you mean "title"?' in told([text("title"), text("b", **on("titles"))])


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
def test_a_search_needs_an_absolute_https_address(url: str) -> None:
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
def test_an_address_that_kit_can_call_is_let_be(url: str, context: Context) -> None:
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
def test_an_address_that_leads_to_no_search_of_ours(url: str, context: Context) -> None:
    assert found([{**SEARCH, "request_url": url}], context) == [("[0].request_url", "request-url")]


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "localhost", "127.0.0.1", "[::1]", "nas.local", "nas"]
)
def test_an_address_in_a_private_network_is_warned_of(host: str) -> None:
    definition = [{**SEARCH, "request_url": f"https://{host}/search"}]
    assert found(definition) == [("[0].request_url", "private-request-url")]
    assert check(json.dumps(definition)).errors == ()


@pytest.mark.parametrize("name", ["max", "min", "step", "default"])
@pytest.mark.parametrize("number", [1e30, 1e-27, -1e300, 5e-324, 1e308])
def test_a_slider_of_any_size_is_checked(name: str, number: float) -> None:
    slider = {**SLIDER, "min": 0, "max": 10, "step": 1, "default": 5, name: number}
    assert all(path.startswith("[0]") for path, _ in found([slider]))


def test_the_sandboxs_exception_is_told_where_it_would_help() -> None:
    assert "--sandbox" in told([{**SEARCH, "request_url": "http://localhost:8000/s"}])
    assert "--sandbox" not in told([{**SEARCH, "request_url": "http://example.com/s"}])


def located(source: str) -> list[tuple[int, int, str]]:
    return [(each.line, each.column, each.finding.code) for each in check(source).findings]


def test_findings_come_in_the_order_of_the_text() -> None:
    source = """[
  {"type": "text", "name": "a", "label": ""},
  {"type": "text", "name": "a", "name": "a", "label": "A", "default": 3}
]"""

    assert located(source) == [
        (2, 42, "empty"),
        (3, 33, "duplicate-key"),
        (3, 41, "duplicate-name"),
        (3, 60, "unknown-property"),
    ]


def test_what_is_not_json_is_one_finding() -> None:
    assert located("[\n  {,}\n]") == [(2, 4, "not-json")]


def test_what_only_the_published_schema_refuses_is_told_apart() -> None:
    report = check(json.dumps([text(help="Why"), text("b", size=5)]))

    assert [json_path(each.finding.path) for each in report.published] == ["[0].help"]
    assert [json_path(each.finding.path) for each in report.findings] == ["[1].size"]


def test_a_long_chain_of_dependencies_is_walked() -> None:
    chain = [text("a0"), *(text(f"a{i}", **on(f"a{i - 1}")) for i in range(1, 500))]

    assert found(chain[::-1]) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children),
    max_leaves=6,
)
WORDS = ["text", "textarea", "search", "select", "radioGroup", "toggle", "slider", "group"]
WORDS += ["numericalInput", "color", "date", "fontFamily", "a", "b", "x"]
MEMBERS = ["type", "name", "label", "options", "default", "min", "max", "step", "dependencies"]
MEMBERS += ["field", "value", "settings", "request_url", "max_length", "multiselect", "prepend"]
LIKELY = st.recursive(
    st.sampled_from(WORDS) | JSON,
    lambda children: (
        st.dictionaries(st.sampled_from(MEMBERS), children, max_size=8)
        | st.lists(children, max_size=4)
    ),
    max_leaves=25,
)


@settings(max_examples=250)
@given(LIKELY | JSON)
def test_anything_at_all_gives_a_report(value: object) -> None:
    report = check(json.dumps(value))

    assert isinstance(report, Report)
    assert isinstance(value, list) or report.errors
    lines = report.text.split("\n")
    for each in (*report.findings, *report.published):
        assert 1 <= each.column <= len(lines[each.line - 1]) + 1
        assert each.finding.message
        assert each.finding.hint


@settings(max_examples=100)
@given(st.data())
def test_a_damaged_example_gives_a_report(data: st.DataObject) -> None:
    definition = json.loads(EXAMPLE)
    place = definition
    while isinstance(place, list | dict) and place:
        keys = range(len(place)) if isinstance(place, list) else sorted(place)
        key = data.draw(st.sampled_from(keys))
        if data.draw(st.booleans()) or not isinstance(place[key], list | dict):
            place[key] = data.draw(JSON)
            break
        place = place[key]

    assert check(json.dumps(definition)).text
