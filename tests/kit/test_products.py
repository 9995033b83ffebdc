"""Products, read from the purchases of a Kit with given responses."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr
from support.kit.in_process import Json, Kit, client_over
from support.kit.records import line, many_purchases, purchase, purchases
from support.waiting import wait_until

from plugin_server.errors import KitUnavailable, NeedsOAuth
from plugin_server.kit.account_data import KitAccountData
from plugin_server.kit.api.deadline import Deadline
from plugin_server.kit.api.transport import make_http_client
from plugin_server.kit.cache.cache import Cache
from plugin_server.kit.catalog import SoldProduct, newest_of_each
from plugin_server.kit.connect.credentials import ApiKeyAuth
from plugin_server.kit.kit_resource import KitSource

Account = Callable[..., KitAccountData]


def test_a_product_is_known_once_by_its_newest_purchase(kit: Kit, data: Account) -> None:
    kit.responses["/v4/purchases"] = purchases(
        purchase(2, line(price="20"), line("knots", "9.50", name="Knots")),
        purchase(9, line(price="24.00", name="Tide calendar 2027"), currency="EUR"),
        purchase(5, line(price="22")),
    )
    found = data().products()
    assert found == (
        SoldProduct(
            "cal",
            "Tide calendar 2027",
            Decimal(24),
            "EUR",
            datetime(2026, 3, 9, 8, tzinfo=UTC),
        ),
        SoldProduct("knots", "Knots", Decimal("9.5"), "USD", datetime(2026, 3, 2, 8, tzinfo=UTC)),
    )
    assert [data().find_product(value) for value in ("cal", "knots")] == list(found)
    assert data().find_product("gone") is None
    assert kit.requested == ["/v4/purchases"]


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ({"pid": "p", "sku": "s"}, "p"),
        ({"pid": None, "sku": "s"}, "s"),
        ({"pid": "", "sku": None}, "Tide calendar"),
        ({"pid": " p \n q\x00 "}, "p q"),
        ({"pid": "x" * 300}, "x" * 200),
        ({"pid": "x" * 199 + " y"}, "x" * 199),
    ],
)
def test_a_product_goes_by_what_the_sidebar_can_give_back(
    kit: Kit, data: Account, given: Json, value: str
) -> None:
    kit.responses["/v4/purchases"] = purchases(purchase(1, line(**given)))
    assert [each.value for each in data().products()] == [value]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Name &amp; entity", "Name & entity"),
        ("&Eacute;t&eacute;&nbsp;&#8211; the&#x20;book", "Été – the book"),
        ("&lt;script&gt; &amp;amp;", "<script> &amp;"),
        ("AT&T &copy 2026", "AT&T &copy 2026"),
        ("Learn {{ mustache }}", "Learn {{ mustache }}"),
    ],
)
def test_a_products_name_is_shown_as_its_shop_meant_it(
    kit: Kit, data: Account, name: str, shown: str
) -> None:
    kit.responses["/v4/purchases"] = purchases(purchase(1, line(name=name)))

    assert [product.name for product in data().products()] == [shown]


def test_a_product_known_by_its_name_alone_is_found_by_it_as_kit_has_it(
    kit: Kit, data: Account
) -> None:
    kit.responses["/v4/purchases"] = purchases(purchase(1, line(pid=None, name="Rope &amp; knot")))

    found = data().find_product("Rope &amp; knot")
    assert found is not None
    assert found.name == "Rope & knot"


@pytest.mark.parametrize("name", [None, "", " \n", 5])
def test_a_product_without_a_name_is_not_offered(kit: Kit, data: Account, name: object) -> None:
    kit.responses["/v4/purchases"] = purchases(purchase(1, line(name=name), line("b", name="B")))
    assert [each.value for each in data().products()] == ["b"]


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        (18, Decimal(18)),
        (9.99, Decimal("9.99")),
        ("9.99", Decimal("9.99")),
        (0, Decimal(0)),
        (-5, Decimal(-5)),
        (None, None),
        ("free", None),
        ("NaN", None),
        ("1E+40", None),
        ("-1E+4000", None),
    ],
)
def test_a_price_is_a_number_that_can_be_believed(
    kit: Kit, data: Account, price: object, expected: Decimal | None
) -> None:
    kit.responses["/v4/purchases"] = purchases(purchase(1, line(price=price), currency=None))
    [found] = data().products()
    assert (found.price, found.currency) == (expected, None)


def test_a_purchase_without_a_time_is_the_oldest(kit: Kit, data: Account) -> None:
    kit.responses["/v4/purchases"] = purchases(
        purchase(2, line(price="30"), transaction_time=None), purchase(1, line(price="20"))
    )
    assert [each.price for each in data().products()] == [Decimal(20)]


def test_of_several_lists_the_last_sale_counts() -> None:
    def sold(value: str, name: str, day: int) -> SoldProduct:
        return SoldProduct(value, name, sold_at=datetime(2026, 3, day, tzinfo=UTC))

    first = (sold("a", "renamed", 2), sold("b", "old", 1))
    second = (sold("a", "as it was", 2), sold("b", "new", 5), sold("c", "other", 3))
    merged = [(each.value, each.name) for each in newest_of_each(first, second)]
    assert merged == [("b", "new"), ("c", "other"), ("a", "renamed")]


def test_products_of_older_purchases_are_found_too(kit: Kit, data: Account) -> None:
    kit.responses = many_purchases()
    assert [(each.value, each.price) for each in data().products()] == [
        ("cal", Decimal(24)),
        ("old", Decimal(5)),
    ]


def test_what_is_read_again_after_a_pause_is_up_to_date(
    kit: Kit, data: Account, clock: Any
) -> None:
    kit.responses = many_purchases()
    assert data().find_product("old")
    kit.responses["/v4/purchases?Wzld"] = purchases(purchase(3, line("other", "1", name="Other")))
    clock.advance(3600)
    assert data().find_product("other")


def test_older_purchases_are_read_only_for_a_product_that_is_not_among_the_newest(
    kit: Kit, data: Account
) -> None:
    kit.responses = many_purchases()
    found = data().find_product("cal")
    assert found is not None
    assert found.price == Decimal(24)
    assert kit.requested == ["/v4/purchases"]
    older = data().find_product("old")
    assert older is not None
    assert older.name == "Old"
    assert kit.requested.count("/v4/purchases?Wzld") == 1
    assert data().find_product("gone") is None


def test_the_newest_can_be_searched_while_the_others_are_on_their_way(
    kit: Kit, data: Account
) -> None:
    kit.responses = many_purchases()
    kit.held_up = "/v4/purchases?Wzld"
    assert [each.value for each in data().products()] == ["cal"]
    assert not kit.open.is_set()
    kit.open.set()
    wait_until(lambda: len(data().products()) == 2)
    assert kit.requested.count("/v4/purchases?Wzld") == 1


def test_an_outage_is_not_taken_for_an_account_without_products(kit: Kit, data: Account) -> None:
    kit.down = True
    for read in (data().products, data().forms, data().creator_profile, data().subscriber_count):
        with pytest.raises(KitUnavailable):
            read()
    with pytest.raises(KitUnavailable):
        data().find_product("cal")


def test_an_api_key_gets_an_error_without_a_request(
    kit: Kit, make_cache: Callable[..., Cache], clock: Any
) -> None:
    client = client_over(make_http_client(kit), ApiKeyAuth(SecretStr("key")))
    cache = make_cache(megabytes=16)
    data = KitAccountData(
        KitSource(client, client, clock, uses_oauth=False), cache.of("26"), Deadline.after(20)
    )
    with pytest.raises(NeedsOAuth):
        data.products()
    with pytest.raises(NeedsOAuth):
        data.find_product("cal")
    assert kit.requested == []
