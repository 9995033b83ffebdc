"""CSS values: one spelling for what is safe, an error for the rest."""

import pytest
from coloraide import Color
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_server.rendering import css_properties as css
from plugin_server.rendering.style_attributes import inline_style

HOSTILE = [
    "",
    "url(//x.example)",
    "u\\72l(x)",
    "red;color:blue",
    "red}",
    "expression(alert(1))",
    "var(--x)",
    "calc(1px + 1px)",
    "/**/red",
    "red!important",
    '"',
    "'",
    "<",
    "{{ 7 }}",
    "\u202ered",
    "a" * 5_000,
    None,
    True,
    [],
    {},
    float("nan"),
    float("inf"),
    10**400,
]


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value)[:30])
def test_no_property_takes_a_hostile_value(value: object) -> None:
    for parse in css.PROPERTIES.values():
        with pytest.raises(ValueError):  # noqa: PT011, the text is for developers
            parse(value)


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("color", "inherit", "inherit"),
        ("color", "rgb(300, -5, 0)", "#ff0000"),
        ("font-size", 16, "16px"),
        ("font-size", "16.5PX", "16.5px"),
        ("font-weight", "bold", "700"),
        ("letter-spacing", "-0.5px", "-0.5px"),
        ("line-height", "normal", "normal"),
        ("line-height", 1.5, "1.5"),
        ("line-height", "27px", "27px"),
        ("padding-top", "0px", "0"),
        ("width", "100%", "100%"),
        ("width", 560, "560px"),
        ("border", "1px solid RED", "1px solid #ff0000"),
        ("border-left", "4PX solid RED", "4px solid #ff0000"),
        ("border-bottom", ("1px", "white"), "1px solid #ffffff"),
        ("border-top", "0", "0"),
        ("font-style", "Italic", "italic"),
        ("list-style-type", "square", "square"),
        ("padding", "0px 8px", "0 8px"),
        ("text-decoration", "line-through", "line-through"),
        ("text-indent", 16, "16px"),
        ("white-space", "nowrap", "nowrap"),
        ("border-radius", "7px 7px 0 0", "7px 7px 0 0"),
        ("mso-padding-alt", "12px 24px", "12px 24px"),
    ],
)
def test_a_value_is_written_in_one_spelling(name: str, value: object, written: str) -> None:
    assert css.PROPERTIES[name](value) == written
    assert css.PROPERTIES[name](written) == written


@settings(max_examples=200)
@given(st.text() | st.text("#,'\" abcrgblh()%0123456789./;{}\\", max_size=40))
def test_parsers_raise_nothing_but_value_errors(text: str) -> None:
    for parse in css.PROPERTIES.values():
        try:
            written = parse(text)
        except ValueError:
            continue
        assert parse(written) == written
        assert not set(written) & set(';{}<>"\\:&')


@settings(max_examples=200)
@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_text_on_any_color_can_be_read(channels: tuple[int, int, int]) -> None:
    background = "#{:02x}{:02x}{:02x}".format(*channels)

    assert Color(css.readable_on(background)).contrast(background) >= 4.5


def test_text_that_could_not_be_read_on_its_background_gets_another_color() -> None:
    assert css.legible_on("#ffffff", "#123456") == "#123456"
    assert css.legible_on("#ffffff", "#cccccc") == css.readable_on("#ffffff")
    assert css.legible_on("#123456", None) == "#ffffff"


def test_a_button_that_would_not_be_seen_on_its_background_gets_another_color() -> None:
    assert css.visible_on(None, "#123456") == "#123456"
    assert css.visible_on("#ffffff", "#123456") == "#123456"
    assert css.visible_on("#123456", "#123456") == "#ffffff"
    assert css.visible_on("#ffee00", "#ffff00") == "#111111"


def test_a_property_without_value_is_left_out() -> None:
    assert inline_style(color=None, font_size=14, margin="0") == "font-size:14px;margin:0"


def test_a_property_that_blocks_may_not_use_is_an_error() -> None:
    with pytest.raises(KeyError):
        inline_style(position="fixed")


def test_a_long_list_of_fonts_keeps_its_beginning_and_its_generic_family() -> None:
    families = ["Charter", *(f"Some Family Number {n}" for n in range(14)), "sans-serif"]
    written = css.font_stack(", ".join(families))
    assert len(written.encode()) <= 150
    assert written.startswith("Charter, 'Some Family Number 0', ")
    assert written.endswith(", sans-serif")
    assert css.font_stack(written) == written
