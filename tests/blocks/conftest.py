"""What the tests of blocks share: accounts in memory, a renderer, an independent judge."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from support.judge import problems

from plugin_server.blocks import find
from plugin_server.examples.sample_accounts import SampleAccount
from plugin_server.kit.api.models import Post
from plugin_server.kit.posts import Posts, PublishedPost, from_post
from plugin_server.rendering.renderer import render_block
from plugin_server.rendering.styles import EmailStyles

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

    def render(
        name: str,
        settings: Mapping[str, object],
        account: SampleAccount,
        styles: object = None,
    ) -> str:
        block = find(name)
        context = block.context(block.settings.parse(settings), account)
        return render_block(name, context, EmailStyles.parse(styles), instance="a draft")

    return render


@pytest.fixture
def judge() -> Callable[[str], list[str]]:
    """Return what a mail client or Kit would object to, by parsers that the gate does not use."""
    return problems
