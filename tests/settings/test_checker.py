"""The validation of a whole settings JSON: the order of findings, and any text at all."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.blocks.sidebars import text

from plugin_server.findings.finding import json_path
from plugin_server.resources.paths import SETTINGS_JSON
from plugin_server.settings.checker import Report, check
from plugin_server.settings.rules import Context

EXAMPLE = Path(__file__).with_name("all_types.json").read_text("utf-8")


@pytest.mark.parametrize("name", sorted(path.stem for path in SETTINGS_JSON.glob("*.json")))
def test_our_own_settings_have_no_findings(name: str) -> None:
    source = (SETTINGS_JSON / f"{name}.json").read_text("utf-8")

    assert check(source, Context(block=name)).findings == ()


def test_the_example_of_all_types_has_no_findings() -> None:
    assert check(EXAMPLE).findings == ()


def located(source: str) -> list[tuple[int, int, str]]:
    return [(each.place.line, each.place.column, each.code) for each in check(source).findings]


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


def test_what_only_the_published_schema_refuses_is_reported_apart() -> None:
    report = check(json.dumps([text(help="Why"), text("b", size=5)]))

    assert [json_path(each.place.path) for each in report.published] == ["[0].help"]
    assert [json_path(each.place.path) for each in report.findings] == ["[1].size"]


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


@pytest.mark.slow
@settings(max_examples=250)
@given(LIKELY | JSON)
def test_anything_at_all_gives_a_report(value: object) -> None:
    report = check(json.dumps(value))

    assert isinstance(report, Report)
    assert isinstance(value, list) or report.errors
    lines = report.text.split("\n")
    for each in (*report.findings, *report.published):
        assert 1 <= each.place.column <= len(lines[each.place.line - 1]) + 1
        assert each.message
        assert each.advice


@pytest.mark.slow
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
