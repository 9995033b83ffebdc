"""Search fields: ranking, labels, and drafts that are opened again."""

import pytest

from plugin_server.blocks.base import Option, SearchQuery
from plugin_server.blocks.options import MAX_OPTIONS, Candidate, OptionIndex

POSTS = [
    Candidate("Brew better coffee", "1", "3 May 2024"),
    Candidate("Éclairs at home", "2", "2 May 2024"),
    Candidate("Home-made bread", "3", "1 May 2024"),
    Candidate("Coffee at home", "4", "30 April 2024"),
    Candidate("Decaf coffeehouse", "5", "29 April 2024"),
    Candidate("Hotcoffee", "6", "28 April 2024"),
]


def values(text: str, *stored: str) -> list[str]:
    return [option.value for option in OptionIndex(POSTS).search(SearchQuery(text, stored or (text,)))]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", ["1", "2", "3", "4", "5", "6"]),
        ("   ", ["1", "2", "3", "4", "5", "6"]),
        ("nothing of the kind", []),
        ("coffee", ["4", "1", "5", "6"]),
        ("COFFEE at", ["4"]),
        ("eclair", ["2"]),
        ("éclair", ["2"]),
        ("home", ["3", "2", "4"]),
        ("(", []),
        (".*", []),
        ("x" * 10_000, []),
    ],
)
def test_titles_are_found_in_the_order_of_their_fit(typed: str, expected: list[str]) -> None:
    assert values(typed) == expected


def test_a_stored_value_gives_exactly_its_option() -> None:
    assert values("4") == ["4"]
    assert values("", "4", "2") == ["4", "2"]


def test_a_stored_value_that_is_gone_gives_nothing() -> None:
    assert values("99") == []
    assert values("", "99") == []


def test_no_more_options_than_a_list_can_show() -> None:
    many = [Candidate(f"Post {n}", str(n)) for n in range(500)]

    assert len(OptionIndex(many).search(SearchQuery(""))) == MAX_OPTIONS
    assert [o.value for o in OptionIndex(many).search(SearchQuery("post"))][:3] == ["0", "1", "2"]


def test_equal_titles_are_told_apart_by_their_date_and_then_by_number() -> None:
    same = [
        Candidate("News", "1", "3 May 2024"),
        Candidate("News", "2", "2 May 2024"),
        Candidate("News", "3", "2 May 2024"),
        Candidate("News", "4"),
        Candidate("Other", "5", "2 May 2024"),
    ]

    assert [option.label for option in OptionIndex(same).search(SearchQuery(""))] == [
        "News · 3 May 2024",
        "News · 2 May 2024",
        "News · 2 May 2024 (2)",
        "News",
        "Other",
    ]


def test_a_label_is_the_same_in_a_list_and_in_a_restored_draft() -> None:
    same = [Candidate("News", "1", "3 May 2024"), Candidate("News", "2", "2 May 2024")]

    assert OptionIndex(same).search(SearchQuery("2", ("2",))) == [Option("News · 2 May 2024", "2")]


def test_labels_are_short_and_never_empty() -> None:
    long = [Candidate("word " * 60, "1"), Candidate(" ", "2"), Candidate("", "3")]
    labels = [option.label for option in OptionIndex(long).search(SearchQuery(""))]

    assert len(labels[0]) <= 80
    assert labels[1:] == ["Untitled", "Untitled (2)"]
