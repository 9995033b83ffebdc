"""Labels of options: short, and no two the same to a reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.blocks.search import LONG_TITLE, index_of, labels, some_text, some_titles

from plugin_server.blocks.base import Option, SearchQuery
from plugin_server.blocks.search import MAX_OPTIONS, Candidate, OptionIndex


def test_equal_titles_are_distinguished_by_their_date_and_then_by_number() -> None:
    same = [
        Candidate("News", "1", "3 May 2024"),
        Candidate("News", "2", "2 May 2024"),
        Candidate("News", "3", "2 May 2024"),
        Candidate("News", "4"),
        Candidate("Other", "5", "2 May 2024"),
    ]

    assert labels(OptionIndex(same)) == [
        "News · 3 May 2024",
        "News · 2 May 2024",
        "News · 2 May 2024 (2)",
        "News",
        "Other",
    ]


@pytest.mark.parametrize("twin", ["news", "NEWS ", "Ne\u200bws", "Néws", "N\u0065ws"])
def test_titles_that_look_alike_are_distinguished_too(twin: str) -> None:
    index = OptionIndex([Candidate("News", "a", "3 May"), Candidate(twin, "b", "2 May")])

    assert [label[-5:] for label in labels(index)] == ["3 May", "2 May"]


def test_a_number_that_is_part_of_a_title_is_passed_over() -> None:
    assert labels(index_of(["News", "News", "News (2)", "News"])) == [
        "News",
        "News (3)",
        "News (2)",
        "News (4)",
    ]


def test_a_date_that_is_part_of_a_title_is_passed_over() -> None:
    assert labels(index_of(["News", "News · 2 May", "News"], "2 May")) == [
        "News · 2 May (2)",
        "News · 2 May",
        "News · 2 May (3)",
    ]


def test_a_label_is_the_same_in_a_list_and_in_a_restored_draft() -> None:
    same = [Candidate("News", "1", "3 May 2024"), Candidate("News", "2", "2 May 2024")]

    assert OptionIndex(same).search(SearchQuery("2", ("2",))) == [Option("News · 2 May 2024", "2")]


def test_they_are_short_and_never_empty() -> None:
    shown = labels(index_of(["word " * 60, " ", "", "\u0301", "\ufffd"]))

    assert shown[0].endswith("word…")
    assert len(shown[0]) <= 80
    assert shown[1:] == ["Untitled", "Untitled (2)", "Untitled (3)", "Untitled (4)"]


def test_a_post_without_a_title_is_found_by_its_label() -> None:
    assert labels(index_of(["News", "\u200d"]), "untit") == ["Untitled"]


def test_long_titles_that_are_cut_to_the_same_words_are_distinguished() -> None:
    shown = labels(index_of([f"{LONG_TITLE} {n}" for n in range(MAX_OPTIONS)], "30 September 2024"))

    assert len(set(shown)) == MAX_OPTIONS
    assert max(map(len, shown)) <= 80
    assert all("· 30 September 2024" in label for label in shown)


@given(some_titles, st.sampled_from([None, "2 May 2024", "2" * 100, "\u200b"]))
def test_no_two_are_equal_and_none_is_long(titles: list[str], detail: str | None) -> None:
    shown = labels(index_of(titles, detail))

    assert len({label.casefold().strip() for label in shown}) == len(titles)
    assert all(0 < len(label) <= 80 for label in shown)


@given(some_titles, some_text)
def test_they_do_not_depend_on_the_query(titles: list[str], text: str) -> None:
    index = index_of(titles)
    everything = {option.value: option for option in index.search(SearchQuery(""))}

    for option in index.search(SearchQuery(text, (text,))):
        assert option == everything[option.value]
        assert index.search(SearchQuery(option.value, (option.value,))) == [option]
