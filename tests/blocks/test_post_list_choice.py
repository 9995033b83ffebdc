"""Which posts the Post list block shows: the newest, those chosen, those since a day."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from support.blocks.block_html import texts
from support.blocks.served import find

from plugin_server.blocks.base import Option, SearchQuery
from plugin_server.blocks.post_list import MAX_POSTS
from plugin_server.errors import ContentNotFound, SettingsInvalid
from plugin_server.examples.sample_accounts import SampleAccount

Maker = Callable[..., Any]


@pytest.mark.parametrize(("count", "shown"), [(1, 1), (10, 10)])
def test_a_creator_says_how_many(show_list: Maker, count: int, shown: int) -> None:
    assert len(texts(show_list(count=count), "h2")) == shown


def test_fewer_posts_than_the_chosen_number_are_all_shown(
    show_list: Maker, account: Maker, a_post: Maker
) -> None:
    assert texts(show_list(account(a_post()), count=10), "h2") == ["A title"]


def test_chosen_posts_are_shown_in_the_order_of_the_choice(show_list: Maker) -> None:
    html = show_list(source="chosen", posts=["3", "11", "5", "1"], count=2)

    assert texts(html, "h2") == ["Title 3", "Title 11", "Title 5", "Title 1"]


def test_no_more_than_ten_chosen_posts_are_shown(show_list: Maker) -> None:
    html = show_list(source="chosen", posts=[str(n) for n in range(1, 13)])

    assert texts(html, "h2") == [f"Title {n}" for n in range(1, MAX_POSTS + 1)]


def test_a_chosen_post_that_is_gone_is_left_out(show_list: Maker) -> None:
    assert texts(show_list(source="chosen", posts=["3", "99", "5"]), "h2") == ["Title 3", "Title 5"]


def test_no_chosen_post_left_gives_a_sentence_for_the_creator(show_list: Maker) -> None:
    with pytest.raises(ContentNotFound, match="were deleted or unpublished. Choose others"):
        show_list(source="chosen", posts=["98", "99"])


def test_chosen_posts_have_to_be_chosen(show_list: Maker) -> None:
    with pytest.raises(SettingsInvalid, match='"Chosen posts" is not set'):
        show_list(source="chosen")


@pytest.mark.parametrize(
    ("since", "shown"),
    [
        ("2024-11-08T00:00:00.000Z", ["Title 12", "Title 11"]),
        ("2024-11-09T00:00:00.000Z", ["Title 12"]),
        ("2024-11-07T20:00:00.000Z", ["Title 12", "Title 11"]),  # 8 November in Dubai
        ("2020-01-01T00:00:00.000Z", ["Title 12", "Title 11", "Title 10", "Title 9"]),
    ],
)
def test_posts_since_a_day_are_those_dated_so(
    show_list: Maker, since: str, shown: list[str]
) -> None:
    assert texts(show_list(source="since", since=since, count=4), "h2") == shown


@pytest.mark.parametrize(
    ("zone", "since", "shown"),
    [
        # The posts are of 03:00 UTC on the 8th: in New York of the evening before.
        ("America/New_York", "2024-11-07T05:00:00.000Z", ["Title 12", "Title 11"]),
        ("America/New_York", "2024-11-08T05:00:00.000Z", ["Title 12"]),
        ("Pacific/Pago_Pago", "2024-11-07T11:00:00.000Z", ["Title 12", "Title 11"]),
        ("Pacific/Pago_Pago", "2024-11-08T11:00:00.000Z", ["Title 12"]),
        ("America/St_Johns", "2024-11-08T03:30:00.000Z", ["Title 12"]),
        ("Asia/Kolkata", "2024-11-07T18:30:00.000Z", ["Title 12", "Title 11"]),
        # Midnight of the 8th, and of the 9th, 13 and 14 hours ahead.
        ("Pacific/Auckland", "2024-11-07T11:00:00.000Z", ["Title 12", "Title 11"]),
        ("Pacific/Auckland", "2024-11-08T11:00:00.000Z", ["Title 12"]),
        ("Pacific/Kiritimati", "2024-11-07T10:00:00.000Z", ["Title 12", "Title 11"]),
        ("Pacific/Kiritimati", "2024-11-08T10:00:00.000Z", ["Title 12"]),
        # Picked in Dubai, for accounts elsewhere.
        ("America/New_York", "2024-11-06T20:00:00.000Z", ["Title 12", "Title 11"]),
        ("America/New_York", "2024-11-07T20:00:00.000Z", ["Title 12"]),
        ("Pacific/Kiritimati", "2024-11-07T20:00:00.000Z", ["Title 12", "Title 11"]),
    ],
)
def test_posts_are_dated_and_filtered_by_days_of_the_accounts_zone(
    show_list: Maker, many: SampleAccount, zone: str, since: str, shown: list[str]
) -> None:
    kit = replace(many, zone=ZoneInfo(zone))
    html = show_list(kit, source="since", since=since, count=4)
    assert texts(html, "h2") == shown
    day = "7" if zone in ("America/New_York", "Pacific/Pago_Pago", "America/St_Johns") else "8"
    assert f"December {day}, 2024" in texts(html, "p")


@pytest.mark.parametrize("show_date", [True, False])
@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Pacific/Kiritimati", "2024-12-10"),
        ("Pacific/Auckland", "2024-12-10"),
        ("America/New_York", "2024-12-09"),
    ],
)
def test_no_post_since_a_day_names_the_day_of_the_accounts_zone(
    show_list: Maker, many: SampleAccount, zone: str, day: str, show_date: bool
) -> None:
    kit = replace(many, zone=ZoneInfo(zone))
    midnight = datetime.fromisoformat(day).replace(tzinfo=kit.zone).astimezone(UTC)
    named = rf"on December {int(day[-2:])}, 2024 or later"
    with pytest.raises(ContentNotFound, match=named):
        show_list(kit, source="since", since=midnight.isoformat(), show_date=show_date)


def test_a_post_without_a_date_is_not_since_any(
    show_list: Maker, account: Maker, a_post: Maker
) -> None:
    undated = account(a_post(), a_post(id=8, title="Undated", published_at=None))

    assert texts(show_list(undated, source="since", since="2020-01-01"), "h2") == ["A title"]


def test_no_post_since_a_day_gives_a_sentence_with_the_day(show_list: Maker) -> None:
    with pytest.raises(ContentNotFound, match="on December 9, 2024 or later. Pick an earlier"):
        show_list(source="since", since="2024-12-09T00:00:00.000Z")


def test_a_date_has_to_be_picked(show_list: Maker) -> None:
    with pytest.raises(SettingsInvalid, match='"Published since" is not set'):
        show_list(source="since")


@pytest.mark.parametrize("source", [{}, {"source": "since", "since": "2024-01-01"}])
def test_an_account_without_posts_says_what_to_do(
    show_list: Maker, account: Maker, source: dict[str, str]
) -> None:
    with pytest.raises(ContentNotFound, match="no published posts yet"):
        show_list(account(), **source)
    with pytest.raises(ContentNotFound, match="no published posts yet"):
        find("post_list").search("posts", SearchQuery(""), account())


def test_a_search_offers_posts_and_finds_the_stored_ones_again(many: SampleAccount) -> None:
    search = find("post_list").search

    newest = search("posts", SearchQuery(""), many)
    assert [option.value for option in newest] == [str(n) for n in range(12, 0, -1)]
    assert [o.label for o in search("posts", SearchQuery("title 7"), many)][0] == "Title 7"
    assert search("posts", SearchQuery("", values=("3", "11")), many) == [
        Option("Title 3", "3"),
        Option("Title 11", "11"),
    ]
