"""A search over a whole account: what is found for what is typed, and how options are called."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_server.blocks.base import SearchQuery
from plugin_server.blocks.options import MAX_OPTIONS, Candidate, OptionIndex

TITLES = [
    "Harbour Lights",
    "Don’t wait for the ferry",
    "The newsletter newsletter",
    "Café au lait, and other e-mails",
    "R&D for one",
    "C++ at sea",
    "Straße am Hafen",
    "Письма к маяку",
    "海からの手紙",
    "رسائل من الميناء",
    "🌊🌊🌊",
    "Homework",
    "How I work",
]


def found(text: str, titles: list[str] = TITLES) -> list[str]:
    index = OptionIndex(Candidate(title, str(n)) for n, title in enumerate(titles))
    return [titles[int(option.value)] for option in index.search(SearchQuery(text, (text,)))]


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("dont", "Don’t wait for the ferry"),
        ("don't", "Don’t wait for the ferry"),
        ("cafe", "Café au lait, and other e-mails"),
        ("CAFÉ", "Café au lait, and other e-mails"),
        ("email", "Café au lait, and other e-mails"),
        ("e-mail", "Café au lait, and other e-mails"),
        ("r&d", "R&D for one"),
        ("c++", "C++ at sea"),
        ("strasse", "Straße am Hafen"),
        ("письма", "Письма к маяку"),
        ("手紙", "海からの手紙"),
        ("رسائل", "رسائل من الميناء"),
        ("🌊", "🌊🌊🌊"),
        ("lights harbour", "Harbour Lights"),
    ],
)
def test_case_accents_punctuation_and_order_do_not_matter(typed: str, title: str) -> None:
    assert found(typed)[0] == title


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("newslter", "The newsletter newsletter"),
        ("newsletetr", "The newsletter newsletter"),
        ("harbuor li", "Harbour Lights"),
        ("ahrbour", "Harbour Lights"),
        ("xarbour", "Harbour Lights"),
        ("fery", "Don’t wait for the ferry"),
        ("hafne", "Straße am Hafen"),
        ("письмо", "Письма к маяку"),
    ],
)
def test_small_typing_errors_are_forgiven(typed: str, title: str) -> None:
    assert title in found(typed)


@pytest.mark.parametrize("typed", ["zzzz", "qwertyuiop", "sex", "harb zzzz"])
def test_large_ones_are_not(typed: str) -> None:
    assert found(typed) == []


def test_better_matches_come_first_and_newer_ones_among_equals() -> None:
    titles = ["Framework", "My work", "Wrok again", "Work hard", "Work", "Teamwork", "Work soft"]
    assert found("work", titles) == [
        "Work",
        "Work hard",
        "Work soft",
        "My work",
        "Framework",
        "Teamwork",
        "Wrok again",
    ]


def test_what_was_typed_right_goes_before_what_was_not() -> None:
    titles = [f"Wrok {n}" for n in range(60)] + ["Work"]
    assert found("work", titles)[0] == "Work"


def test_a_whole_account_is_searched() -> None:
    titles = [f"Letter {n}" for n in range(20_000)] + ["The one about knots"]
    assert found("knots", titles) == ["The one about knots"]


def test_several_stored_values_give_exactly_theirs_in_the_order_asked() -> None:
    index = OptionIndex(Candidate(title, str(n)) for n, title in enumerate(TITLES))
    options = index.search(SearchQuery("", ("7", "gone", "2", "7", "0")))
    assert [option.value for option in options] == ["7", "2", "0"]


def labels(*candidates: Candidate) -> list[str]:
    return [option.label for option in OptionIndex(candidates).search(SearchQuery(""))]


def test_a_number_that_is_part_of_a_title_is_taken_by_nobody_else() -> None:
    same = [Candidate("Notes", str(n)) for n in range(3)]
    assert len(set(labels(*same, Candidate("Notes (2)", "x"), Candidate("Notes (3)", "y")))) == 5


def test_long_titles_that_are_cut_to_the_same_words_are_told_apart() -> None:
    long = "word " * 40
    made = labels(Candidate(long + "one", "1"), Candidate(long + "two", "2"))
    assert len(set(made)) == 2


TEXT = st.text(max_size=40) | st.sampled_from(["a", "A", "á", " ", "a (2)", "a b", "ﬃ", "İ", "ß"])
CANDIDATES = st.lists(
    st.builds(
        Candidate, TEXT, st.text(max_size=8), st.none() | st.sampled_from(["1 May", "2 May"])
    ),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(CANDIDATES, TEXT)
def test_whatever_is_typed_the_options_are_few_different_and_the_same_each_time(
    candidates: list[Candidate], typed: str
) -> None:
    def search(*query: Any) -> list[Any]:
        return OptionIndex(candidates).search(SearchQuery(*query))

    options = search(typed, (typed,))
    assert options == search(typed, (typed,))
    assert len(options) <= MAX_OPTIONS
    every = {option.value: option.label for option in search("", ())}
    assert len(set(every.values())) == len(every)
    assert all(every[option.value] == option.label for option in options)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text("abcé -'&1", min_size=1, max_size=20), min_size=1, max_size=12))
def test_every_title_is_found_by_itself(titles: list[str]) -> None:
    for title in filter(str.strip, titles):
        index = OptionIndex(Candidate(each, f"value {n}") for n, each in enumerate(titles))
        options = index.search(SearchQuery(title, (title,)))
        assert f"value {titles.index(title)}" in [option.value for option in options]


@pytest.mark.parametrize("typed", ["\x00", "\ud800", "(" * 200, "a" * 100_000, "(a+)+$", "%", "\\"])
def test_nothing_typed_is_an_error(typed: str) -> None:
    assert isinstance(found(typed), list)
