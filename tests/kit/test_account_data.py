"""What blocks see of an account, read from a Kit that answers as told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier, current_thread
from typing import Any

import pytest
from support.reading import PUBLISHED, Json, Kit, client_over, page
from support.waiting import wait_for, wait_until

from plugin_server.errors import ContentNotFound, KitUnavailable, KitUnreadable
from plugin_server.kit.account_data import KitAccountData
from plugin_server.kit.api.deadline import Deadline
from plugin_server.kit.api.transport import make_http_client
from plugin_server.kit.cache.cache import Cache
from plugin_server.kit.cache.memory import Entry
from plugin_server.kit.catalog import Catalog
from plugin_server.kit.post_source import PostSource
from plugin_server.kit.posts import WHOLE, Posts, PublishedPost

PUBLIC = {"public": True, "published_at": "2026-03-01T08:00:00Z"}


@pytest.fixture
def kit() -> Kit:
    return Kit()


@pytest.fixture
def account(kit: Kit, data: Callable[[], KitAccountData]) -> Callable[[Json], KitAccountData]:
    """A function from what Kit answers to the account that reads it."""

    def make(answers: Json) -> KitAccountData:
        kit.responses = answers
        return data()

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


def all_posts(data: Callable[[], KitAccountData]) -> list[str]:
    """Return the posts' values once the whole list has arrived, and the zone that is read beside it."""
    wait_until(lambda: data().published_posts().is_whole)
    data().time_zone()
    return [post.value for post in data().published_posts()]


def has_new_posts(request: KitAccountData) -> bool:
    """Ask for the posts, which are renewed if they are old, and return whether they are not."""
    request.published_posts()
    return not request.freshness.stale


def test_every_page_is_read(account: Any, data: Any) -> None:
    first = page("posts", [{"id": 1, **PUBLISHED}], following="WzFd")
    second = page("posts", [{"id": 2, **PUBLISHED}])
    account({"/v4/posts": first, "/v4/posts?WzFd": second})
    assert all_posts(data) == ["1", "2"]


def test_the_newest_are_there_before_the_rest(account: Any, data: Any, kit: Kit) -> None:
    first = page("posts", [{"id": 2, **PUBLISHED}], following="WzFd")
    found = account({"/v4/posts": first}).published_posts()
    assert [post.value for post in found] == ["2"]
    assert not found.is_whole
    wait_until(lambda: "/v4/posts?WzFd" in kit.requested)


def a_large_account(**newest: Any) -> Json:
    """Return answers of an account whose newest posts are 9 and 8, and whose others are 3 to 1."""

    def record(id_: int, **changes: Any) -> Json:
        moment = f"2026-01-0{id_}T00:00:00Z"
        return {"id": id_, "title": f"Post {id_}", **PUBLISHED, "published_at": moment, **changes}

    head = [record(9, **newest), record(8)]
    return {
        "/v4/posts": page("posts", head, following="Wzhd"),
        "/v4/posts?Wzhd": page("posts", [record(each) for each in (3, 2, 1)]),
    }


def with_drafts_first(*published: int) -> Json:
    """Return answers of an account whose first page is drafts but for some of its posts."""
    answers = a_large_account()
    for each in answers["/v4/posts"]["posts"]:
        if each["id"] not in published:
            each["status"] = "draft"
    return answers


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
    for ask in (data.newest_posts, data.published_posts):
        with pytest.raises(KitUnavailable):
            ask()


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
    """When it has been read, and again when its beginning has changed."""
    kit.responses = a_large_account()
    client = client_over(make_http_client(kit))
    prepared: list[tuple[int, str]] = []
    whole = replace(
        WHOLE, prepare=lambda posts: prepared.append((len(posts), current_thread().name))
    )

    def request() -> KitAccountData:
        sources = PostSource(client, client, clock), Catalog(client, client)
        return KitAccountData(*sources, cache.of("26"), Deadline.after(20), whole=whole)

    wait_until(lambda: request().published_posts().is_whole)
    assert prepared == [(5, "kit-load")]
    del kit.responses["/v4/posts"]["posts"][0]
    clock.advance(30)
    request().published_posts()
    wait_until(lambda: len(request().published_posts()) == 4)
    assert prepared == [(5, "kit-load"), (4, "kit-load")]


