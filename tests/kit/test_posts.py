"""Which posts of Kit's are published, and how its broadcasts stand in for posts."""

from typing import Any

import pytest
from support.kit.in_process import PUBLISHED, Json, page

from plugin_server.errors import ContentNotFound, KitUnreadable

PUBLIC = {"public": True, "published_at": "2026-03-01T08:00:00Z"}


def test_only_published_posts_are_shown_newest_first(account: Any) -> None:
    posts = [
        {"id": 1, "title": "Old", **PUBLISHED, "published_at": "2025-01-01T00:00:00Z"},
        {"id": 2, "title": "Draft", "status": "draft", "published_at": None},
        {"id": 3, "title": "Later", "status": "scheduled", "published_at": "2027-01-01T00:00:00Z"},
        {"id": 4, "title": "New", **PUBLISHED},
    ]
    found = account({"/v4/posts": page("posts", posts)}).published_posts()
    assert [post.title for post in found] == ["New", "Old"]


def test_a_page_that_promises_more_without_a_cursor_is_the_last(account: Any) -> None:
    stuck = {"posts": [], "pagination": {"has_next_page": True, "end_cursor": None}}
    assert account({"/v4/posts": stuck}).published_posts()[:] == ()


def test_an_account_without_the_posts_resource_shows_its_public_broadcasts(account: Any) -> None:
    broadcasts = [
        {"id": 1, "subject": "Public", **PUBLIC, "preview_text": "P"},
        {"id": 2, "subject": "Private", "public": False, "published_at": PUBLIC["published_at"]},
        {"id": 3, "subject": "Draft", "public": True, "published_at": None},
    ]
    found = account({"/v4/broadcasts": page("broadcasts", broadcasts)}).published_posts()
    assert [(post.value, post.title, post.url) for post in found] == [
        ("broadcast-1", "Public", None)
    ]


def test_a_record_that_cannot_be_read_hides_no_other(account: Any) -> None:
    posts = [5, {"id": "x"}, {"id": 2, "title": "Good", **PUBLISHED}]
    found = account({"/v4/posts": page("posts", posts)}).published_posts()
    assert [post.title for post in found] == ["Good"]


def test_times_without_a_zone_are_utc(account: Any) -> None:
    naive = {"id": 1, "status": "published", "published_at": "2026-03-01T09:00:00"}
    found = account({"/v4/posts": page("posts", [naive, {"id": 2, **PUBLISHED}])})
    assert [post.value for post in found.published_posts()] == ["1", "2"]


@pytest.mark.parametrize(
    "times",
    [
        {"published_at": "2027-03-01T08:00:00Z"},
        {"published_at": "2026-03-01T08:00:00Z", "send_at": "2027-03-01T08:00:00Z"},
    ],
)
def test_a_broadcast_that_is_yet_to_be_sent_is_not_shown(
    account: Any, times: dict[str, str]
) -> None:
    broadcast = {"id": 1, "subject": "Later", "public": True, **times}
    responses = {
        "/v4/broadcasts": page("broadcasts", [broadcast]),
        "/v4/broadcasts/1": {"broadcast": broadcast},
    }
    assert account(responses).published_posts()[:] == ()
    assert account(responses).find_post("broadcast-1") is None


def test_an_account_that_shares_neither_is_told_what_to_do(account: Any) -> None:
    with pytest.raises(ContentNotFound, match="Reinstall the app"):
        account({}).published_posts()


@pytest.mark.parametrize("response", [{}, {"posts": None}, {"posts": {}}, {"posts": []}])
def test_a_list_of_another_shape_is_refused(account: Any, response: Json) -> None:
    with pytest.raises(KitUnreadable):
        account({"/v4/posts": response}).published_posts()
