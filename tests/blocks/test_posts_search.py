"""The search field for posts: equal titles, and drafts opened again before all posts are loaded."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from support.blocks.served import find

from plugin_server.blocks.base import Option, SearchQuery
from plugin_server.errors import ContentNotFound
from plugin_server.examples.sample_accounts import SampleAccount, typical_account
from plugin_server.kit.posts import Posts

Maker = Callable[..., Any]
ANY = SearchQuery("")


def test_an_account_without_posts_says_what_to_do(account: Maker) -> None:
    with pytest.raises(ContentNotFound, match="no published posts yet"):
        find("post").search("post", SearchQuery(""), account())


def test_a_search_tells_equal_titles_apart(account: Maker, a_post: Maker) -> None:
    older = a_post(id=6, published_at=datetime(2024, 10, 7, tzinfo=UTC))
    options = find("post").search("post", SearchQuery(""), account(a_post(), older))

    assert [(o.label, o.value) for o in options] == [
        ("A title · October 8, 2024", "7"),
        ("A title · October 7, 2024", "6"),
    ]


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("America/New_York", ("October 7, 2024", "October 6, 2024")),
        ("America/St_Johns", ("October 8, 2024", "October 6, 2024")),
        ("Europe/Berlin", ("October 8, 2024", "October 7, 2024")),
        ("Pacific/Kiritimati", ("October 8, 2024", "October 7, 2024")),
    ],
)
def test_a_search_tells_equal_titles_apart_by_days_of_the_accounts_zone(
    account: Maker, a_post: Maker, zone: str, days: tuple[str, str]
) -> None:
    older = a_post(id=6, published_at=datetime(2024, 10, 7, tzinfo=UTC))
    another = a_post(id=5, title="Another", published_at=datetime(2024, 10, 6, tzinfo=UTC))
    kit = account(a_post(), older, another, zone=ZoneInfo(zone))
    search = find("post").search
    for query in (ANY, SearchQuery("titl"), SearchQuery("", ("7", "6"))):
        labels = [option.label for option in search("post", query, kit)]
        assert labels[:2] == [f"A title · {day}" for day in days]
    # The creator has moved.
    labels = [option.label for option in search("post", ANY, replace(kit, zone=UTC))]
    assert labels == ["A title · October 8, 2024", "A title · October 7, 2024", "Another"]


def test_a_stored_choice_finds_its_label_again(account: Maker, a_post: Maker) -> None:
    posts = [a_post(id=n, title=f"Title {n}") for n in range(1, 60)]
    query = SearchQuery("55", values=("55",))

    assert find("post").search("post", query, account(*posts)) == [Option("Title 55", "55")]


class ColdAccount(SampleAccount):
    """An account of whose list only the two newest posts have come."""

    def published_posts(self) -> Posts:
        return Posts(self.posts[:2], is_whole=False)


@pytest.fixture
def cold() -> ColdAccount:
    return ColdAccount(**vars(replace(typical_account())))


@pytest.mark.parametrize(
    ("block", "setting", "stored"),
    [
        ("post", "post", ("4158",)),
        ("post_list", "posts", ("4158", "4169", "4156")),
        ("post_list", "posts", ("4156", "4158")),
    ],
)
def test_stored_values_give_exactly_their_posts_in_order(
    cold: ColdAccount, block: str, setting: str, stored: tuple[str, ...]
) -> None:
    text = stored[0] if len(stored) == 1 else ""
    options = find(block).search(setting, SearchQuery(text, stored), cold)
    assert [option.value for option in options] == list(stored)


def test_digits_that_are_no_post_are_looked_for_in_titles(cold: ColdAccount) -> None:
    assert find("post").search("post", SearchQuery("2026", ("2026",)), cold) == []
    options = find("post").search("post", SearchQuery("tide", ("tide",)), cold)
    assert [option.value for option in options] == ["4169"]
