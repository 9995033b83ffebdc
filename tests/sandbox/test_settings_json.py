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
        [group(group(TEXT, name="inner"), help="?" * 65, **ON_TITLE)],
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
        ({}, "Settings JSON: {} must be an array."),
        (["text"], "must be an object"),
        ([None], "must be an object"),
        ([{"name": "x", "label": "X"}], "type is missing"),
        ([TEXT | {"type": "magic"}], '"title", type: "magic" is none of text, '),
        ([{"type": "text", "name": "title"}], '"title": label is missing.'),
        ([{"type": "text", "label": "Title"}], "setting 1: name is missing."),
        ([TEXT | {"name": ""}], "setting 1, name"),
        ([TEXT | {"required": "yes"}], '"yes" must be true or false'),
        ([TEXT, TEXT], 'the name "title" is used 2 times'),
        # Properties of other types
        ([TEXT | {"default": "x"}], '"title": default cannot be used with this type.'),
        ([SELECT | {"default": "card"}], '"layout": default cannot be used with this type.'),
        ([NUMBER | {"default": "1"}], '"price": default cannot be used with this type.'),
        ([TEXT | {"allow_transparent": True}], "allow_transparent cannot be used with this type."),
        ([COLOR | {"placeholder": "x"}], "placeholder cannot be used with this type."),
        ([SELECT | {"multiselect": True}], "multiselect cannot be used with this type."),
        ([SLIDER | {"append": "px"}], "append cannot be used with this type."),
        ([group(required=True)], "required cannot be used with this type."),
        # Options
        ([{**SELECT, "options": []}], '"layout", options'),
        ([{**SELECT, "options": [{"label": "Card"}]}], '"layout", options, 0: value is missing.'),
        (
            [{**SELECT, "options": [{"label": "A", "value": "a", "help": "?"}]}],
            '"layout", options, 0: help cannot be used in an option.',
        ),
        ([{**SELECT, "placeholder": 1}], '"layout", placeholder: 1 must be text'),
        ([{**RADIO, "options": options("x" * 14, "y" * 15)}], "have 29 characters together"),
        ([{**RADIO, "default": "list"}], '"side", default: "list" is not the value of an option.'),
        # Limits of length
        ([TEXTAREA | {"label": "x" * 65}], '"intro", label: it has 65 characters, at most 64 fit.'),
        ([TOGGLE | {"help": "x" * 65}], '"frame", help: it has 65 characters, at most 64 fit.'),
        ([SLIDER | {"label": "x" * 65}], '"radius", label: it has 65 characters'),
        ([RADIO | {"help": "x" * 65}], '"side", help: it has 65 characters'),
        ([NUMBER | {"help": "x" * 65}], '"price", help: it has 65 characters'),
        ([NUMBER | {"prepend": "x" * 6}], '"price", prepend: it has 6 characters, at most 5 fit.'),
        ([SLIDER | {"suffix": "x" * 4}], '"radius", suffix: it has 4 characters, at most 3 fit.'),
        # Numbers
        ([NUMBER | {"append": "€"}], '"price": exactly one of prepend and append is needed.'),
        (
            [{"type": "numericalInput", "name": "price", "label": "Price"}],
            '"price": exactly one of prepend and append is needed.',
        ),
        ([NUMBER | {"min": 2, "max": 1}], '"price": min must not be more than max.'),
        (
            [{"type": "slider", "name": "radius", "label": "Radius"}],
            '"radius": min, max, step, default are missing.',
        ),
        ([SLIDER | {"step": 0}], '"radius", step: 0 is less than or equal to'),
        ([SLIDER | {"min": 24}], '"radius": min must be less than max.'),
        ([SLIDER | {"default": 25}], '"radius", default: it must be from min to max.'),
        ([SLIDER | {"default": True}], '"radius", default: true must be'),
        ([TEXTAREA | {"max_length": 0}], '"intro", max_length: 0 is less than or equal to'),
        # Searches
        ([{"type": "search", "name": "post", "label": "P"}], '"post": request_url is missing.'),
        ([{**SEARCH, "request_url": "/search"}], "request_url must be an absolute https URL"),
        ([{**SEARCH, "request_url": "http://plugins.example.com/"}], "must be an absolute https"),
        # Dependencies
        ([{**SEARCH, "dependencies": ["title"]}], 'depends on "title", which is not another'),
        ([{**SEARCH, "dependencies": ["post"]}], 'depends on "post", which is not another'),
        ([{**COLOR, **ON_TITLE}], 'depends on "title", which is not another'),
        ([TEXT, {**COLOR, "dependencies": ["title"]}], '"title" must be an object'),
        (
            [TEXT, COLOR, {**SEARCH, "dependencies": ["title", {"field": "ground"}]}],
            '"title" must be an object',
        ),
        (
            [TEXT, {**COLOR, "dependencies": [{"field": "title", "is": "x"}]}],
            '"ground", dependencies, 0: is cannot be used in a dependency.',
        ),
        (
            [SLIDER, {**COLOR, "dependencies": [{"field": "radius"}]}],
            '"ground" depends on "radius", a slider, which always has a value.',
        ),
        (
            [group(), {**COLOR, "dependencies": [{"field": "look"}]}],
            '"ground" depends on "look", which is a group and has no value.',
        ),
        (
            [TOGGLE, {**COLOR, "dependencies": [{"field": "frame", "value": False}]}],
            "can only be waited for with true.",
        ),
        (
            [TOGGLE, {**COLOR, "dependencies": [{"field": "frame", "value": None}]}],
            "can only be waited for with true.",
        ),
        # Groups
        ([{"type": "group", "name": "look", "label": "Look"}], '"look": settings is missing.'),
        ([{"type": "group", "label": "Look"}], "setting 1: settings is missing."),
        (
            [TOGGLE, {**COLOR, "dependencies": [{"field": "frame", "value": "on"}]}],
            "a toggle, which can only be waited for with true.",
        ),
        ([group(TEXT | {"default": "x"})], '"title": default cannot be used with this type.'),
        ([group({"type": "text", "label": "x"})], '"look": setting 1: name is missing.'),
        ([TEXT, group(group(TEXT, name="inner"))], 'the name "title" is used 2 times'),
        ([group(TEXT, name="title")], 'the name "title" is used 2 times'),
    ],
)
def test_refuses_with_a_sentence(settings: Any, sentence: str) -> None:
    (error,) = check_settings(json.dumps(settings))
    assert error.startswith("Settings JSON: ")
    assert sentence in error


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
    (error,) = check_settings('[{"type": "text", "name": "\\ud800"}]')
    assert error.encode() == b'Settings JSON: "\\ud800": label is missing.'


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
