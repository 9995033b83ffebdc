"""Fixtures of the blocks' tests: accounts in memory, posts, renderers, an independent judge."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from plugin_server import testing
from plugin_server.examples.sample_accounts import SampleAccount
from plugin_server.kit.api.models import Post
from plugin_server.kit.posts import Posts, PublishedPost, from_post

Maker = Callable[..., Any]
POST: dict[str, Any] = {
    "id": 7,
    "title": "A title",
    "public_url": "https://creator.example/posts/a",
    "description": "A description.",
    "published_at": datetime(2024, 10, 8, 3, tzinfo=UTC),
    "thumbnail_url": "https://images.example/a.png",
    "thumbnail_alt": "A picture",
}


@pytest.fixture
def account() -> Callable[..., SampleAccount]:
    """Return a maker of accounts: posts, newest first, and by name whatever else there is."""
    return lambda *posts, **others: SampleAccount(Posts(posts, is_whole=True), **others)


@pytest.fixture
def a_post() -> Callable[..., PublishedPost]:
    """Return a maker of posts that know everything, but for what Kit says otherwise in a test."""
    return lambda **changes: from_post(Post(**{**POST, **changes}))


@pytest.fixture
def render() -> Callable[..., str]:
    """Return a renderer: a block's name, raw settings, an account, raw styles."""
    return testing.render


@pytest.fixture
def judge() -> Callable[[str], list[str]]:
    """Return what a mail client or Kit would object to, by parsers that the gate does not use."""
    return testing.judge


@pytest.fixture
def show_post(render: Maker, account: Maker) -> Maker:
    """Return a renderer of the Post block: a post, raw settings, raw styles."""

    def show_post(
        post: PublishedPost, settings: Mapping[str, object] | None = None, styles: object = None
    ) -> str:
        return str(render("post", {"post": post.value, **(settings or {})}, account(post), styles))

    return show_post


@pytest.fixture
def many(account: Maker, a_post: Maker) -> SampleAccount:
    """Twelve posts, one on the 8th of each month of 2024."""
    posts = [
        a_post(
            id=month,
            title=f"Title {month}",
            public_url=f"https://creator.example/posts/{month}",
            published_at=datetime(2024, month, 8, 3, tzinfo=UTC),
        )
        for month in range(12, 0, -1)
    ]
    made: SampleAccount = account(*posts)
    return made


@pytest.fixture
def show_list(render: Maker, many: SampleAccount) -> Maker:
    """Return a renderer of the Post list block: an account, raw styles, raw settings by name."""

    def show_list(account: SampleAccount = many, styles: object = None, **settings: object) -> str:
        return str(render("post_list", settings, account, styles))

    return show_list
