"""What blocks see of an account, read from a Kit that answers as told."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from plugin_server.errors import ContentNotFound, KitRejected, KitUnavailable
from plugin_server.kit.account_data import KitAccountData
from plugin_server.kit.client import KitClient
from plugin_server.kit.credentials import BearerAuth
from plugin_server.kit.http import make_http_client

Answers = dict[str, Any]
PUBLISHED = {"status": "published", "published_at": "2026-03-01T08:00:00Z"}
PUBLIC = {"public": True, "published_at": "2026-03-01T08:00:00Z"}


def page(member: str, records: list[Any], *, following: str | None = None) -> Answers:
    pagination = {"has_next_page": following is not None, "end_cursor": following}
    return {member: records, "pagination": pagination}


@pytest.fixture
def account(clock: Any) -> Callable[[Answers], KitAccountData]:
    """A function from path (with cursor) to answer, to an account that reads those."""

    def make(answers: Answers) -> KitAccountData:
        def kit(request: httpx2.Request) -> httpx2.Response:
            assert request.headers["Authorization"] == "Bearer kit-token"
            cursor = request.url.params.get("after")
            path = request.url.path + (f"?{cursor}" if cursor else "")
            if path not in answers:
                return httpx2.Response(404, json={"errors": ["Not Found"]})
            return httpx2.Response(200, json=answers[path])

        http = make_http_client(httpx2.MockTransport(kit))
        return KitAccountData(
            KitClient(http, "https://kit.example", BearerAuth(SecretStr("kit-token"))), clock
        )

    return make


def test_only_published_posts_are_shown_newest_first(account: Any) -> None:
    posts = [
        {"id": 1, "title": "Old", **PUBLISHED, "published_at": "2025-01-01T00:00:00Z"},
        {"id": 2, "title": "Draft", "status": "draft", "published_at": None},
        {"id": 3, "title": "Later", "status": "scheduled", "published_at": "2027-01-01T00:00:00Z"},
        {"id": 4, "title": "New", **PUBLISHED},
    ]
    found = account({"/v4/posts": page("posts", posts)}).published_posts()
    assert [post.title for post in found] == ["New", "Old"]


def test_every_page_is_read(account: Any) -> None:
    first = page("posts", [{"id": 1, **PUBLISHED}], following="WzFd")
    second = page("posts", [{"id": 2, **PUBLISHED}])
    found = account({"/v4/posts": first, "/v4/posts?WzFd": second}).published_posts()
    assert {post.value for post in found} == {"1", "2"}


def test_a_page_that_promises_more_without_a_cursor_is_the_last(account: Any) -> None:
    stuck = {"posts": [], "pagination": {"has_next_page": True, "end_cursor": None}}
    assert account({"/v4/posts": stuck}).published_posts() == []


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


def test_a_page_whose_cursor_leads_back_is_the_last(account: Any) -> None:
    circle = page("posts", [{"id": 1, **PUBLISHED}], following="WzFd")
    found = account({"/v4/posts": circle, "/v4/posts?WzFd": circle}).published_posts()
    assert len(found) == 2


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
    answers = {
        "/v4/broadcasts": page("broadcasts", [broadcast]),
        "/v4/broadcasts/1": {"broadcast": broadcast},
    }
    assert account(answers).published_posts() == []
    assert account(answers).find_post("broadcast-1") is None


def test_an_account_that_shares_neither_is_told_what_to_do(account: Any) -> None:
    with pytest.raises(ContentNotFound, match="Reinstall the app"):
        account({}).published_posts()


def test_null_fields_are_survived(account: Any) -> None:
    bare = {"id": 1, "title": None, "description": None, "thumbnail_url": None, **PUBLISHED}
    found = account({"/v4/posts/1": {"post": bare}}).find_post("1")
    assert (found.title, found.description, found.url) == ("Untitled", None, None)


@pytest.mark.parametrize(
    "value", ["", "999", "-1", "1/../2", "٣", "broadcast-", "broadcast-9", "broadcast-x", "1e3"]
)
def test_a_value_that_leads_nowhere_finds_nothing(account: Any, value: str) -> None:
    assert account({}).find_post(value) is None


@pytest.mark.parametrize("status", ["draft", "scheduled", None])
def test_a_post_that_was_unpublished_is_gone(account: Any, status: str | None) -> None:
    post = {"id": 1, "title": "T", **PUBLISHED, "status": status}
    assert account({"/v4/posts/1": {"post": post}}).find_post("1") is None


@pytest.mark.parametrize("answer", [{}, {"posts": None}, {"posts": {}}, {"posts": []}])
def test_a_list_of_another_shape_is_refused(account: Any, answer: Answers) -> None:
    with pytest.raises(KitRejected):
        account({"/v4/posts": answer}).published_posts()


def test_an_outage_is_not_taken_for_an_absence(clock: Any) -> None:
    http = make_http_client(httpx2.MockTransport(lambda _: httpx2.Response(500)))
    data = KitAccountData(KitClient(http, "https://kit.example", BearerAuth(SecretStr("t"))), clock)
    with pytest.raises(KitUnavailable):
        data.find_post("1")
