"""Dependencies: each check with what it finds, and what it accepts."""

import json
from typing import Any

import pytest
from support.blocks.sidebars import (
    SEARCH,
    SLIDER,
    chosen,
    found,
    group,
    messages,
    on,
    text,
    toggle,
    unnamed,
)

from plugin_server.findings.finding import Severity
from plugin_server.settings.checker import check


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

    assert [each.severity for each in severities] == [Severity.ERROR, Severity.WARNING]


def test_a_circle_names_everyone_on_it_once() -> None:
    definition = [text("a", **on("b")), text("b", **on("c")), text("c", **on("a"))]

    assert messages(definition).count("a → b → c → a") == 1


def test_a_misspelt_name_is_guessed() -> None:
    assert 'Did you mean "title"?' in messages([text("title"), text("b", **on("titles"))])


def test_a_long_chain_of_dependencies_is_walked() -> None:
    chain = [text("a0"), *(text(f"a{i}", **on(f"a{i - 1}")) for i in range(1, 500))]

    assert found(chain[::-1]) == []
