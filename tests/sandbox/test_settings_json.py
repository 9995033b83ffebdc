"""What the sandbox's dashboard accepts as settings JSON, and what its editor reads from it."""

import json
from pathlib import Path
from typing import Any

import pytest

from plugin_server.sandbox.dashboard.settings_json import (
    check_settings,
    defaults,
    dependencies,
    leaves,
    outline,
    read_settings,
)

ALL_TYPES = Path(__file__).parents[1] / "settings" / "all_types.json"

TEXT = {"type": "text", "name": "title", "label": "Title"}
TEXTAREA = {"type": "textarea", "name": "intro", "label": "Intro"}
COLOR = {"type": "color", "name": "ground", "label": "Ground"}
SEARCH = {
    "type": "search",
    "name": "post",
    "label": "Post",
    "request_url": "https://plugins.example.com/search",
}
SELECT = {
    "type": "select",
    "name": "layout",
    "label": "Layout",
    "options": [{"label": "Card", "value": "card"}],
}
RADIO = SELECT | {"type": "radioGroup", "name": "side", "label": "Side"}
TOGGLE = {"type": "toggle", "name": "frame", "label": "Frame"}
SLIDER = {
    "type": "slider",
    "name": "radius",
    "label": "Radius",
    "min": 0,
    "max": 24,
    "step": 2,
    "default": 8,
}
NUMBER = {"type": "numericalInput", "name": "price", "label": "Price", "prepend": "$"}
ON_TITLE = {"dependencies": [{"field": "title"}]}


def group(*settings: Any, **more: Any) -> dict[str, Any]:
    return {"type": "group", "name": "look", "label": "Look", "settings": [*settings], **more}


def options(*labels: str) -> list[dict[str, str]]:
    return [{"label": label, "value": label} for label in labels]


@pytest.mark.parametrize(
    "settings",
    [
        [],
        [{**TEXT, "required": True, "help": "Above the post", "placeholder": "A title"}],
        [{**TEXTAREA, "placeholder": "?", "default": "Hello", "max_length": 200, "help": "?" * 64}],
        [{**TEXTAREA, "max_length": None, "label": "x" * 64}],
        [{**COLOR, "help": "?" * 65, "allow_transparent": True}],
        [{"type": "fontFamily", "name": "x", "label": "X", "required": False}],
        [{"type": "date", "name": "x", "label": "X", "required": True}],
        [{**SELECT, "placeholder": "Choose"}],
        [TEXT, {**SEARCH, "dependencies": ["title"], "placeholder": "Choose", "help": "?"}],
        [TEXT, {**SEARCH, **ON_TITLE, "multiselect": True}],
        [{**SEARCH, "request_url": "http://localhost:8000/search"}],
        [{**RADIO, "options": options("x" * 14, "y" * 14), "default": "x" * 14}],
        [{**TOGGLE, "default": True}],
        [{**SLIDER, "suffix": "rem"}],
        [{**SLIDER, "min": -0.5, "max": 1.5, "step": 0.25, "default": -0.5}],
        [{**NUMBER, "min": 0, "max": 9.5, "prepend": "x" * 5}],
        [{**SLIDER, "suffix": None}],
        [group()],
        [{"type": "group", "label": "Look", "settings": [TEXT]}],
        [{"type": "group", "label": "Look", "settings": []}] * 2,
        [TOGGLE, {**COLOR, "dependencies": [{"field": "frame", "value": "true"}]}],
        [TEXT, group(group(name="inner"), help="?" * 65, **ON_TITLE)],
        [group(TEXT), {**COLOR, **ON_TITLE}],
        [TEXT, {**COLOR, "dependencies": [{"field": "title", "value": None}]}],
        [SELECT, {**COLOR, "dependencies": [{"field": "layout", "value": "card"}]}],
        [TOGGLE, {**COLOR, "dependencies": [{"field": "frame", "value": True}]}],
    ],
)
def test_accepts_what_kit_documents(settings: list[Any]) -> None:
    assert check_settings(json.dumps(settings)) == []


