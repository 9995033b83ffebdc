"""Single posts: read by themselves or with the newest, read from a Kit with given responses."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from support.kit.in_process import PUBLISHED, Kit, page
from support.kit.records import a_large_account
from support.waiting import wait_until

from plugin_server.errors import KitUnavailable


def test_one_response_brings_all_of_the_newest_up_to_date(
    account: Any, data: Any, kit: Kit, clock: Any
) -> None:
    responses = a_large_account()
    for each in responses["/v4/posts"]["posts"]:
        each["description"] = "Written"
    account(responses)
    wait_until(lambda: data().published_posts().is_whole)
    kit.requested.clear()
    clock.advance(31)
    assert [data().find_post(value).title for value in ("9", "8")] == ["Post 9", "Post 8"]
    assert kit.requested == ["/v4/posts"]


def test_a_post_is_read_by_itself_where_the_list_does_not_have_it(
    account: Any, data: Any, kit: Kit, clock: Any
) -> None:
    account({**a_large_account(), "/v4/posts/3": {"post": {"id": 3, "title": "Old", **PUBLISHED}}})
    assert data().find_post("3").title == "Old"
    clock.advance(14)
    assert data().find_post("3").title == "Old"
    assert kit.requested == ["/v4/posts", "/v4/posts/3"]
    kit.responses["/v4/posts/3"]["post"]["title"] = "Renamed"
    clock.advance(30)
    assert data().find_post("3").title == "Renamed"
    assert kit.requested == ["/v4/posts", "/v4/posts/3", "/v4/posts/3"]


def test_who_does_not_know_the_newest_requests_them_and_not_each_post(
    account: Any, data: Any, kit: Kit
) -> None:
    responses = a_large_account()
    for each in responses["/v4/posts"]["posts"]:
        each["description"] = "Written"
    account(responses)
    assert [data().find_post(value).title for value in ("9", "8")] == ["Post 9", "Post 8"]
    assert [post.title for post in data().find_posts(["9", "8"])] == ["Post 9", "Post 8"]
    assert kit.requested == ["/v4/posts"]


def test_a_post_is_read_by_itself_where_there_is_no_list(
    account: Any, data: Any, kit: Kit, clock: Any
) -> None:
    account({"/v4/posts/3": {"post": {"id": 3, "title": "Old", **PUBLISHED}}})
    for _ in range(3):
        assert data().find_post("3").title == "Old"
    clock.advance(3600)
    assert data().find_post("3").title == "Old"
    assert kit.requested == ["/v4/posts", "/v4/broadcasts", "/v4/posts/3", "/v4/posts/3"]


def test_what_a_block_expects_is_on_its_way_before_it_waits(
    account: Any, data: Any, kit: Kit
) -> None:
    responses = {
        **a_large_account(description="Written"),
        "/v4/account/colors": {"colors": ["#123456"]},
    }
    account(responses)
    together = Barrier(3)  # all are on their way before any gets a response
    kit.before_response = lambda: together.wait(20)
    request = data()
    request.prefetch(brand_colors=True, time_zone=True)
    assert request.find_post("9").title == "Post 9"
    assert request.brand_colors() == ("#123456",)
    request.time_zone()
    data().prefetch(brand_colors=True, time_zone=True)
    assert sorted(kit.requested) == ["/v4/account", "/v4/account/colors", "/v4/posts"]


def test_several_posts_come_in_the_given_order_and_are_requested_at_once(
    account: Any, data: Any, kit: Kit
) -> None:
    single = {f"/v4/posts/{n}": {"post": {"id": n, **PUBLISHED}} for n in (1, 2, 3)}
    account({"/v4/posts": page("posts", []), **single}).newest_posts()
    together = Barrier(4)  # three reads are on their way before any gets a response
    kit.before_response = lambda: together.wait(20)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(data().find_posts, ["3", "1", "nonsense", "2"])
        together.wait(20)
        kit.before_response = lambda: None
        assert [post.value for post in waiting.result(20)] == ["3", "1", "2"]


def test_what_the_lists_know_is_shown_while_kit_is_down(
    account: Any, data: Any, kit: Kit, clock: Any
) -> None:
    account(a_large_account())
    wait_until(lambda: data().published_posts().is_whole)
    kit.down = True
    for value in ("9", "3"):
        request = data()
        assert request.find_post(value).title == f"Post {value}"
        assert request.freshness.stale
    with pytest.raises(KitUnavailable):
        data().find_post("77")


def test_the_opening_of_a_text_stands_in_for_a_description(
    account: Any, data: Any, kit: Kit
) -> None:
    responses = a_large_account()
    text = "<style>p{}</style><p>Dear <b>reader</b>,</p>" + "<p>word </p>" * 5000
    responses["/v4/posts/9"] = {"post": {"id": 9, **PUBLISHED, "content": text}}
    account(responses).published_posts()
    description = data().find_post("9").description
    assert description.startswith("Dear reader, word")
    assert len(description) <= 300  # more of the text is not cached


def test_kit_that_is_down_takes_nothing_away(account: Any, data: Any, kit: Kit, clock: Any) -> None:
    responses = {"/v4/posts/3": {"post": {"id": 3, **PUBLISHED}}, **a_large_account()}
    account(responses).find_post("3")
    wait_until(lambda: data().published_posts().is_whole)
    kit.down = True
    clock.advance(3600)
    request = data()
    assert request.find_post("3").value == "3"
    assert len(request.published_posts()) == 5
    assert (request.freshness.stale, request.freshness.age) == (True, 3600)
    kit.down = False
    clock.advance(5)
    request = data()
    request.find_post("3")
    assert (request.freshness.stale, request.freshness.loaded) == (False, True)


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


def test_an_outage_is_not_taken_for_an_absence(account: Any, kit: Kit) -> None:
    kit.down = True
    with pytest.raises(KitUnavailable):
        account({}).find_post("1")
