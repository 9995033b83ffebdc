"""A block reads what its scopes name, of real accounts and of samples; anything else is an error."""

from collections.abc import Callable
from typing import Any

import pytest
from support.kit.in_process import Kit, page

from plugin_server.errors import KitError, PluginError, UndeclaredScope
from plugin_server.examples.sample_accounts import (
    account_with_text,
    bare_account,
    typical_account,
)
from plugin_server.kit.account_data import AccountData
from plugin_server.kit.api import endpoints
from plugin_server.kit.api.models import Tag
from plugin_server.kit.kit_resource import kit_list, kit_record

TAGS = kit_list(
    endpoints.TAGS,
    scope="read:tags",
    sample=[Tag(id=1, name="Came by ferry"), Tag(id=2, name="regular")],
)
READS: list[tuple[str, Callable[[AccountData], object]]] = [
    ("read:posts", lambda data: data.published_posts()),
    ("read:posts", lambda data: data.newest_posts()),
    ("read:posts", lambda data: data.find_post("4156")),
    ("read:posts", lambda data: data.find_posts(["4156"])),
    ("read:forms", lambda data: data.forms()),
    ("read:forms", lambda data: data.find_form("801")),
    ("read:products", lambda data: data.products()),
    ("read:products", lambda data: data.find_product("tide-calendar")),
    ("read:profile", lambda data: data.creator_profile()),
    ("read:growth", lambda data: data.subscriber_count()),
    ("read:tags", lambda data: data.get(TAGS)),
    ("read:tags", lambda data: data.get(TAGS, for_search=True)),
    ("read:tags", lambda data: data.prefetch(TAGS)),
]
SCOPES = {scope for scope, _ in READS}


@pytest.fixture(params=["real", "sample"])
def account(
    request: pytest.FixtureRequest, kit: Kit, data: Any
) -> Callable[[set[str]], AccountData]:
    """A function from a block's scopes to the account that it reads."""
    if request.param == "sample":
        return typical_account().restricted_to
    kit.responses = {
        "/v4/posts": page("posts", []),
        "/v4/forms": page("forms", []),
        "/v4/tags": page("tags", []),
        "/v4/purchases": page("purchases", []),
        "/v4/account/growth_stats": {"stats": {"subscribers": 7}},
    }
    return lambda scopes: data(scopes=scopes)


@pytest.mark.parametrize(("scope", "read"), READS)
def test_a_block_reads_what_its_scopes_name_and_nothing_else(
    account: Callable[[set[str]], AccountData], kit: Kit, scope: str, read: Any
) -> None:
    with pytest.raises(UndeclaredScope) as undeclared:
        read(account(SCOPES - {scope}))
    assert f'add "{scope}": "…" to scopes' in str(undeclared.value)
    assert kit.requested == []
    read(account({scope}))


def test_what_another_block_has_read_is_not_read_either(kit: Kit, data: Any) -> None:
    kit.responses["/v4/tags"] = page("tags", [{"id": 1}])
    data(scopes={"read:tags"}).get(TAGS)
    with pytest.raises(UndeclaredScope, match="the block reads tags, but"):
        data(scopes={"read:posts"}).get(TAGS)


def test_colors_and_days_are_for_every_block(account: Callable[[set[str]], AccountData]) -> None:
    data = account(set())
    data.prefetch(brand_colors=True, time_zone=True)
    data.brand_colors()
    assert data.time_zone()


def test_a_block_that_does_without_kit_does_not_hide_it() -> None:
    assert not issubclass(UndeclaredScope, PluginError | KitError)


# Samples


def test_a_sample_shows_what_its_declaration_gives() -> None:
    assert [tag.name for tag in typical_account().get(TAGS)] == ["Came by ferry", "regular"]
    assert [tag.name for tag in bare_account().get(TAGS, for_search=True)] == [
        "Came by ferry",
        "regular",
    ]
    assert typical_account().get(kit_list(endpoints.SEGMENTS, scope="read:segments")) == ()
    assert typical_account().get(kit_record(endpoints.EMAIL_STATS, scope="read:stats")) is None


def longest(tags: tuple[Tag, ...]) -> str:
    """Return the longest name."""
    return max((tag.name or "" for tag in tags), key=len)


def test_texts_that_strain_a_block_come_in_samples_too() -> None:
    account = account_with_text("Text <b>")
    assert [tag.name for tag in account.get(TAGS)] == ["Text <b>", "regular"]
    assert account.get(TAGS.map(longest)) == "Text <b>"


def test_a_test_gives_its_own_data() -> None:
    account = typical_account().restricted_to({"read:tags"}).with_data(TAGS, ())
    assert account.get(TAGS) == ()
