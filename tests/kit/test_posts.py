"""Which posts of Kit's are published, and how its broadcasts stand in for posts."""

from typing import Any

import httpx2
import pytest
from support.kit.in_process import PUBLISHED, Json, Kit, client_over, page
from support.waiting import wait_until

from plugin_server.errors import ContentNotFound, KitForbidden, KitUnreadable
from plugin_server.kit.account_data import KitAccountData
from plugin_server.kit.api.deadline import Deadline
from plugin_server.kit.api.transport import make_http_client
from plugin_server.kit.kit_resource import KitSource

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


@pytest.mark.parametrize(
    ("status", "is_shown"),
    [
        ("completed", True),
        ("draft", False),
        ("scheduled", False),
        ("sending", False),
        ("aborted", False),
        ("a word of tomorrow", False),
    ],
)
def test_a_broadcast_is_shown_once_it_was_sent(account: Any, status: str, is_shown: bool) -> None:
    broadcast = {"id": 1, "subject": "Sent", "status": status, "send_at": None, **PUBLIC}
    found = account({"/v4/broadcasts": page("broadcasts", [broadcast])}).published_posts()
    assert bool(found) is is_shown


LINK = "https://tides.kit.com/posts/boats"


def many_broadcasts(kit: Kit) -> None:
    """Give a Kit broadcasts on two pages, without their URL and text where these are left out."""
    whole = [
        {
            "id": id_,
            "subject": f"Letter {id_}",
            "status": "completed",
            "public": id_ in (28, 27, 1),
            "published_at": f"2026-01-{id_:02}T00:00:00Z",
            "public_url": f"{LINK}-{id_}",
            "content": f"<p>Text {id_}</p>",
        }
        for id_ in range(28, 0, -1)
    ]
    kit.responses = {f"/v4/broadcasts/{each['id']}": {"broadcast": each} for each in whole}

    def respond() -> None:
        slim = kit.queries[-1].get("slim") == "true"
        left_out = ("content", "public_url") if slim else ()
        records = [
            {name: value for name, value in each.items() if name not in left_out}
            for each in (whole if slim else whole[:25])
        ]
        following = None if slim else "WzRd"
        kit.responses["/v4/broadcasts"] = page("broadcasts", records, following=following)

    kit.before_response = respond


def test_a_broadcast_links_to_where_it_is_published(data: Any, kit: Kit) -> None:
    many_broadcasts(kit)
    newest = data().published_posts()[0]
    assert (newest.url, newest.description) == (f"{LINK}-28", "Text 28")
    assert data().find_post("broadcast-28").url == f"{LINK}-28"
    assert data().find_post("broadcast-1").url == f"{LINK}-1"


def test_all_broadcasts_are_requested_without_their_text(data: Any, kit: Kit) -> None:
    many_broadcasts(kit)
    wait_until(lambda: data().published_posts().is_whole)
    found = data().published_posts()
    assert [post.value for post in found] == ["broadcast-28", "broadcast-27", "broadcast-1"]
    assert found[-1].is_outline
    slim = [query for query in kit.queries if query.get("slim") == "true"]
    assert slim == [{"per_page": "1000", "slim": "true"}]


def test_an_old_broadcast_among_the_newest_is_shown_as_whole_as_the_others(
    data: Any, kit: Kit
) -> None:
    many_broadcasts(kit)
    shown = data().newest_posts()
    assert [(post.url, post.description) for post in shown] == [
        (f"{LINK}-{id_}", f"Text {id_}") for id_ in (28, 27, 1)
    ]
    single = [path for path in kit.requested if path.startswith("/v4/broadcasts/")]
    assert single == ["/v4/broadcasts/1"]


def test_a_plan_that_does_not_include_broadcasts_is_named_to_the_creator(cache: Any) -> None:
    def kit(request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/v4/posts":
            return httpx2.Response(404, json={"errors": ["Not Found"]})
        return httpx2.Response(403, json={"errors": ["Upgrade to read broadcasts"]})

    with make_http_client(httpx2.MockTransport(kit)) as http:
        client = client_over(http)
        source = KitSource(client, client, lambda: 0.0)
        with pytest.raises(KitForbidden) as error:
            KitAccountData(source, cache.of("26"), Deadline.after(20)).published_posts()
    assert error.value.messages[1] == "Kit says: Upgrade to read broadcasts."


def test_an_account_that_shares_neither_learns_what_to_do(account: Any) -> None:
    with pytest.raises(ContentNotFound, match="Reinstall the app"):
        account({}).published_posts()


@pytest.mark.parametrize("response", [{}, {"posts": None}, {"posts": {}}, {"posts": []}])
def test_a_list_of_another_shape_is_refused(account: Any, response: Json) -> None:
    with pytest.raises(KitUnreadable):
        account({"/v4/posts": response}).published_posts()
