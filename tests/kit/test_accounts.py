"""Whose data a request is served with."""

from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest
from pydantic import SecretStr
from support.databases.redis_server import RedisServer
from support.kit.in_process import PUBLISHED, Kit, page
from support.waiting import wait_until

from plugin_server.kit.accounts import Accounts, api_key_access
from plugin_server.kit.api.budget import Budget
from plugin_server.kit.api.transport import make_http_client
from plugin_server.kit.cache.cache import Cache
from plugin_server.kit.cache.shared import RedisShared
from plugin_server.store.redis import SharedRedis


def kit(request: httpx2.Request) -> httpx2.Response:
    """Respond with one post whose title is the request's key."""
    title = request.headers["X-Kit-Api-Key"]
    moment = "2026-01-01T00:00:00Z"
    post = {"id": 1, "title": title, "status": "published", "published_at": moment}
    return httpx2.Response(200, json={"posts": [post], "pagination": {"has_next_page": False}})


def server_with(key: str, redis_url: str, clock: Any) -> Accounts:
    shared = RedisShared(SharedRedis(redis_url))
    cache = Cache(megabytes=8, clock=clock, is_connected=lambda _: True, shared=shared)
    return accounts_of(httpx2.MockTransport(kit), cache, clock, lambda *_: None, key)


def accounts_of(
    kit: httpx2.BaseTransport, cache: Cache, clock: Any, index: Any, key: str = "key"
) -> Accounts:
    access = api_key_access(SecretStr(key), "X-Kit-Api-Key")
    http = make_http_client(kit)
    return Accounts(http, "https://kit.example", lambda _: access, Budget(), cache, 8, index, clock)


def test_servers_that_are_open_to_everyone_do_not_see_each_others_account(
    redis_server: RedisServer, clock: Any
) -> None:
    for key in ("kit_one", "kit_two"):
        posts = server_with(key, redis_server.url, clock).data("").published_posts()
        assert [post.title for post in posts] == [key]


@pytest.mark.parametrize(
    ("response", "zone"),
    [
        ({"account": {"id": 26, "timezone": {"name": "Asia/Kolkata"}}}, ZoneInfo("Asia/Kolkata")),
        ({"account": "cannot be read now"}, None),
    ],
)
@pytest.mark.parametrize("account_id", ["26", ""])
def test_a_list_is_prepared_in_the_zone_of_its_account_if_that_is_known(
    cache: Cache, clock: Any, response: Any, zone: Any, account_id: str
) -> None:
    kit = Kit()
    kit.responses = {
        "/v4/account": response,
        "/v4/posts": page("posts", [{"id": 2, **PUBLISHED}], following="WzJd"),
        "/v4/posts?WzJd": page("posts", [{"id": 1, **PUBLISHED}]),
    }
    prepared: list[Any] = []
    accounts = accounts_of(
        kit, cache, clock, lambda posts, zone: prepared.append((len(posts), zone()))
    )
    accounts.data(account_id).time_zone()
    wait_until(lambda: accounts.data(account_id).published_posts().is_whole)
    assert prepared == [(2, zone)]
