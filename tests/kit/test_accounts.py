"""Whose data a request is served with."""

from typing import Any

import httpx2
from pydantic import SecretStr
from support.redis_server import RedisServer

from plugin_server.kit.accounts import Accounts, own_access
from plugin_server.kit.budget import Budget
from plugin_server.kit.cache import Cache
from plugin_server.kit.http import make_http_client
from plugin_server.kit.shared_cache import InRedis


def kit(request: httpx2.Request) -> httpx2.Response:
    """Answer one post whose title is the key that asks."""
    title = request.headers["X-Kit-Api-Key"]
    moment = "2026-01-01T00:00:00Z"
    post = {"id": 1, "title": title, "status": "published", "published_at": moment}
    return httpx2.Response(200, json={"posts": [post], "pagination": {"has_next_page": False}})


def server_with(key: str, redis_url: str, clock: Any) -> Accounts:
    access = own_access(SecretStr(key), "X-Kit-Api-Key")
    cache = Cache(megabytes=8, clock=clock, is_connected=lambda _: True, shared=InRedis(redis_url))
    http = make_http_client(httpx2.MockTransport(kit))
    return Accounts(http, "https://kit.example", lambda _: access, Budget(), cache, 8, len, clock)


def test_servers_that_are_open_to_everyone_do_not_see_each_others_account(
    redis_server: RedisServer, clock: Any
) -> None:
    for key in ("kit_one", "kit_two"):
        posts = server_with(key, redis_server.url, clock).data("").published_posts()
        assert [post.title for post in posts] == [key]
