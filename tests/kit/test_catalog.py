"""What blocks see besides posts, read from a Kit that answers as told."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from time import monotonic
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from support.reading import Json, Kit, client_over, page
from support.waiting import wait_until

from plugin_server.errors import KitUnavailable, KitUnreadable, NeedsOAuth
from plugin_server.kit.account_data import KitAccountData
from plugin_server.kit.api.deadline import Deadline
from plugin_server.kit.api.models import CreatorProfile
from plugin_server.kit.api.transport import make_http_client
from plugin_server.kit.cache.cache import Cache
from plugin_server.kit.cache.shared import LocalOnly
from plugin_server.kit.catalog import (
    COLORS,
    FORMS,
    NEWEST_PRODUCTS,
    PRODUCTS,
    PROFILE,
    SUBSCRIBERS,
    Catalog,
    NewestProducts,
    PublishedForm,
    SoldProduct,
    newest_of_each,
)
from plugin_server.kit.connect.credentials import ApiKeyAuth
from plugin_server.kit.post_source import PostSource

Account = Callable[..., KitAccountData]
CUSTOMER = "customer-of-somebody@reader.example"


class Recorder(LocalOnly):
    """Remembers all that other processes would be given."""

    def __init__(self) -> None:
        self.saved: dict[str, bytes] = {}

    def save(
        self, account_id: str, resource: str, encode: Callable[[], bytes], loaded_at: float
    ) -> None:
        self.saved[resource] = encode()


@pytest.fixture
def kit() -> Any:
    kit = Kit()
    yield kit
    kit.open.set()


@pytest.fixture
def shared() -> Recorder:
    return Recorder()


@pytest.fixture
def data(kit: Kit, shared: Recorder, clock: Any) -> Account:
    """A function that begins a request of so many seconds."""
    client = client_over(make_http_client(kit))
    cache = Cache(megabytes=16, clock=clock, is_connected=lambda _: True, shared=shared)
    source, catalog = PostSource(client, client, clock), Catalog(client, client)
    return lambda seconds=20: KitAccountData(
        source, catalog, cache.of("26"), Deadline.after(seconds)
    )


def form(id_: int, **changes: Any) -> Json:
    return {
        "id": id_,
        "name": f"Form {id_}",
        "type": "embed",
        "archived": False,
        "embed_url": f"https://forms.example/{id_}",
        **changes,
    }


def line(pid: str | None = "cal", price: object = "18.5", **changes: Any) -> Json:
    return {"pid": pid, "name": "Tide calendar", "sku": None, "unit_price": price, **changes}


def purchase(id_: int, *lines: Json, **changes: Any) -> Json:
    return {
        "id": id_,
        "transaction_id": f"paid-by-{CUSTOMER}",
        "email_address": CUSTOMER,
        "currency": "USD",
        "transaction_time": f"2026-03-{id_:02}T08:00:00Z",
        "products": list(lines),
        **changes,
    }


def purchases(*records: Json, following: str | None = None) -> Json:
    return page("purchases", list(records), following=following)


# Forms


def test_forms_and_landing_pages_that_can_be_opened_come_newest_first(
    kit: Kit, data: Account
) -> None:
    kit.responses["/v4/forms"] = page(
        "forms",
        [
            form(3, name=" Letter\n"),
            form(12, type="hosted", name=None),
            form(4, archived=True),
            form(5, embed_url=None),
            form(6, embed_url=""),
            form(7, type="other"),
            form(8, type=None),
            form(9, archived=None),
            {"id": "x"},
        ],
    )
    found = data().forms()
    assert found == (
        PublishedForm("12", "landing_page", "Untitled", "https://forms.example/12"),
        PublishedForm("9", "form", "Form 9", "https://forms.example/9"),
        PublishedForm("3", "form", "Letter", "https://forms.example/3"),
    )
    assert data().find_form("12") == found[0]
    assert data().find_form("4") is None
    assert kit.requested == ["/v4/forms"]


def test_every_page_of_forms_is_read(kit: Kit, data: Account) -> None:
    kit.responses = {
        "/v4/forms": page("forms", [form(1)], following="WzFd"),
        "/v4/forms?WzFd": page("forms", [form(2)]),
    }
    assert [each.value for each in data().forms()] == ["2", "1"]


def test_an_account_without_forms_has_none(kit: Kit, data: Account) -> None:
    kit.responses["/v4/forms"] = page("forms", [])
    assert data().forms() == ()


# The profile and the number of subscribers


def test_a_profile_is_what_kit_says(kit: Kit, data: Account) -> None:
    profile = {"name": "Harbour Letters", "bio": "Tides.\nBoats.", "image_url": 5, "else": True}
    kit.responses["/v4/account/creator_profile"] = {"profile": profile}
    assert data().creator_profile() == CreatorProfile(name="Harbour Letters", bio="Tides.\nBoats.")


def test_no_profile_is_no_error_and_is_kept_like_one(kit: Kit, data: Account) -> None:
    assert data().creator_profile() is None
    assert data().creator_profile() is None
    assert kit.requested == ["/v4/account/creator_profile"]


@pytest.mark.parametrize(
    ("stats", "count"),
    [
        ({"subscribers": 12480}, 12480),
        ({"subscribers": 0}, 0),
        ({"subscribers": None}, None),
        ({"subscribers": "many"}, None),
        ({}, None),
    ],
)
def test_a_number_of_subscribers_may_be_missing(
    kit: Kit, data: Account, stats: Json, count: int | None
) -> None:
    kit.responses["/v4/account/growth_stats"] = {"stats": stats}
    assert data().subscriber_count() == count


def test_an_answer_without_stats_is_refused(kit: Kit, data: Account) -> None:
    kit.responses["/v4/account/growth_stats"] = {"stats": None}
    with pytest.raises(KitUnreadable):
        data().subscriber_count()


# Colors


def test_brand_colors_keep_the_creators_order(kit: Kit, data: Account) -> None:
    kit.responses["/v4/account/colors"] = {"colors": ["#1F4E5F", "red", None, "#e07a5f"]}
    assert data().brand_colors() == ("#1F4E5F", "#e07a5f")


@pytest.mark.parametrize("answer", [None, {}, {"colors": None}, {"colors": {}}, {"colors": []}])
def test_brand_colors_that_cannot_be_had_are_none(
    kit: Kit, data: Account, answer: Json | None
) -> None:
    if answer is not None:
        kit.responses["/v4/account/colors"] = answer
    assert data().brand_colors() == ()


def test_an_outage_costs_a_block_its_colors_only(kit: Kit, data: Account) -> None:
    kit.down = True
    request = data()
    assert request.brand_colors() == ()
    assert (request.freshness.age, request.freshness.stale) == (0, False)


def test_nobody_waits_long_for_colors(kit: Kit, data: Account) -> None:
    kit.held_up = "/v4/account/colors"
    kit.responses["/v4/account/colors"] = {"colors": ["#1f4e5f"]}
    begun = monotonic()
    assert data().brand_colors() == ()
    assert monotonic() - begun < 3
    assert data(0).brand_colors() == ()  # nor longer than the request itself
    kit.open.set()
    wait_until(lambda: data().brand_colors() == ("#1f4e5f",))
    assert kit.requested == ["/v4/account/colors"]


# Products


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


@pytest.mark.parametrize(
    "name", ["Knots &amp; ropes", "Hi {{ subscriber.first_name }}, join", "AT&T &copy"]
)
def test_a_forms_name_is_shown_as_its_creator_typed_it(kit: Kit, data: Account, name: str) -> None:
    kit.responses["/v4/forms"] = page("forms", [form(1, name=name)])

    assert [form.name for form in data().forms()] == [name]


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


def many_purchases() -> Json:
    return {
        "/v4/purchases": purchases(purchase(9, line(price="24")), following="Wzld"),
        "/v4/purchases?Wzld": purchases(
            purchase(3, line(price="20")), purchase(2, line("old", "5", name="Old"))
        ),
    }


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
    for ask in (data().products, data().forms, data().creator_profile, data().subscriber_count):
        with pytest.raises(KitUnavailable):
            ask()
    with pytest.raises(KitUnavailable):
        data().find_product("cal")


def test_an_api_key_is_told_what_it_lacks_and_kit_is_not_asked(kit: Kit, clock: Any) -> None:
    client = client_over(make_http_client(kit), ApiKeyAuth(SecretStr("key")))
    cache = Cache(megabytes=16, clock=clock, is_connected=lambda _: True, shared=LocalOnly())
    data = KitAccountData(
        PostSource(client, client, clock),
        Catalog(client, client),
        cache.of("26"),
        Deadline.after(20),
        sees_purchases=False,
    )
    with pytest.raises(NeedsOAuth):
        data.products()
    with pytest.raises(NeedsOAuth):
        data.find_product("cal")
    assert kit.requested == []


def test_nothing_of_a_customer_is_kept_or_printed(
    kit: Kit, data: Account, shared: Recorder
) -> None:
    kit.responses = many_purchases()
    request = data()
    found = [*request.products(), request.find_product("old")]
    assert set(shared.saved) == {"newest products", "products"}
    for kept in (*map(str, shared.saved.values()), repr(found)):
        assert "Tide calendar" in kept
        assert "@" not in kept


# How they are kept


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
def test_other_processes_read_what_one_has_kept(resource: Any, value: object) -> None:
    assert resource.decode(resource.encode(value)) == value
    assert resource.weigh(value) > 0
    for broken in (b"", b"5.5", b'"x"', b"[5]"):
        with pytest.raises(ValidationError):
            resource.decode(broken)


ASKED: dict[str, Callable[[KitAccountData], object]] = {
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


@pytest.mark.parametrize("path", ASKED)
def test_what_is_shown_to_who_comes_back_is_at_most_thirty_seconds_old(
    path: str, kit: Kit, data: Account, clock: Any
) -> None:
    kit.responses = dict(BEFORE)
    before = ASKED[path](data())
    kit.responses = dict(AFTER)
    clock.advance(14)
    assert ASKED[path](data()) == before
    assert kit.requested == [path]
    clock.advance(30)
    request = data()
    assert ASKED[path](request) != before
    assert (request.freshness.age, request.freshness.loaded) == (0, True)
    assert kit.requested == [path, path]


@pytest.mark.parametrize("path", ASKED)
def test_kit_that_is_down_takes_nothing_away(
    path: str, kit: Kit, data: Account, clock: Any
) -> None:
    kit.responses = dict(BEFORE)
    before = ASKED[path](data())
    kit.down = True
    clock.advance(3600)
    request = data()
    assert ASKED[path](request) == before
    assert (request.freshness.age, request.freshness.stale) == (3600, True)


@pytest.mark.parametrize("path", ASKED)
def test_who_edits_on_does_not_wait_and_has_kit_asked_every_five_minutes(
    path: str, kit: Kit, data: Account, clock: Any
) -> None:
    kit.responses = dict(BEFORE)
    before = ASKED[path](data())
    kit.responses = dict(AFTER)
    for _ in range(99):
        clock.advance(3)
        assert ASKED[path](data()) == before
    assert kit.requested == [path]
    clock.advance(3)
    request = data()
    assert ASKED[path](request) == before
    assert (request.freshness.loaded, request.freshness.stale) == (False, False)
    wait_until(lambda: ASKED[path](data()) != before)
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
