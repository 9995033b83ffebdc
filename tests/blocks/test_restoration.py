"""Drafts that are opened again before all posts of a large account are there."""

from dataclasses import replace

import pytest

from plugin_server.blocks import find
from plugin_server.blocks.base import SearchQuery
from plugin_server.examples.sample_accounts import SampleAccount, typical_account
from plugin_server.kit.posts import Posts


class ColdAccount(SampleAccount):
    """An account of whose list only the two newest posts have come."""

    def published_posts(self) -> Posts:
        return Posts(self.posts[:2], is_whole=False)


@pytest.fixture
def cold() -> ColdAccount:
    return ColdAccount(**vars(replace(typical_account())))


@pytest.mark.parametrize(
    ("block", "setting", "stored"),
    [
        ("post", "post", ("4158",)),
        ("post_list", "posts", ("4158", "4169", "4156")),
        ("post_list", "posts", ("4156", "4158")),
    ],
)
def test_stored_values_give_exactly_their_posts_in_order(
    cold: ColdAccount, block: str, setting: str, stored: tuple[str, ...]
) -> None:
    text = stored[0] if len(stored) == 1 else ""
    options = find(block).search(setting, SearchQuery(text, stored), cold)
    assert [option.value for option in options] == list(stored)


def test_digits_that_are_no_post_are_looked_for_in_titles(cold: ColdAccount) -> None:
    assert find("post").search("post", SearchQuery("2026", ("2026",)), cold) == []
    options = find("post").search("post", SearchQuery("tide", ("tide",)), cold)
    assert [option.value for option in options] == ["4169"]
