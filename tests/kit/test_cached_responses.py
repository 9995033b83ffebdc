"""Cached responses: never older than a new one would be, and not cached for ever."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from support.kit.in_process import PUBLISHED, Kit, page
from support.waiting import wait_until

from plugin_server.kit.account_data import KitAccountData
from plugin_server.kit.cache.cache import Cache


def shown(data: Callable[[], KitAccountData], value: str = "1") -> bytes:
    """Respond with a post as the editor does: with a cached response, or with a new one that is cached."""
    request = data()
    cached = request.cached_response("post")
    if cached is not None:
        return cached + b" cached"
    post = request.find_post(value)
    response = (post.title if post else "gone").encode()
    request.cache_response("post", response)
    return response


@pytest.fixture
def warm(kit: Kit, data: Any) -> Callable[[], bytes]:
    """A function that responds with a post of an account whose posts are cached."""
    kit.responses = {
        "/v4/posts": page("posts", [{"id": 1, "title": "Old", "description": "Words", **PUBLISHED}])
    }
    data().newest_posts()
    return lambda: shown(data)


def test_a_response_is_cached_while_its_data_is_fresh(warm: Any, kit: Kit, clock: Any) -> None:
    assert [warm(), warm()] == [b"Old", b"Old cached"]
    clock.advance(14)
    assert warm() == b"Old cached"


def test_a_response_is_made_again_when_its_data_is_due_which_has_that_renewed(
    warm: Any, kit: Kit, clock: Any
) -> None:
    assert [warm(), warm()] == [b"Old", b"Old cached"]
    kit.requested.clear()
    clock.advance(29)
    assert warm() == b"Old"
    wait_until(lambda: warm() == b"Old cached")
    assert kit.requested == ["/v4/posts"]


def test_a_response_is_cached_while_its_data_cannot_be_renewed(
    warm: Any, kit: Kit, clock: Any
) -> None:
    assert [warm(), warm()] == [b"Old", b"Old cached"]
    kit.down = True
    clock.advance(29)
    assert warm() == b"Old"
    wait_until(lambda: warm() == b"Old cached")


def test_an_edit_in_kit_is_seen_when_the_data_is_read_again(
    warm: Any, kit: Kit, clock: Any
) -> None:
    assert [warm(), warm()] == [b"Old", b"Old cached"]
    edited = {"id": 1, "title": "New", "description": "Words", **PUBLISHED}
    kit.responses = {"/v4/posts": page("posts", [edited])}
    clock.advance(30)
    assert warm() == b"New"
    warm()
    assert warm() == b"New cached"


def test_a_response_is_as_good_as_new_when_its_data_was_read_again_and_is_the_same(
    warm: Any, data: Any, clock: Any
) -> None:
    assert warm() == b"Old"
    clock.advance(30)
    data().newest_posts()
    clock.advance(5)
    request = data()
    assert request.cached_response("post") == b"Old"
    assert request.freshness.age == 5


def test_a_response_goes_when_any_request_has_read_newer_data(
    warm: Any, data: Any, kit: Kit, cache: Cache
) -> None:
    assert [warm(), warm()] == [b"Old", b"Old cached"]
    edited = {"id": 1, "title": "New", "description": "Words", **PUBLISHED}
    kit.responses = {"/v4/posts": page("posts", [edited])}
    cache.evict("26")  # as another process's newer entries would replace ours
    data().newest_posts()
    assert warm() == b"New"


def test_what_was_served_stale_is_not_kept(warm: Any, kit: Kit, clock: Any) -> None:
    warm()
    kit.down = True
    clock.advance(31)
    assert [warm(), warm()] == [b"Old", b"Old"]


def test_a_response_from_an_older_post_is_cached_too(warm: Any, data: Any, kit: Kit) -> None:
    kit.responses["/v4/posts/7"] = {"post": {"id": 7, "title": "Seven", **PUBLISHED}}
    assert [shown(data, "7"), shown(data, "7")] == [b"Seven", b"Seven cached"]


def test_no_response_of_an_evicted_account_is_left(warm: Any, cache: Cache, data: Any) -> None:
    warm()
    cache.evict("26")
    assert data().cached_response("post") is None


def test_a_response_counts_towards_the_bound_of_the_memory(warm: Any, data: Any) -> None:
    request = data()
    request.newest_posts()
    request.cache_response("large", os.urandom(1_500_000))
    assert data().cached_response("large") is not None
    request.cache_response("another", os.urandom(1_500_000))
    assert data().cached_response("large") is None