def test_accepts_every_type_and_property_at_once() -> None:
    assert check_settings(ALL_TYPES.read_text()) == []


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "is an object, not an array"),
        (["text"], "[0]: is text, not an object"),
        ([None], "[0]: is null, not an object"),
        ([{"name": "x", "label": "X"}], '[0]: "type" is missing'),
        ([TEXT | {"type": "magic"}], '[0].type: "magic" is not a type of setting'),
        ([{"type": "text", "name": "title"}], '[0]: "label" is missing'),
        ([{"type": "text", "label": "Title"}], '[0]: "name" is missing'),
        ([TEXT | {"name": ""}], "[0].name: is empty"),
        ([TEXT | {"required": "yes"}], "[0].required: is text, not true or false"),
        ([TEXT, TEXT], '[1].name: "title" is already the name of [0]'),
        # Properties of other types
        ([TEXT | {"default": "x"}], '[0].default: "text" settings do not support "default"'),
        ([SELECT | {"default": "card"}], '[0].default: "select" settings do not support "default"'),
        (
            [NUMBER | {"default": "1"}],
            '[0].default: "numericalInput" settings do not support',
        ),
        (
            [TEXT | {"allow_transparent": True}],
            '[0].allow_transparent: "text" settings do not support',
        ),
        (
            [COLOR | {"placeholder": "x"}],
            '[0].placeholder: "color" settings do not support',
        ),
        (
            [SELECT | {"multiselect": True}],
            '[0].multiselect: "select" settings do not support',
        ),
        ([SLIDER | {"append": "px"}], '[0].append: "slider" settings do not support "append"'),
        ([group(required=True)], '[0].required: "group" settings do not support "required"'),
        # Options
        ([{**SELECT, "options": []}], "[0].options: is empty"),
        ([{**SELECT, "options": [{"label": "Card"}]}], '[0].options[0]: "value" is missing'),
        (
            [{**SELECT, "options": [{"label": "A", "value": "a", "help": "?"}]}],
            '[0].options[0].help: "help" is not supported here',
        ),
        ([{**SELECT, "placeholder": 1}], "[0].placeholder: is a number, not text"),
        (
            [{**RADIO, "options": options("x" * 14, "y" * 15)}],
            "[0].options: the labels have 29 characters together",
        ),
        ([{**RADIO, "default": "list"}], '[0].default: "list" is not the value of an option'),
        # Limits of length
        (
            [TEXTAREA | {"label": "x" * 65}],
            "[0].label: has 65 characters, 1 more than the 64 allowed",
        ),
        ([TOGGLE | {"help": "x" * 65}], "[0].help: has 65 characters, 1 more than the 64 allowed"),
        (
            [SLIDER | {"label": "x" * 65}],
            "[0].label: has 65 characters, 1 more than the 64 allowed",
        ),
        ([RADIO | {"help": "x" * 65}], "[0].help: has 65 characters, 1 more than the 64 allowed"),
        ([NUMBER | {"help": "x" * 65}], "[0].help: has 65 characters, 1 more than the 64 allowed"),
        (
            [NUMBER | {"prepend": "x" * 6}],
            "[0].prepend: has 6 characters, 1 more than the 5 allowed",
        ),
        ([SLIDER | {"suffix": "x" * 4}], "[0].suffix: has 4 characters, 1 more than the 3 allowed"),
        # Numbers
        ([NUMBER | {"append": "€"}], '[0]: has "prepend" and "append" at once'),
        (
            [{"type": "numericalInput", "name": "price", "label": "Price"}],
            '[0]: has none of "prepend" and "append"',
        ),
        (
            [NUMBER | {"min": 2, "max": 1}],
            "[0].max: the largest value, 1, is not above the smallest, 2",
        ),
        (
            [{"type": "slider", "name": "radius", "label": "Radius"}],
            '[0]: "min" is missing',
        ),
        ([SLIDER | {"step": 0}], "[0].step: 0 is not more than 0"),
        ([SLIDER | {"min": 24}], "[0].max: the largest value, 24, is not above the smallest"),
        ([SLIDER | {"default": 25}], "[0].default: 25 is not within 0 and 24"),
        ([SLIDER | {"default": True}], "[0].default: is true or false, not a number"),
        ([TEXTAREA | {"max_length": 0}], "[0].max_length: 0 is not at least 1"),
        # Searches
        ([{"type": "search", "name": "post", "label": "P"}], '[0]: "request_url" is missing'),
        (
            [{**SEARCH, "request_url": "/search"}],
            '[0].request_url: "/search" is not an absolute https URL',
        ),
        (
            [{**SEARCH, "request_url": "http://plugins.example.com/"}],
            '[0].request_url: "http://plugins.example.com/" is not an absolute https URL',
        ),
        # Dependencies
        (
            [{**SEARCH, "dependencies": ["title"]}],
            '[0].dependencies[0]: no setting has the name "title"',
        ),
        ([{**SEARCH, "dependencies": ["post"]}], "[0].dependencies[0]: depends on itself"),
        ([{**COLOR, **ON_TITLE}], '[0].dependencies[0]: no setting has the name "title"'),
        (
            [TEXT, {**COLOR, "dependencies": ["title"]}],
            "[1].dependencies[0]: is text, not an object",
        ),
        (
            [TEXT, COLOR, {**SEARCH, "dependencies": ["title", {"field": "ground"}]}],
            "[2].dependencies[0]: is text, not an object",
        ),
        (
            [TEXT, {**COLOR, "dependencies": [{"field": "title", "is": "x"}]}],
            '[1].dependencies[0].is: "is" is not supported here',
        ),
        (
            [SLIDER, {**COLOR, "dependencies": [{"field": "radius"}]}],
            '[1].dependencies[0]: "radius" is a slider, which always has ',
        ),
        (
            [group(), {**COLOR, "dependencies": [{"field": "look"}]}],
            '[1].dependencies[0]: "look" is a group, which has no value',
        ),
        (
            [TOGGLE, {**COLOR, "dependencies": [{"field": "frame", "value": False}]}],
            "[1].dependencies[0].value: Kit compares a toggle with true o",
        ),
        (
            [TOGGLE, {**COLOR, "dependencies": [{"field": "frame", "value": None}]}],
            "[1].dependencies[0].value: Kit compares a toggle with true o",
        ),
        # Groups
        ([{"type": "group", "name": "look", "label": "Look"}], '[0]: "settings" is missing'),
        ([{"type": "group", "label": "Look"}], '[0]: "settings" is missing'),
        (
            [TOGGLE, {**COLOR, "dependencies": [{"field": "frame", "value": "on"}]}],
            "[1].dependencies[0].value: Kit compares a toggle with true o",
        ),
        (
            [group(TEXT | {"default": "x"})],
            '[0].settings[0].default: "text" settings do not support',
        ),
        ([group({"type": "text", "label": "x"})], '[0].settings[0]: "name" is missing'),
        (
            [TEXT, group(group(TEXT, name="inner"))],
            '[1].settings[0].settings[0].name: "title" is already the name of [0]',
        ),
        ([group(TEXT, name="title")], '[0].settings[0].name: "title" is already the name of [0]'),
    ],
)
def test_refuses_with_a_sentence(settings: Any, sentence: str) -> None:
    error, *_ = check_settings(json.dumps(settings))
    assert error.startswith(f"Settings JSON, line 1: {sentence}")


