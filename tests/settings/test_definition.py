"""Settings JSON: what stops the start, what Kit is given, what a creator reads."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from plugin_server.errors import SettingsInvalid
from plugin_server.settings.definition import DefinitionError, load, parse_definition
from plugin_server.settings.rules import Context
from plugin_server.settings.values import Font, PickedDate

TEXT = {"type": "text", "name": "a", "label": "A"}


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({}, "line 1"),
        ([3], "[0]"),
        ([{"name": "a", "label": "A"}], "[0]"),
        ([{**TEXT, "type": "colour"}], "[0].type"),
        ([{"type": "text", "name": "a"}], "[0]"),
        ([{**TEXT, "label": " "}], "[0].label"),
        ([{**TEXT, "name": " button"}], "[0].name"),
        ([{**TEXT, "required": "yes"}], "[0].required"),
        ([{**TEXT, "default": "x"}], "[0].default"),
        ([TEXT, {**TEXT, "label": "B"}], "[1].name"),
        ([{**TEXT, "type": "search"}], "[0]"),
        ([{**TEXT, "type": "search", "request_url": "//evil.example"}], "[0].request_url"),
        ([{**TEXT, "type": "search", "request_url": "http://x.example"}], "[0].request_url"),
        ([{**TEXT, "type": "select", "options": []}], "[0].options"),
        ([{**TEXT, "type": "select", "options": [{"label": "A"}]}], "[0].options[0]"),
    ],
)
def test_a_mistake_in_the_file_is_reported_with_its_path(settings: Any, where: str) -> None:
    with pytest.raises(DefinitionError, match="^block.json: ") as caught:
        parse_definition(json.dumps(settings), "block.json")

    assert [problem.partition(": ")[0] for problem in caught.value.problems] == [where]


def test_a_file_that_is_not_json_is_reported_with_its_line() -> None:
    with pytest.raises(DefinitionError, match="block.json: line 2: "):
        parse_definition("[\n{]", "block.json")


def test_a_missing_file_is_reported_by_name() -> None:
    with pytest.raises(DefinitionError, match="nothing.json: cannot be read"):
        load("nothing")


def test_several_mistakes_are_reported_at_once() -> None:
    with pytest.raises(DefinitionError) as caught:
        parse_definition(json.dumps([{"type": "text"}, {**TEXT, "size": 3}]))

    assert len(caught.value.problems) == 3


@pytest.mark.parametrize("base", ["https://blocks.example", "https://blocks.example/"])
def test_the_published_json_has_absolute_request_urls(base: str) -> None:
    definition = parse_definition(
        json.dumps([{**TEXT, "type": "search", "request_url": "/blocks/post/search/a"}]),
        context=Context(block="post"),
    )

    assert definition.public(base) == [
        {
            "type": "search",
            "name": "a",
            "label": "A",
            "request_url": "https://blocks.example/blocks/post/search/a",
        }
    ]


def test_every_problem_is_reported_in_the_order_of_the_sidebar() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        load("post").parse({"font": 3, "layout": "sideways", "button_color": "mauvish"})

    assert caught.value.messages == [
        '"Post" is not set. Search and choose one.',
        '"Layout" holds a choice that is no longer offered. Choose again.',
        '"Button color" is not a color. Pick it again.',
        '"Font" is not a font that can be used here. Choose another.',
    ]


@pytest.mark.parametrize("empty", [None, "", "  ", "\u202e\x00"])
def test_an_empty_required_setting_counts_as_missing(empty: object) -> None:
    with pytest.raises(SettingsInvalid, match='"Post" is not set'):
        load("post").parse({"post": empty})


@pytest.mark.parametrize("empty", [None, "", {}, {"fontFamily": "", "fontWeight": 400}])
def test_an_empty_optional_setting_is_none(empty: object) -> None:
    values = load("post").parse({"post": "1", "font": empty})

    assert values["font"] is None
    assert set(values) == {setting.name for setting in load("post").settings}


def test_names_that_the_definition_does_not_have_are_ignored() -> None:
    assert "shape" not in load("post").parse({"post": "1", "shape": {"old": []}})


EXAMPLE = Path(__file__).with_name("all_types.json").read_text("utf-8")
CHOSEN: dict[str, Any] = {
    "title": "Sing-along",
    "day": "2024-10-07T20:00:00.000Z",
    "place": "room",
    "city": "city-7",
    "venues": ["hall-1", "hall-2"],
    "has_fee": True,
    "price": "1e2",
    "discount": "10",
    "layout": "ticket",
    "background": "#C8102E",
    "rounding": 4,
    "border": "rgb(0, 0, 0)",
    "accent": "#ffffff",
    "font": {"fontFamily": "'Courier New', Courier, monospace", "fontWeight": 400},
}


def parsed(**changes: Any) -> dict[str, Any]:
    values = parse_definition(EXAMPLE).parse({**CHOSEN, **changes})
    return dict(values)


def refused(**changes: Any) -> list[str]:
    with pytest.raises(SettingsInvalid) as caught:
        parsed(**changes)
    return caught.value.messages


def test_all_twelve_types_arrive_as_typed_values() -> None:
    assert parsed() == {
        "title": "Sing-along",
        "invitation": "Bring a friend, and something to share.",
        "day": PickedDate(datetime(2024, 10, 7, 20, tzinfo=UTC)),
        "place": "room",
        "city": "city-7",
        "venues": ("hall-1", "hall-2"),
        "has_fee": True,
        "price": Decimal(100),
        "discount": Decimal(10),
        "layout": "ticket",
        "background": "#c8102e",
        "rounding": Decimal(4),
        "border": "#000000",
        "accent": None,
        "font": Font("'Courier New', Courier, monospace", "400"),
    }


def test_what_was_never_touched_has_its_default() -> None:
    values = parse_definition(EXAMPLE).parse(
        {"title": "A", "day": "2024-10-08", "background": "red"}
    )

    assert values["invitation"] == "Bring a friend, and something to share."
    assert values["place"] == "online"
    assert values["has_fee"] is False
    assert values["rounding"] == 8


def test_text_that_was_emptied_stays_empty() -> None:
    assert parsed(invitation=" ")["invitation"] is None


@pytest.mark.parametrize(
    ("changes", "hidden"),
    [
        ({"place": "online"}, {"city": None, "venues": ()}),
        ({"place": None}, {"city": None, "venues": ()}),
        ({"has_fee": False}, {"price": None, "discount": None}),
        ({"has_fee": None}, {"price": None, "discount": None}),
        ({"background": None}, {"rounding": None, "border": None}),
        ({"background": "transparent"}, {"accent": None}),
    ],
)
def test_hidden_settings_are_absent_whatever_the_draft_still_holds(
    changes: dict[str, Any], hidden: dict[str, Any]
) -> None:
    values = parsed(**changes)

    assert {name: values[name] for name in hidden} == hidden


def test_hidden_settings_are_never_errors() -> None:
    stale = {"city": 5, "venues": {"a": 1}, "price": "NaN", "discount": "lots", "accent": "mauvish"}

    assert parsed(place="online", has_fee=False, **stale)["price"] is None


def test_a_setting_that_waits_for_an_empty_one_is_shown() -> None:
    assert parsed(background="")["accent"] == "#ffffff"


def test_every_visible_mistake_is_reported_at_once_in_the_order_of_the_sidebar() -> None:
    assert refused(
        font="a;b", price="1,0,0", title=" ", city=[], rounding=5, layout="sideways", has_fee=True
    ) == [
        '"Title" is empty. Fill it in.',
        '"City" is not set. Search and choose one.',
        '"Price" is not a number. Type it in digits, such as 9.99.',
        '"Layout" holds a choice that is no longer offered. Choose again.',
        '"Rounding" moves in steps of 2. Move it again.',
        '"Font" is not a font that can be used here. Choose another.',
    ]


def toggle(name: str, *fields: str, **members: Any) -> dict[str, Any]:
    dependencies = [{"field": field, "value": True} for field in fields]
    return {"type": "toggle", "name": name, "label": "T", "dependencies": dependencies, **members}


def test_a_chain_is_hidden_from_where_it_breaks() -> None:
    chain = [toggle("a"), toggle("b", "a"), toggle("c", "b"), {**TEXT, "name": "d",
             "dependencies": [{"field": "c"}], "required": True}]  # fmt: skip
    definition = parse_definition(json.dumps(chain))

    assert definition.parse({"a": True, "b": False, "c": True, "d": "x"})["d"] is None
    assert definition.parse({"a": False, "b": True, "c": True, "d": "x"})["d"] is None
    assert definition.parse({"a": True, "b": True, "c": True, "d": "x"})["d"] == "x"


@pytest.mark.parametrize("written", [True, "true"])
@pytest.mark.parametrize(("given", "shown"), [(True, True), (False, False), (None, False)])
def test_a_toggle_is_on_whichever_way_true_is_written(
    written: object, given: object, shown: bool
) -> None:
    waiting = {**TEXT, "dependencies": [{"field": "on", "value": written}]}
    group = {"type": "group", "label": "G", "settings": [{**TEXT, "name": "b"}]}
    group["dependencies"] = waiting["dependencies"]
    definition = parse_definition(json.dumps([toggle("on"), waiting, group]))

    values = definition.parse({"on": given, "a": "x", "b": "y"})
    assert (values["a"] is not None, values["b"] is not None) == (shown, shown)


@pytest.mark.parametrize("kind", ["text", "select"])
def test_text_that_says_true_is_no_toggle(kind: str) -> None:
    options = {"options": [{"label": "T", "value": "true"}]} if kind == "select" else {}
    other = {"type": kind, "name": "b", "label": "B", **options}
    waiting = {**TEXT, "dependencies": [{"field": "b", "value": "true"}]}
    definition = parse_definition(json.dumps([other, waiting]))

    assert definition.parse({"b": "true", "a": "x"})["a"] == "x"


def test_a_nested_group_needs_what_all_groups_around_it_need() -> None:
    inner = {"type": "group", "name": "h", "label": "H", "settings": [{**TEXT, "required": True}]}
    outer = {"type": "group", "name": "g", "label": "G", "settings": [inner]}
    outer["dependencies"] = [{"field": "on", "value": True}]
    definition = parse_definition(json.dumps([toggle("on"), outer]))

    assert definition.parse({"on": False, "a": "x"})["a"] is None
    assert definition.parse({"on": True, "a": "x"})["a"] == "x"
    with pytest.raises(SettingsInvalid, match='"A" is empty'):
        definition.parse({"on": True})


@pytest.mark.parametrize(("value", "shown"), [("1", True), (1, False), ("1.0", False), ("", False)])
def test_a_value_that_is_waited_for_must_be_exactly_that(value: object, shown: bool) -> None:
    waiting = {**TEXT, "dependencies": [{"field": "b", "value": "1"}]}
    definition = parse_definition(
        json.dumps([{"type": "numericalInput", "name": "b", "label": "B", "append": "%"}, waiting])
    )

    assert (definition.parse({"a": "x", "b": value})["a"] == "x") is shown


def test_labels_that_are_equal_are_distinguished_by_their_groups() -> None:
    settings = [
        {"type": "group", "name": f"g{n}", "label": f"Part {n}",
         "settings": [{"type": "color", "name": f"c{n}", "label": "Color"}]}
        for n in (1, 2)
    ]  # fmt: skip

    with pytest.raises(SettingsInvalid) as caught:
        parse_definition(json.dumps(settings)).parse({"c1": "x", "c2": "y"})

    assert [message.split('"')[1] for message in caught.value.messages] == [
        "Part 1: Color",
        "Part 2: Color",
    ]


def test_the_published_json_is_what_was_written_with_absolute_addresses_in_groups() -> None:
    inner = {**TEXT, "type": "search", "request_url": "/blocks/quote/search/a"}
    settings = [{"type": "group", "name": "g", "label": "G", "settings": [inner]}]
    definition = parse_definition(json.dumps(settings), context=Context(block="quote"))

    [group] = definition.public("https://blocks.example")
    assert group["settings"][0]["request_url"] == "https://blocks.example/blocks/quote/search/a"
    assert definition.public("") != definition.public("https://blocks.example")
    assert parse_definition(EXAMPLE).public("https://x.example") == json.loads(EXAMPLE)
