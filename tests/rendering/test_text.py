"""Text: what is removed, where it is cut, its direction, and Liquid that is disarmed."""

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_server.rendering.text import (
    decode_references,
    defuse,
    direction,
    one_line,
    paragraphs,
    printable,
    shorten,
    shorten_paragraphs,
)

LIVE = re.compile(r"\{\{|\{%|\}\}|%\}|url\s*\(", re.IGNORECASE)
FRAGMENTS = st.lists(st.text("{}%( urlURL\u200cx"), max_size=4)


@settings(max_examples=300)
@given(FRAGMENTS)
def test_no_liquid_comes_alive_wherever_values_meet(values: list[str]) -> None:
    braces = "".join(defuse(value) for value in values)

    assert not re.search(r"\{\{|\{%|\}\}|%\}", braces)
    assert not any(LIVE.search(defuse(value)) for value in values)


@settings(max_examples=100)
@given(st.text())
def test_defusing_is_invisible_and_done_once(value: str) -> None:
    once = defuse(value)

    assert once.replace("\u200c", "") == printable(value).replace("\u200c", "")
    assert defuse(once) == once


@pytest.mark.parametrize("text", ["{'a': 1}", "100% sure", "f(x)", "curl http://x.example"])
def test_text_without_liquid_is_left_alone(text: str) -> None:
    assert defuse(text) == text


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Name &amp; entity", "Name & entity"),
        ("Ada&#8217;s &eacute;t&eacute;", "Ada’s été"),
        ("&quot;Knots&quot; &#x2013; cards", '"Knots" – cards'),
        ("AT&amp;T &lt;b&gt;", "AT&T <b>"),
        ("Salt &amp;amp; pepper", "Salt &amp; pepper"),
        ("&amp;lt;script&amp;gt;", "&lt;script&gt;"),
        ("AT&T", "AT&T"),
        ("&copy 2026 &amp 2027 &#38 &#x26", "&copy 2026 &amp 2027 &#38 &#x26"),
        ("R&D; &notit; &unknown; &;", "R&D; &notit; &unknown; &;"),
        ("Fish&chips;please", "Fish&chips;please"),
        ("&#0; &#xd800;", "\ufffd \ufffd"),
    ],
)
def test_whole_references_are_decoded_once(text: str, meant: str) -> None:
    assert decode_references(text) == meant


@pytest.mark.parametrize("name", ["lt", "amp", "quot", "NotEqualTilde"])
def test_what_stands_for_itself_is_left_alone(name: str) -> None:
    assert decode_references(f"a&{name} b& {name}; c&{name}x; {name};") == (
        f"a&{name} b& {name}; c&{name}x; {name};"
    )


@settings(max_examples=100)
@given(st.text("&#x;ampltg0123 "))
def test_an_encoded_text_is_decoded_to_itself(text: str) -> None:
    assert decode_references(html.escape(text)) == text


@pytest.mark.parametrize(
    "bad", ["\x00", "\x1b", "\x85", "\u202e", "\u2066", "\u2028", "\ufeff", "\ufffe", "\ud800"]
)
def test_characters_that_emails_must_not_have_are_removed(bad: str) -> None:
    assert one_line(f"a{bad}b") in ("ab", "a b")


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("short enough", 12, "short enough"),
        ("cut at a word boundary", 14, "cut at a word…"),
        ("cut, and tidied", 6, "cut…"),
        ("  spaces \n are\tjoined ", 50, "spaces are joined"),
        ("日本語の長いタイトルです", 6, "日本語の長…"),
        ("averyverylongword and more", 10, "averyvery…"),
        ("rose\u0301s are red", 5, "ros…"),
        ("ab👩\u200d👩\u200d👧cd", 5, "ab…"),
        ("", 5, ""),
    ],
)
def test_text_is_shortened_where_a_reader_would(text: str, limit: int, expected: str) -> None:
    assert shorten(text, limit) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" One \r\n two\rthree ", "One\ntwo\nthree"),
        ("\n\n a\n \n\t\n\nb\n", "a\n\nb"),
        ("a\x00\u2028b", "ab"),
        (" \n ", ""),
    ],
)
def test_lines_are_kept_but_no_more_than_one_empty_one(text: str, expected: str) -> None:
    assert paragraphs(text) == expected


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("one\ntwo", 7, "one\ntwo"),
        ("one two\nthree four", 12, "one two…"),
        ("one two\nthree four", 14, "one two\nthree…"),
        ("one two.\n\nthree", 11, "one two…"),
    ],
)
def test_paragraphs_are_shortened_at_words_and_lines(text: str, limit: int, expected: str) -> None:
    assert shorten_paragraphs(text, limit) == expected


@settings(max_examples=100)
@given(st.text(), st.integers(1, 60))
def test_shortened_text_keeps_to_its_limit(text: str, limit: int) -> None:
    assert len(shorten(text, limit)) <= limit


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Hello"], "ltr"),
        (["שלום"], "rtl"),
        (["2024: «مرحبا» hello"], "rtl"),
        (["Hello שלום"], "ltr"),
        (["2024", "שלום"], "rtl"),
        (["123 !", None, ""], "ltr"),
    ],
)
def test_the_first_letter_decides_the_direction(texts: list[str | None], expected: str) -> None:
    assert direction(*texts) == expected
