"""Typed access to the values of settings."""

import json
from decimal import Decimal

import pytest

from plugin_server.rendering.value_types import Choice, Color
from plugin_server.settings.definition import parse_definition
from plugin_server.settings.values import Values

OPTIONS = [{"label": "Big", "value": "big"}]
SIDEBAR = [
    {"type": "text", "name": "words", "label": "Words"},
    {
        "type": "slider",
        "name": "size",
        "label": "Size",
        "min": 0,
        "max": 10,
        "step": 1,
        "default": 1,
    },
    {"type": "toggle", "name": "shown", "label": "Shown"},
    {"type": "select", "name": "layout", "label": "Layout", "options": OPTIONS},
    {"type": "color", "name": "back", "label": "Back", "allow_transparent": True},
    {"type": "fontFamily", "name": "font", "label": "Font"},
    {"type": "date", "name": "day", "label": "Day"},
    {"type": "search", "name": "post", "label": "Post", "request_url": "https://x.example/a"},
    {
        "type": "search",
        "name": "posts",
        "label": "Posts",
        "multiselect": True,
        "request_url": "https://x.example/a",
    },
]
CHOSEN = {
    "words": "Hear",
    "size": 3,
    "shown": True,
    "layout": "big",
    "back": "#AABBCC",
    "font": {"fontFamily": "Georgia"},
    "day": "2026-11-30T00:00:00.000Z",
    "post": "7",
    "posts": ["7", "8"],
}


def values(**raw: object) -> Values:
    return parse_definition(json.dumps(SIDEBAR)).parse(raw)


def test_each_type_has_a_method_of_its_own() -> None:
    given = values(**CHOSEN)
    assert given.text("words") == "Hear"
    assert given.number("size") == Decimal(3)
    assert given.is_on("shown") is True
    assert given.choice("layout") == Choice("big")
    assert given.color("back") == Color("#aabbcc")
    assert given.font("font") is given["font"]
    assert given.date("day") is given["day"]
    assert given.result("post") == "7"
    assert given.results("posts") == ("7", "8")


def test_what_is_empty_is_empty_in_each_type() -> None:
    given = values()
    assert (given.text("words"), given.choice("layout"), given.result("post")) == ("", "", "")
    assert (given.is_on("shown"), given.results("posts")) == (False, ())
    assert [given.font("font"), given.date("day"), given.color("back")] == [None, None, None]


def test_a_transparent_color_is_none() -> None:
    assert values(back="transparent").color("back") is None


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("words", "text"),
        ("shown", "is_on"),
        ("layout", "choice"),
        ("back", "color"),
        ("font", "font"),
        ("day", "date"),
        ("posts", "results"),
    ],
)
def test_the_wrong_method_is_refused_with_the_right_one(name: str, method: str) -> None:
    with pytest.raises(TypeError, match=rf'read it with values\.{method}\("{name}"\)'):
        values(**CHOSEN).number(name)


def test_an_option_is_not_a_text() -> None:
    with pytest.raises(TypeError, match=r'values\.choice\("layout"\)'):
        values(**CHOSEN).text("layout")