def test_refuses_everything_at_once() -> None:
    errors = check_settings(json.dumps([TEXT | {"default": "x"}, group(SLIDER | {"step": 0})]))
    assert len(errors) == 2


DEEP = '[{"type":"group","name":"g","label":"G","settings":' * 300 + "[]" + "}]" * 300


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "[", "[" * 100_000, '[{"type": ]', "[NaN]", "[1e999]", DEEP],
)
def test_refuses_what_is_not_json_or_too_deep(text: str) -> None:
    (error,) = check_settings(text)
    assert error.startswith("Settings JSON")


def test_names_half_a_character_in_a_way_that_a_page_can_show() -> None:
    _, error = check_settings('[{"type": "text", "name": "\\ud800"}]')
    assert error.encode().startswith(b'Settings JSON, line 1: [0].name: "\\ud800" has spaces')


def test_a_new_block_starts_with_the_defaults() -> None:
    settings = [TEXT, group(SLIDER, TOGGLE, group(RADIO | {"default": "card"}))]
    assert defaults(settings) == {"radius": 8, "frame": False, "side": "card"}
    assert [setting["name"] for setting in leaves(settings)] == ["title", "radius", "frame", "side"]


def test_a_group_without_a_name_is_known_by_its_place() -> None:
    inner = {"type": "group", "label": "Inner", "settings": [COLOR]}
    outer = {"type": "group", "label": "Outer", "settings": [TEXT, inner]}
    on = {"dependencies": [{"field": "frame", "value": "true"}]}
    rows = outline(read_settings("\ufeff" + json.dumps([TOGGLE, outer | on])))
    assert [(row["name"], row["group"]) for row in rows] == [
        ("frame", None),
        ("[1]", None),
        ("title", "[1]"),
        ("[1][1]", "[1]"),
        ("ground", "[1][1]"),
    ]
    assert rows[1]["conditions"] == [{"field": "frame", "value": True}]


def test_both_forms_of_dependencies_name_settings() -> None:
    assert dependencies({"dependencies": ["a", "b"]}) == ["a", "b"]
    assert dependencies({"dependencies": [{"field": "a"}, {"field": "b", "value": None}]}) == [
        "a",
        "b",
    ]
    assert dependencies({}) == []
