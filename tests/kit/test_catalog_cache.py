"""How forms, products, profile and colors are cached, and how old they may be."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from support.kit.in_process import Kit, page, requests_of
from support.kit.records import form, line, many_purchases, purchase, purchases
from support.waiting import wait_until

from plugin_server.kit.account_data import KitAccountData
from plugin_server.kit.api.models import CreatorProfile
from plugin_server.kit.cache.cache import Cache
from plugin_server.kit.cache.shared import LocalOnly
from plugin_server.kit.catalog import (
    COLORS,
    FORMS,
    NEWEST_PRODUCTS,
    PRODUCTS,
    PROFILE,
    SUBSCRIBERS,
    NewestProducts,
    PublishedForm,
    SoldProduct,
)

Account = Callable[..., KitAccountData]


class Recorder(LocalOnly):
    """Records all that would be shared with other processes."""

    def __init__(self) -> None:
        self.saved: dict[str, bytes] = {}

    def save(
        self, account_id: str, resource: str, encode: Callable[[], bytes], loaded_at: float
    ) -> None:
        self.saved[resource] = encode()


@pytest.mark.parametrize(
    ("resource", "value"),
    [
        (FORMS, (PublishedForm("1", "form", "Größe", "https://forms.example/1"),)),
        (PROFILE, CreatorProfile(name="Harbour", bio="a\nb")),
        (PROFILE, None),
        (SUBSCRIBERS, 12480),
        (SUBSCRIBERS, None),
        (COLORS, ("#1f4e5f",)),
        (NEWEST_PRODUCTS, NewestProducts((SoldProduct("a", "A"),), is_whole=True)),
        (PRODUCTS, (SoldProduct("a", "A", Decimal("9.90"), "EUR", datetime.now(UTC)),)),
    ],
)
def test_other_processes_read_what_one_has_cached(resource: Any, value: object) -> None:
    assert resource.decode(resource.encode(value)) == value
    assert resource.weigh(value) > 0
    for broken in (b"", b"5.5", b'"x"', b"[5]"):
        with pytest.raises(ValidationError):
            resource.decode(broken)


READ: dict[str, Callable[[KitAccountData], object]] = {
    "/v4/forms": lambda data: data.find_form("1"),
    "/v4/account/creator_profile": lambda data: data.creator_profile(),
    "/v4/account/growth_stats": lambda data: data.subscriber_count(),
    "/v4/purchases": lambda data: data.find_product("cal"),
}
BEFORE = {
    "/v4/forms": page("forms", [form(1)]),
    "/v4/account/creator_profile": {"profile": {"name": "Before"}},
    "/v4/account/growth_stats": {"stats": {"subscribers": 1}},
    "/v4/purchases": purchases(purchase(1, line(price="1"))),
}
AFTER = {
    "/v4/forms": page("forms", [form(1, name="After")]),
    "/v4/account/creator_profile": {"profile": {"name": "After"}},
    "/v4/account/growth_stats": {"stats": {"subscribers": 2}},
    "/v4/purchases": purchases(purchase(1, line(price="2"))),
}


@pytest.mark.parametrize("path", READ)
def test_what_is_shown_to_who_comes_back_is_at_most_thirty_seconds_old(
    path: str, kit: Kit, data: Account, clock: Any
) -> None:
    kit.responses = dict(BEFORE)
    before = READ[path](data())
    kit.responses = dict(AFTER)
    clock.advance(14)
    assert READ[path](data()) == before
    assert kit.requested == [path]
    clock.advance(30)
    request = data()
    assert READ[path](request) != before
    assert (request.freshness.age, request.freshness.loaded) == (0, True)
    assert kit.requested == [path, path]


@pytest.mark.parametrize("path", READ)
def test_kit_that_is_down_takes_nothing_away(
    path: str, kit: Kit, data: Account, clock: Any
) -> None:
    kit.responses = dict(BEFORE)
    before = READ[path](data())
    kit.down = True
    clock.advance(3600)
    request = data()
    assert READ[path](request) == before
    assert (request.freshness.age, request.freshness.stale) == (3600, True)


@pytest.mark.parametrize("path", READ)
def test_who_edits_on_does_not_wait_and_kit_is_called_every_five_minutes(
    path: str, kit: Kit, data: Account, clock: Any
) -> None:
    kit.responses = dict(BEFORE)
    before = READ[path](data())
    kit.responses = dict(AFTER)
    for _ in range(99):
        clock.advance(3)
        assert READ[path](data()) == before
    assert kit.requested == [path]
    clock.advance(3)
    request = data()
    assert READ[path](request) == before
    assert (request.freshness.loaded, request.freshness.stale) == (False, False)
    wait_until(lambda: READ[path](data()) != before)
    assert kit.requested == [path, path]


def test_colors_of_who_comes_back_are_at_most_two_minutes_old(
    kit: Kit, data: Account, clock: Any
) -> None:
    kit.responses["/v4/account/colors"] = {"colors": ["#1f4e5f"]}
    data().brand_colors()
    kit.responses["/v4/account/colors"] = {"colors": ["#e07a5f"]}
    clock.advance(59)
    assert data().brand_colors() == ("#1f4e5f",)
    assert kit.requested == ["/v4/account/colors"]
    clock.advance(61)
    assert data().brand_colors() == ("#e07a5f",)


def test_nothing_of_a_customer_is_cached_or_printed(
    kit: Kit, make_cache: Callable[..., Cache], clock: Any
) -> None:
    kit.responses, shared = many_purchases(), Recorder()
    request = requests_of(kit, make_cache(megabytes=16, shared=shared), clock)()
    found = [*request.products(), request.find_product("old")]
    assert set(shared.saved) == {"newest products", "products"}
    for cached in (*map(str, shared.saved.values()), repr(found)):
        assert "Tide calendar" in cached
        assert "@" not in cached
