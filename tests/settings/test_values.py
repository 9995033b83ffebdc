"""Values of settings, type by type: what is taken, how it is written, what is refused."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import tinycss2
from hypothesis import example, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from plugin_server.errors import SettingsInvalid
from plugin_server.rendering.jinja_environment import jinja_environment
from plugin_server.rendering.style_attributes import inline_style
from plugin_server.settings.definition import parse_definition
from plugin_server.settings.values import MISSING, PARSERS, Font, PickedDate, Values

OPTIONS = [{"label": "Big", "value": "big"}, {"label": "Small", "value": "small"}]
MEMBERS: dict[str, dict[str, Any]] = {
    "search": {"request_url": "https://x.example/a"},
    "select": {"options": OPTIONS},
    "radioGroup": {"options": OPTIONS},
    "slider": {"min": 0, "max": 10, "step": 0.5, "default": 5},
    "numericalInput": {"append": "%"},
}


def parse(kind: str, raw: object, **members: Any) -> Any:
    setting = {"type": kind, "name": "a", "label": "A", **MEMBERS.get(kind, {}), **members}
    return parse_definition(json.dumps([setting])).parse({"a": raw})["a"]


@pytest.mark.parametrize(
    ("kind", "raw", "words"),
    [
        ("color", "mauvish", "is not a color"),
        ("color", "#12345", "is not a color"),
        ("color", "#c8102e80", "show through"),
        ("color", "rgba(0, 0, 0, 0.5)", "show through"),
        ("color", "transparent", "show through"),
        ("color", "red;position:fixed", "is not a color"),
        ("color", "url(//x.example)", "is not a color"),
        ("color", ["#fff"], "is not a color"),
        ("color", 0xFFFFFF, "is not a color"),
        ("date", "8 October", "is not a date"),
        ("date", "9999-12-31T20:00:00Z", "is not a date"),
        ("date", 1728345600, "is not a date"),
        ("fontFamily", {"fontFamily": "a;color:red"}, "is not a font"),
        ("fontFamily", {"fontFamily": 'a"onload=x'}, "is not a font"),
        ("fontFamily", {"fontFamily": "'a"}, "is not a font"),
        ("fontFamily", {"fontFamily": "a,,b"}, "is not a font"),
        ("fontFamily", {"fontFamily": "inherit"}, "is not a font"),
        ("fontFamily", {"fontFamily": "Georgia", "fontWeight": "heavy"}, "is not a font"),
        ("fontFamily", {"fontFamily": "Georgia", "fontWeight": True}, "is not a font"),
        ("fontFamily", ["Georgia"], "is not a font"),
        ("search", ["1", "2"], "takes one result"),
        ("search", "1" * 201, "does not hold a result"),
        ("select", "huge", "no longer offered"),
        ("select", ["big"], "no longer offered"),
        ("search", [3], "does not hold a result"),
        ("radioGroup", "huge", "no longer offered"),
        ("radioGroup", True, "no longer offered"),
        ("toggle", "true", "neither on nor off"),
        ("toggle", 1, "neither on nor off"),
        ("toggle", [True], "neither on nor off"),
        ("slider", "high", "is not a number"),
        ("slider", True, "is not a number"),
        ("slider", -0.5, "is too small. Use 0 or more"),
        ("slider", 10.5, "is too large. Use 10 or less"),
        ("slider", 0.25, "moves in steps of 0.5"),
        ("slider", 10**400, "is not a number"),
        ("slider", float("nan"), "is not a number"),
        ("numericalInput", "NaN", "is not a number"),
        ("numericalInput", "Infinity", "is not a number"),
        ("numericalInput", "-inf", "is not a number"),
        ("numericalInput", "1e999", "is not a number"),
        ("numericalInput", "1e999999999", "is not a number"),
        ("numericalInput", "9" * 41, "is not a number"),
        ("numericalInput", "12 apples", "is not a number"),
        ("numericalInput", "0x10", "is not a number"),
        ("numericalInput", "1_000", "is not a number"),
        ("numericalInput", "１２", "is not a number"),
        ("numericalInput", "1,00,000", "is not a number"),
        ("numericalInput", "1,000,50", "is not a number"),
        ("numericalInput", "1.000,50,1", "is not a number"),
        ("numericalInput", "--5", "is not a number"),
        ("numericalInput", ".", "is not a number"),
        ("numericalInput", ["5"], "is not a number"),
        ("numericalInput", True, "is not a number"),
        ("numericalInput", 10**5000, "is not a number"),
        ("text", 5, "is not text"),
        ("text", [], "is not text"),
        ("text", {}, "is not text"),
        ("toggle", {}, "neither on nor off"),
        ("search", {}, "does not hold a result"),
        ("fontFamily", [], "is not a font"),
        ("text", "a" * 501, "at most 500 characters"),
        ("textarea", 5, "is not text"),
        ("textarea", "a" * 5001, "at most 5,000 characters"),
    ],
    ids=lambda value: "" if isinstance(value, int) else ascii(value)[:40],
)
def test_an_unusable_value_is_refused_with_a_sentence(kind: str, raw: object, words: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        parse(kind, raw)

    [sentence] = caught.value.messages
    assert sentence.startswith('"A" ')
    assert words in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("color", "#FFF", "#ffffff"),
        ("color", "#C8102E", "#c8102e"),
        ("color", "#abcf", "#aabbcc"),
        ("color", "#C8102EFF", "#c8102e"),
        ("color", " Rebeccapurple ", "#663399"),
        ("color", "rgb(45, 45, 47)", "#2d2d2f"),
        ("color", "rgba(45, 45, 47, 1)", "#2d2d2f"),
        ("color", "rgb(45 45 47 / 100%)", "#2d2d2f"),
        (
            "fontFamily",
            {"fontFamily": 'Charter, Georgia, Times, "Times New Roman", serif', "fontWeight": 400},
            Font("Charter, Georgia, Times, 'Times New Roman', serif", "400"),
        ),
        ("fontFamily", {"fontFamily": "Times New Roman"}, Font("'Times New Roman'")),
        (
            "fontFamily",
            {"fontFamily": "-apple-system", "fontWeight": "bold"},
            Font("-apple-system", "700"),
        ),
        ("fontFamily", "ヒラギノ角ゴ Pro W3, 8bit", Font("'ヒラギノ角ゴ Pro W3', '8bit'")),
        ("search", " post-1 ", "post-1"),
        ("search", ["post-1"], "post-1"),
        ("select", "small", "small"),
        ("radioGroup", "big", "big"),
        ("toggle", True, True),
        ("toggle", False, False),
        ("slider", 0, Decimal(0)),
        ("slider", 9.5, Decimal("9.5")),
        ("slider", "2.5", Decimal("2.5")),
        ("slider", 0.1 + 0.2 + 0.2, Decimal("0.5")),
        ("numericalInput", "99.99", Decimal("99.99")),
        ("numericalInput", " 7 ", Decimal(7)),
        ("numericalInput", "-.5", Decimal("-0.5")),
        ("numericalInput", "\u22125", Decimal(-5)),
        ("numericalInput", "5.", Decimal(5)),
        ("numericalInput", "1e3", Decimal(1000)),
        ("numericalInput", "2.5E-1", Decimal("0.25")),
        ("numericalInput", "1,000", Decimal(1000)),
        ("numericalInput", "1,000,000.5", Decimal("1000000.5")),
        ("numericalInput", "1,000.50", Decimal("1000.50")),
        ("numericalInput", "1.000,50", Decimal("1000.50")),
        ("numericalInput", "1.000.000", Decimal(1000000)),
        ("numericalInput", "1.000", Decimal(1)),
        ("numericalInput", "12,5", Decimal("12.5")),
        ("numericalInput", "0,125", Decimal("0.125")),
        ("numericalInput", "1 000 000", Decimal(1000000)),
        ("numericalInput", "1\u00a0000,5", Decimal("1000.5")),
        ("numericalInput", "1'000.5", Decimal("1000.5")),
        ("numericalInput", 12.5, Decimal("12.5")),
        ("numericalInput", 12, Decimal(12)),
        ("numericalInput", "1e-300", Decimal(0)),
        ("textarea", " One \r\n\r\n\n\n two\x00\r three ", "One\n\ntwo\nthree"),
        ("textarea", "\n\nOne\n", "One"),
        ("text", " Read\x00 it\u202e\r\n now ", "Read it now"),
        ("text", "{{ 7 }} <b>", "{{ 7 }} <b>"),
    ],
)
def test_a_value_is_normalised(kind: str, raw: object, value: object) -> None:
    assert parse(kind, raw) == value


@pytest.mark.parametrize(
    ("raw", "printed"),
    [
        ("1e3", "1000"),
        ("-0", "0"),
        ("1E-5", "0.00001"),
        ("0.0000001", "0.000000"),
        ("1e-999", "0.000000"),
    ],
)
def test_a_number_prints_without_an_exponent(raw: str, printed: str) -> None:
    assert str(parse("numericalInput", raw)) == printed


@pytest.mark.parametrize(
    ("kind", "raw", "words"),
    [
        ("numericalInput", "0.99", "is too small. Use 1 or more."),
        ("numericalInput", "9.51", "is too large. Use 9.5 or less."),
        ("numericalInput", "-1e3", "is too small. Use 1 or more."),
    ],
)
def test_a_number_is_kept_within_its_limits(kind: str, raw: str, words: str) -> None:
    with pytest.raises(SettingsInvalid, match=words):
        parse(kind, raw, min=1, max=9.5)


def test_text_is_kept_within_its_own_limit() -> None:
    assert parse("textarea", "😀" * 5, max_length=5) == "😀" * 5
    with pytest.raises(SettingsInvalid, match="at most 5 characters"):
        parse("textarea", "Hello!", max_length=5)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (["b", "a"], ("b", "a")),
        (["a", "a", " a ", ""], ("a",)),
        ("a", ("a",)),
        ([], ()),
        ([""], ()),
        (None, ()),
    ],
)
def test_a_search_for_several_gives_a_tuple(raw: object, value: tuple[str, ...]) -> None:
    assert parse("search", raw, multiselect=True) == value


@pytest.mark.parametrize("raw", [["a", 5], ["x" * 201], {"a": "b"}, [["a"]], [None]])
def test_a_search_for_several_refuses_what_it_never_offered(raw: object) -> None:
    with pytest.raises(SettingsInvalid, match="does not hold a result"):
        parse("search", raw, multiselect=True)


def test_a_search_for_several_is_bounded() -> None:
    with pytest.raises(SettingsInvalid, match="at most 100"):
        parse("search", [str(n) for n in range(101)], multiselect=True)


def test_every_type_has_a_sentence_for_what_is_missing() -> None:
    assert MISSING.keys() == PARSERS.keys()
    assert all(sentence.endswith(".") for sentence in MISSING.values())


@pytest.mark.parametrize("raw", ["transparent", "#0000", "rgba(1, 2, 3, 0)"])
def test_a_transparent_color_is_kept_where_it_is_allowed(raw: str) -> None:
    assert parse("color", raw, allow_transparent=True) == "transparent"


@pytest.mark.parametrize(
    ("instant", "zone"),
    [
        ("2024-10-07T12:00:00.000Z", "Auckland in winter, +12"),
        ("2024-10-07T20:00:00.000Z", "Dubai, +4"),
        ("2024-10-08T00:00:00.000Z", "Accra, 0"),
        ("2024-10-08T07:00:00.000Z", "Los Angeles in summer, -7"),
        ("2024-10-08T11:00:00.000Z", "Pago Pago, -11"),
        ("2024-10-08", "none"),
    ],
)
def test_a_picked_day_is_recovered_from_its_local_midnight(instant: str, zone: str) -> None:
    assert parse("date", instant).day_in(UTC) == date(2024, 10, 8), zone


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("Pacific/Tongatapu", date(2024, 10, 8)),
        ("Pacific/Auckland", date(2024, 10, 8)),
        ("Pacific/Apia", date(2024, 10, 8)),
        ("Europe/Berlin", date(2024, 10, 7)),
    ],
)
def test_thirteen_hours_ahead_a_picked_day_is_recovered_by_the_accounts_zone(
    name: str, day: date
) -> None:
    picked = parse("date", "2024-10-07T11:00:00.000Z")
    assert picked == PickedDate(datetime(2024, 10, 7, 11, tzinfo=UTC))
    assert picked.day_in(ZoneInfo(name)) == day


@pytest.mark.parametrize("raw", ["0001-01-01T12:00:00Z", "9999-12-31T00:00:00Z", "9999-12-31"])
def test_a_date_that_has_no_day_in_some_zones_is_none(raw: str) -> None:
    with pytest.raises(SettingsInvalid, match="is not a date"):
        parse("date", raw)


def test_values_cannot_be_changed() -> None:
    values = Values({"a": 1})

    with pytest.raises(TypeError):
        values["a"] = 2  # type: ignore[index]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=8,
)
FAMILIES = st.text("abcé ,'\"-;:{}()\\\n<>&/*1", max_size=30)
FONTS = st.fixed_dictionaries(
    {"fontFamily": JSON | FAMILIES},
    optional={"fontWeight": JSON | st.sampled_from([400, "700", "bold"])},
)
COLORS = st.text("#0123456789abcdefrgbl(), ./%-'\";", max_size=30) | st.from_regex(
    r"#([0-9a-f]{3,4}|[0-9a-fA-F]{6}|[0-9a-f]{8})|rgba?\(\d{1,3}, ?\d{1,3}, ?\d{1,3}(, ?[01])?\)|red",
    fullmatch=True,
)
NUMBERS = st.text("0123456789.,eE+- '\u00a0", max_size=20)


@pytest.mark.slow
@settings(max_examples=250)
@given(raw=JSON | FONTS | COLORS | NUMBERS)
def test_any_json_value_gives_a_value_or_a_sentence(raw: object) -> None:
    assert_a_value_or_a_sentence(raw)


def nested(levels: int) -> object:
    value: object = None
    for _ in range(levels):
        value = {"fontFamily": [value]}
    return value


@pytest.mark.parametrize(
    "raw",
    [
        nested(400),
        10**5000,
        -(10**400),
        "9" * 200_000,
        ["\ud800", "\udfff"],
        "\ud800",
        [[]] * 9_999,
    ],
    ids=["nested", "huge", "hugely negative", "long", "surrogates", "surrogate", "wide"],
)
def test_an_extreme_value_gives_a_value_or_a_sentence(raw: object) -> None:
    assert_a_value_or_a_sentence(raw)


def assert_a_value_or_a_sentence(raw: object) -> None:
    for kind in PARSERS:
        try:
            value = parse(kind, raw)
        except SettingsInvalid as error:
            [sentence] = error.messages
            assert sentence.startswith('"A" ')
            assert sentence.endswith(".")
        else:
            hash(value)
            json.dumps(str(value), ensure_ascii=False).encode()


def declarations_in(style: str) -> list[Any]:
    """Return what a browser finds in a style attribute that a template wrote."""
    template = jinja_environment().from_string('<p style="{{ style }}">x</p>')
    paragraphs = LexborHTMLParser(template.render(style=style)).css("p")
    assert [each.attributes.keys() for each in paragraphs] == [{"style": ""}.keys()]
    return tinycss2.parse_declaration_list(paragraphs[0].attributes["style"] or "")


def test_a_transparent_background_can_be_written() -> None:
    value = parse("color", "transparent", allow_transparent=True)
    assert inline_style(background_color=value) == "background-color:transparent"


@settings(max_examples=250)
@given(raw=COLORS)
@example(raw="rgba(1, 2, 3, 1)")
def test_a_color_is_one_declaration_and_nothing_else(raw: str) -> None:
    try:
        value = parse("color", raw)
    except SettingsInvalid:
        return
    for style in (f"color:{value}", inline_style(color=value)) if value else ():
        [declaration] = declarations_in(style)
        assert (declaration.type, declaration.name) == ("declaration", "color")
        [token] = declaration.value
        assert token.type == "hash"


@settings(max_examples=250)
@given(raw=FONTS | FAMILIES)
@example(raw="'Courier New', Courier, monospace")
def test_a_font_is_one_declaration_for_each_half(raw: object) -> None:
    try:
        value = parse("fontFamily", raw)
    except SettingsInvalid:
        return
    if value is None:
        return
    [family] = declarations_in(inline_style(font_family=value.family))
    assert (family.type, family.name) == ("declaration", "font-family")
    assert {token.type for token in family.value} <= {"ident", "string", "literal", "whitespace"}
    if value.weight:
        [weight] = declarations_in(inline_style(font_weight=value.weight))
        assert [token.type for token in weight.value] == ["number"]
