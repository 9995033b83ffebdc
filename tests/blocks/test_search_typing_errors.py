"""Titles are found despite typing errors, after those without."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.blocks.search import found

from plugin_server.blocks.search import MAX_OPTIONS


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("wrok", "Work"),
        ("owrk", "Work"),
        ("xork", "Work"),
        ("wok", None),
        ("teh harbour", "The harbour"),
        ("hte", "The harbour"),
        ("fro you", "For you"),
        ("aaa", None),
        ("worrk", "Work"),
        ("newslter", "My newsletter"),
        ("nwesletetr", "My newsletter"),
        ("ewsletters", "Newsletters"),
        ("enwslteter", "Newsletter"),
        ("nesletr", None),
        ("harbuor li", "Harbour Lights"),
        ("ligths hrabour", "Harbour Lights"),
        ("harbxxr", None),
        ("form my desk", "From my desk"),
        ("кофк", "Кофе"),
        ("issue 1243", None),
        ("wrok wrxk", None),
        ("zzzz", None),
        ("qwertyuiop", None),
        ("harb zzzz", None),
    ],
)
def test_a_few_are_forgiven(typed: str, title: str | None) -> None:
    assert found(typed, "Issue 1234", title or "Work, newsletter, harbour") == (
        [title] if title else []
    )


def test_what_is_typed_right_comes_first() -> None:
    assert found("form", "From me", "A form", "Fork", "Platform") == [
        "A form",
        "Platform",
        "From me",
        "Fork",
    ]


def test_fewer_errors_come_first() -> None:
    expected = ["Confrence", "Conferense", "Confidence"]

    assert found("conference", "Confidence", "Confrence", "Conferense") == expected


def test_they_are_not_looked_for_when_the_list_is_full() -> None:
    titles = ["From me", *(f"Form {n}" for n in range(MAX_OPTIONS))]

    assert "From me" not in found("form", *titles)
    assert "From me" in found("form", *titles[:-1])


@given(st.data())
def test_any_single_one_is_forgiven(data: st.DataObject) -> None:
    letters = st.sampled_from("abcdeé")
    title = data.draw(st.text(letters, min_size=5, max_size=12))
    at = data.draw(st.integers(0, len(title) - 2))
    wrong = data.draw(letters)
    typed = data.draw(
        st.sampled_from(
            [
                title[:at] + wrong + title[at + 1 :],
                title[:at] + wrong + title[at:],
                title[:at] + title[at + 1 :],
                title[:at] + title[at + 1] + title[at] + title[at + 2 :],
            ]
        )
    )
    others = data.draw(st.lists(st.text(letters, max_size=12), max_size=10))

    assert title in found(typed, *others, title)
    assert f"{title}end" in found(typed, *others, f"{title}end")
