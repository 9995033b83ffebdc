"""Lists of posts: the newest, and all posts of a large account, read from a Kit with given responses."""

from collections.abc import Callable
from dataclasses import replace
from threading import current_thread
from typing import Any

import pytest
from support.kit.in_process import PUBLISHED, Json, Kit, client_over, page
from support.kit.records import a_large_account
from support.waiting import wait_for, wait_until

from plugin_server.errors import KitUnavailable
from plugin_server.kit.account_data import KitAccountData
from plugin_server.kit.api.deadline import Deadline
from plugin_server.kit.api.transport import make_http_client
from plugin_server.kit.cache.cache import Cache
from plugin_server.kit.cache.memory import Entry
from plugin_server.kit.kit_resource import KitSource
from plugin_server.kit.post_source import WHOLE
from plugin_server.kit.posts import Posts, PublishedPost


def all_posts(data: Callable[[], KitAccountData]) -> list[str]:
    """Return the posts' values once the whole list has arrived, and the zone that is read beside it."""
    wait_until(lambda: data().published_posts().is_whole)
    data().time_zone()
    return [post.value for post in data().published_posts()]


def has_new_posts(request: KitAccountData) -> bool:
    """Request the posts, which are renewed if they are old, and return whether they are not."""
    request.published_posts()
    return not request.freshness.stale


def test_every_page_is_read(account: Any, data: Any) -> None:
    first = page("posts", [{"id": 1, **PUBLISHED}], following="WzFd")
    second = page("posts", [{"id": 2, **PUBLISHED}])
    account({"/v4/posts": first, "/v4/posts?WzFd": second})
    assert all_posts(data) == ["1", "2"]


def test_a_page_whose_cursor_leads_back_is_the_last(account: Any, data: Any) -> None:
    circle = page("posts", [{"id": 1, **PUBLISHED}], following="WzFd")
    account({"/v4/posts": circle, "/v4/posts?WzFd": circle})
    assert all_posts(data) == ["1"]


def test_the_newest_are_there_before_the_rest(account: Any, data: Any, kit: Kit) -> None:
    first = page("posts", [{"id": 2, **PUBLISHED}], following="WzFd")
    found = account({"/v4/posts": first}).published_posts()
    assert [post.value for post in found] == ["2"]
    assert not found.is_whole
    wait_until(lambda: "/v4/posts?WzFd" in kit.requested)


def with_drafts_first(*published: int) -> Json:
    """Return responses of an account whose first page is drafts but for some of its posts."""
    responses = a_large_account()
    for each in responses["/v4/posts"]["posts"]:
        if each["id"] not in published:
            each["status"] = "draft"
    return responses


def test_posts_behind_a_page_of_drafts_are_waited_for(account: Any) -> None:
    found = account(with_drafts_first()).published_posts()
    assert [post.value for post in found] == ["3", "2", "1"]


@pytest.mark.parametrize("published", [(), (8,)])
def test_the_newest_posts_are_not_only_those_of_a_page_of_drafts(
    account: Any, published: tuple[int, ...]
) -> None:
    found = account(with_drafts_first(*published)).newest_posts()
    assert [post.value for post in found] == [*map(str, published), "3", "2", "1"]


def test_the_newest_posts_behind_drafts_are_up_to_date_after_a_pause(
    account: Any, data: Any, kit: Kit, clock: Any
) -> None:
    account(with_drafts_first()).newest_posts()
    del kit.responses["/v4/posts?Wzhd"]["posts"][0]
    clock.advance(3600)
    assert [post.value for post in data().newest_posts()] == ["2", "1"]


def test_few_newest_posts_are_better_than_none(account: Any, kit: Kit) -> None:
    kit.before_response = lambda: setattr(kit, "down", len(kit.requested) > 1)
    assert [post.value for post in account(with_drafts_first(8)).newest_posts()] == ["8"]


def test_an_outage_behind_a_page_of_drafts_is_no_absence_of_posts(account: Any, kit: Kit) -> None:
    kit.before_response = lambda: setattr(kit, "down", len(kit.requested) > 1)
    data = account(with_drafts_first())
    for read in (data.newest_posts, data.published_posts):
        with pytest.raises(KitUnavailable):
            read()


def test_what_changes_among_the_newest_is_seen_without_reading_all(
    account: Any, data: Any, kit: Kit, clock: Any
) -> None:
    account(a_large_account())
    assert all_posts(data) == ["9", "8", "3", "2", "1"]
    whole = data().published_posts()
    # 9 is unpublished, 8 renamed, 10 new.
    kit.responses = a_large_account(status="draft")
    kit.responses["/v4/posts"]["posts"][1]["title"] = "Renamed"
    kit.responses["/v4/posts"]["posts"].insert(
        0, {"id": 10, **PUBLISHED, "published_at": "2026-02-01T00:00:00Z"}
    )
    clock.advance(30)
    kit.requested.clear()
    data().published_posts()
    wait_for(lambda: [post.value for post in data().published_posts()], ["10", "8", "3", "2", "1"])
    assert data().published_posts().find("8").title == "Renamed"
    assert kit.requested == ["/v4/posts"]
    assert whole.find("9")  # what a request holds does not change under it


