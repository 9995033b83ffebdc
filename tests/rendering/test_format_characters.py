"""Invisible format characters: those that letters or emoji need, and all others."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_server.rendering.format_characters import remove_format_characters

DROPPED = [
    *("\u00ad", "\u061c", "\u180e", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u202a"),
    *("\u202e", "\u2060", "\u2064", "\u2066", "\u2069", "\u206f", "\ufeff", "\ufff9", "\U0001d173"),
    *("\U000e0001", "\U000e0020", "\U000e0067", "\U000e007f"),
]


@pytest.mark.parametrize("char", DROPPED, ids=ascii)
def test_a_format_character_is_dropped_wherever_it_stands(char: str) -> None:
    assert remove_format_characters(f"{char}a{char}{char}é{char}") == "aé"


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",  # Persian: two letters that must not join
        "नर्\u200dमदा",  # Hindi: half a letter
        "ක්\u200dෂ",  # Sinhala: one letter made of two
        "ക്\u200d",  # Malayalam: a letter that ends a word
        "👩\u200d👩\u200d👧",
        "👩🏽\u200d🚀",
        "❤\ufe0f\u200d🔥",
        "🏳\ufe0f\u200d🌈",
        "🙂\u200d↔\ufe0f",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",  # Scotland's flag
        "ascii only",
    ],
    ids=ascii,
)
def test_what_letters_and_emoji_need_stays(text: str) -> None:
    assert remove_format_characters(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("می\u200b\u200cخواهم", "می\u200cخواهم"),
        ("کتاب\u200c", "کتاب"),
        ("\u200cکتاب", "کتاب"),
        ("👩\u200d", "👩"),
        ("👩\u200dx", "👩x"),
        ("x\u200d👩", "x👩"),
        ("🏴\U000e0067\U000e0062", "🏴"),  # a flag that never ends
        ("🏁\U000e0067\U000e0062\U000e007f", "🏁"),
    ],
    ids=ascii,
)
def test_what_they_do_not_need_is_removed(text: str, left: str) -> None:
    assert remove_format_characters(text) == left


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from([*DROPPED, *"aéیخक्👩❤🏴\ufe0f\u06dd\u20e3", "\u0640"]), max_size=12
    ).map("".join)
)
def test_removing_twice_removes_nothing_more(text: str) -> None:
    once = remove_format_characters(text)

    assert remove_format_characters(once) == once
