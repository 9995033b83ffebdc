"""Another developer's block that lists the items of an event: the contract, and what readers get."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.blocks.block_html import one, parse
from support.blocks.carts import BLOCK, NAME, install
from support.blocks.packages import import_path

from plugin_server.blocks.loading import load_block
from plugin_server.testing import judge, sent
from plugin_server.testing.contract import cases

LAMP = {
    "title": "A storm lamp",
    "url": "https://shop.example.com/lamp",
    "image": "https://images.example.com/lamp.png",
    "price": "€48",
    "quantity": 2,
}
CHECKOUT = "https://shop.example.com/cart?id=7"


@pytest.fixture(scope="module", autouse=True)
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The package, installed."""
    site = tmp_path_factory.mktemp("site")
    install(site)
    with import_path(site):
        yield


def mail(items: object, checkout_url: object = CHECKOUT, **values: object) -> str:
    """Return what a reader gets who has left these items."""
    return sent(BLOCK, values, event={"items": items, "checkout_url": checkout_url})


def words(html: str) -> list[str]:
    return [" ".join(p.text().split()) for p in parse(html).css("h2, p, td[bgcolor] a")]


def test_the_block_keeps_the_whole_contract() -> None:
    found = [*cases(NAME, {})]
    assert len(found) > 40
    for case in found:
        case.run()


def test_every_item_is_listed_with_what_is_known_of_it() -> None:
    html = mail([LAMP, {"title": "Rope & twine"}, {}])
    assert words(html) == [
        *("Still interested?", "A storm lamp", "2 × €48", "Rope & twine", "An item"),
        "Go to your cart",
    ]
    assert [a.attributes["href"] for a in parse(html).css("a")] == [LAMP["url"], CHECKOUT]
    assert one(html, "img").attributes["src"] == LAMP["image"]
    assert one(html, "img").attributes["alt"] == "A storm lamp"


def test_the_sample_of_the_event_is_what_kits_preview_lists() -> None:
    event = load_block(BLOCK).event
    assert event is not None
    assert "A storm lamp" in sent(BLOCK, {}, event=event.sample)


@pytest.mark.parametrize("items", [[], None])
def test_the_block_is_hidden_where_nothing_was_left(items: object) -> None:
    assert mail(items) == ""
    assert sent(BLOCK) == ""


def test_no_more_than_ten_items_are_listed() -> None:
    assert len(parse(mail([LAMP] * 12)).css("img")) == 10


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "shop.example.com", "", None, 7, "https://a@b/"]
)
def test_an_address_that_is_none_leaves_no_link_and_no_picture(url: object) -> None:
    html = mail([{**LAMP, "url": url, "image": url}], url)
    assert not parse(html).css("a, img, td[bgcolor]")
    assert words(html)[1:] == ["A storm lamp", "2 × €48"]


def test_pictures_can_be_left_out() -> None:
    assert not parse(mail([LAMP], pictures=False)).css("img")


TEXT = st.lists(
    st.sampled_from(
        ["{", "%", "}", "<", ">", '"', "'", "&", "url(", "https://", "a.example", "/", "\n"]
    )
).map("".join)
VALUE: Any = TEXT | st.none() | st.integers() | st.lists(TEXT, max_size=2)
ITEM = st.fixed_dictionaries({}, optional={name: VALUE for name in LAMP}) | VALUE


@given(items=st.lists(ITEM, max_size=3) | VALUE, url=VALUE, heading=TEXT)
@settings(max_examples=60)
def test_no_item_breaks_what_is_sent(items: object, url: object, heading: str) -> None:
    html = mail(items, url, heading=heading)
    assert html == "" or judge(html) == []