def test_the_zone_of_a_large_account_is_there_when_its_posts_are(
    account: Any, data: Any, kit: Kit
) -> None:
    kit.held_up = "/v4/posts?Wzhd"
    account(a_large_account()).published_posts()
    wait_until(lambda: {"/v4/account", kit.held_up} <= {*kit.requested})
    kit.open.set()
    all_posts(data)
    assert kit.requested.count("/v4/account") == 1


def test_what_does_not_change_stays_the_same_list(account: Any, data: Any, clock: Any) -> None:
    account(a_large_account())
    all_posts(data)
    before = data().published_posts()
    clock.advance(30)
    wait_until(lambda: has_new_posts(data()))
    assert data().published_posts() is before


def test_the_whole_list_is_read_again_after_ten_minutes(
    account: Any, data: Any, kit: Kit, clock: Any
) -> None:
    account(a_large_account())
    all_posts(data)
    del kit.responses["/v4/posts?Wzhd"]["posts"][0]
    clock.advance(600)
    data().published_posts()
    wait_for(lambda: [post.value for post in data().published_posts()], ["9", "8", "2", "1"])


def test_the_whole_list_is_prepared_before_anybody_is_served_it(
    kit: Kit, cache: Cache, clock: Any
) -> None:
    """When it has been read, and again when its start has changed."""
    kit.responses = a_large_account()
    client = client_over(make_http_client(kit))
    prepared: list[tuple[int, str]] = []
    whole = replace(
        WHOLE, prepare=lambda posts: prepared.append((len(posts), current_thread().name))
    )

    def request() -> KitAccountData:
        source = KitSource(client, client, clock)
        return KitAccountData(source, cache.of("26"), Deadline.after(20), whole=whole)

    wait_until(lambda: request().published_posts().is_whole)
    assert prepared == [(5, "kit-load")]
    del kit.responses["/v4/posts"]["posts"][0]
    clock.advance(30)
    request().published_posts()
    wait_until(lambda: len(request().published_posts()) == 4)
    assert prepared == [(5, "kit-load"), (4, "kit-load")]


def test_of_a_list_that_is_too_large_the_newest_posts_and_all_titles_are_kept() -> None:
    def posts(count: int) -> Posts:
        made = (
            PublishedPost(str(n), f"Title {n}", "https://a.example", "x" * 300)
            for n in range(count)
        )
        return Posts(made, is_whole=True)

    fitted = WHOLE.fit(posts(3000), 3_000_000)
    assert WHOLE.weigh(fitted) <= 3_000_000 < WHOLE.weigh(posts(3000))
    assert fitted.is_whole
    assert [post.title for post in fitted] == [post.title for post in posts(3000)]
    assert [fitted[0].is_outline, fitted[199].is_outline] == [False, False]
    assert (fitted[200].is_outline, fitted[200].description) == (True, None)
    assert WHOLE.decode(WHOLE.encode(fitted)) == fitted


def test_of_a_list_that_is_far_too_large_the_oldest_titles_are_left_out() -> None:
    posts = Posts((PublishedPost(str(n), f"Title {n}") for n in range(3000)), is_whole=True)
    fitted = WHOLE.fit(posts, 1_000_000)
    assert 1000 < len(fitted) < 3000
    assert not fitted.is_whole
    assert [post.value for post in fitted] == [post.value for post in posts[: len(fitted)]]


def test_the_outline_of_a_post_is_not_shown(
    account: Any, data: Any, kit: Kit, cache: Cache, clock: Any
) -> None:
    account(a_large_account())
    all_posts(data)
    outline = Posts([PublishedPost("3", "Post 3", is_outline=True)], is_whole=False)
    cache.memory.save(("26", WHOLE.name), Entry(outline, clock(), 1000))
    kit.down = True
    with pytest.raises(KitUnavailable):
        data().find_post("3")


def test_a_post_that_moves_up_takes_no_others_with_it(
    account: Any, data: Any, kit: Kit, clock: Any
) -> None:
    account(a_large_account())
    all_posts(data)
    records = kit.responses["/v4/posts"]["posts"]
    records.insert(0, kit.responses["/v4/posts?Wzhd"]["posts"][-1])
    clock.advance(30)
    wait_until(lambda: has_new_posts(data()))
    assert sorted(post.value for post in data().published_posts()) == ["1", "2", "3", "8", "9"]