def test_one_answer_brings_all_of_the_newest_up_to_date(
    account: Any, data: Any, kit: Kit, clock: Any
) -> None:
    answers = a_large_account()
    for each in answers["/v4/posts"]["posts"]:
        each["description"] = "Written"
    account(answers)
    all_posts(data)
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


def test_who_does_not_know_the_newest_asks_for_them_and_not_for_each_post(
    account: Any, data: Any, kit: Kit
) -> None:
    answers = a_large_account()
    for each in answers["/v4/posts"]["posts"]:
        each["description"] = "Written"
    account(answers)
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
    answers = {
        **a_large_account(description="Written"),
        "/v4/account/colors": {"colors": ["#123456"]},
    }
    account(answers)
    together = Barrier(3)  # all are on their way before any is answered
    kit.before_response = lambda: together.wait(20)
    request = data()
    request.prefetch(brand_colors=True, time_zone=True)
    assert request.find_post("9").title == "Post 9"
    assert request.brand_colors() == ("#123456",)
    request.time_zone()
    data().prefetch(brand_colors=True, time_zone=True)
    assert sorted(kit.requested) == ["/v4/account", "/v4/account/colors", "/v4/posts"]


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


def test_several_posts_come_in_the_order_asked_and_are_asked_for_at_once(
    account: Any, data: Any, kit: Kit
) -> None:
    single = {f"/v4/posts/{n}": {"post": {"id": n, **PUBLISHED}} for n in (1, 2, 3)}
    account({"/v4/posts": page("posts", []), **single}).newest_posts()
    together = Barrier(4)  # three reads are on their way before any is answered
    kit.before_response = lambda: together.wait(20)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(data().find_posts, ["3", "1", "nonsense", "2"])
        together.wait(20)
        kit.before_response = lambda: None
        assert [post.value for post in waiting.result(20)] == ["3", "1", "2"]


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


def test_what_the_lists_know_is_shown_while_kit_is_down(
    account: Any, data: Any, kit: Kit, clock: Any
) -> None:
    account(a_large_account())
    all_posts(data)
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
    answers = a_large_account()
    text = "<style>p{}</style><p>Dear <b>reader</b>,</p>" + "<p>word </p>" * 5000
    answers["/v4/posts/9"] = {"post": {"id": 9, **PUBLISHED, "content": text}}
    account(answers).published_posts()
    description = data().find_post("9").description
    assert description.startswith("Dear reader, word")
    assert len(description) <= 300  # more of the text is not kept


def test_kit_that_is_down_takes_nothing_away(account: Any, data: Any, kit: Kit, clock: Any) -> None:
    answers = {"/v4/posts/3": {"post": {"id": 3, **PUBLISHED}}, **a_large_account()}
    account(answers).find_post("3")
    all_posts(data)
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


def test_a_page_whose_cursor_leads_back_is_the_last(account: Any, data: Any) -> None:
    circle = page("posts", [{"id": 1, **PUBLISHED}], following="WzFd")
    account({"/v4/posts": circle, "/v4/posts?WzFd": circle})
    assert all_posts(data) == ["1"]


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
    assert account(answers).published_posts()[:] == ()
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
def test_a_list_of_another_shape_is_refused(account: Any, answer: Json) -> None:
    with pytest.raises(KitUnreadable):
        account({"/v4/posts": answer}).published_posts()


def test_an_outage_is_not_taken_for_an_absence(account: Any, kit: Kit) -> None:
    kit.down = True
    with pytest.raises(KitUnavailable):
        account({}).find_post("1")
