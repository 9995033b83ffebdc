"""The Product block: its search, its parts, prices, colors and links."""

from collections.abc import Callable
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import pytest
from selectolax.lexbor import LexborNode
from support.blocks.block_html import one, parse, style
from support.blocks.served import find

from plugin_server.blocks.base import SearchQuery
from plugin_server.errors import ContentNotFound, NeedsOAuth, SettingsInvalid
from plugin_server.examples.block_examples import examples
from plugin_server.examples.sample_accounts import SampleAccount
from plugin_server.kit.catalog import SoldProduct
from plugin_server.rendering.css_properties import readable_on
from plugin_server.rendering.email_styles import EmailStyles

Maker = Callable[..., Any]
BLOCK = find("product")
CALENDAR = SoldProduct("cal", "Tide calendar", Decimal("18.50"), "EUR")
CARDS = SoldProduct("cards", "Knots, on cards", Decimal(9), "USD")
SHOP = "https://shop.example/cal"
PICTURE = "https://images.example/cal.png"
LAYOUTS = ["card", "image_left", "text_only"]


@pytest.fixture
def kit(account: Maker) -> SampleAccount:
    made: SampleAccount = account(all_products=(CALENDAR, CARDS))
    return made


@pytest.fixture
def block(render: Maker, kit: SampleAccount) -> Maker:
    """Return a renderer of the calendar, for settings, with styles or another account."""

    def made(styles: object = None, account: SampleAccount = kit, **settings: object) -> str:
        given = {"product": "cal", "link": SHOP, "image_link": PICTURE, **settings}
        html: str = render("product", given, account, styles)
        return html

    return made


@pytest.fixture
def block_of(account: Maker, block: Maker) -> Maker:
    """Return a renderer of the calendar with other facts."""

    def made(**facts: object) -> str:
        product = replace(CALENDAR, **facts)  # type: ignore[arg-type]
        html: str = block(account=account(all_products=(product,)))
        return html

    return made


def paragraphs(html: str) -> list[str]:
    return [p.text(strip=True) for p in parse(html).css("p")]


def button(html: str) -> LexborNode:
    return parse(html).css("td[bgcolor]")[-1]


def search(text: str, account: SampleAccount) -> list[tuple[str, str]]:
    options = BLOCK.search("product", SearchQuery(text, (text,)), account)
    return [(each.label, each.value) for each in options]


# What a creator finds.


def test_a_search_finds_products_by_name_and_by_stored_value(kit: SampleAccount) -> None:
    assert search("", kit) == [("Tide calendar", "cal"), ("Knots, on cards", "cards")]
    assert search("knots", kit) == [("Knots, on cards", "cards")]
    assert search("cal", kit) == [("Tide calendar", "cal")]
    assert search("gone-99", kit) == []


def test_equal_names_are_distinguished_by_their_price(account: Maker) -> None:
    twins = (CALENDAR, replace(CALENDAR, value="cal-2", price=Decimal(12)))

    assert search("", account(all_products=twins)) == [
        ("Tide calendar · €18.50", "cal"),
        ("Tide calendar · €12", "cal-2"),
    ]


def test_an_account_without_purchases_says_what_to_do(account: Maker) -> None:
    with pytest.raises(ContentNotFound, match="there are no purchases yet"):
        search("", account())


class KeyAccount(SampleAccount):
    """An account that is read with an API key."""

    def products(self) -> tuple[SoldProduct, ...]:
        raise NeedsOAuth

    def find_product(self, value: str) -> SoldProduct | None:
        raise NeedsOAuth


def test_an_api_key_says_what_it_lacks(kit: SampleAccount, block: Maker) -> None:
    account = KeyAccount(kit.posts)

    for attempt in (lambda: search("", account), lambda: block(account=account)):
        with pytest.raises(NeedsOAuth, match="API key") as raised:
            attempt()
        assert raised.value.code == 403


def test_nothing_of_customers_can_be_shown() -> None:
    assert {field.name for field in fields(SoldProduct)} == {
        "value",
        "name",
        "price",
        "currency",
        "sold_at",
    }


# What is wrong with a setting.


def test_a_product_that_is_gone_gives_a_sentence_for_the_creator(block: Maker) -> None:
    with pytest.raises(ContentNotFound, match=r"in your purchases any more\. Choose another one"):
        block(product="gone")


@pytest.mark.parametrize(
    ("typed", "opened"),
    [
        ("https://example.com/x\u200b", "https://example.com/x"),
        ("\u200e https://example.com/x\u00a0", "https://example.com/x"),
        ("https://straße.example/a b", "https://xn--strae-oqa.example/a%20b"),
        ("https://exam\u00adple.com/{{ x }}", "https://example.com/%7B%7B%20x%20%7D%7D"),
    ],
)
def test_typed_urls_are_read_as_browsers_do(block: Maker, typed: str, opened: str) -> None:
    found = parse(block(link=typed, image_link=typed))

    assert {a.attributes["href"] for a in found.css("a")} == {opened}
    assert {image.attributes["src"] for image in found.css("img")} == {opened}


@pytest.mark.parametrize(
    "url",
    ["shop.example/cal", "/cal", "javascript:alert(1)", "mailto:me@shop.example", "https://"],
)
def test_a_url_that_readers_could_not_open_is_named_by_its_label(block: Maker, url: str) -> None:
    with pytest.raises(SettingsInvalid) as raised:
        block(link=url, image_link=url)
    assert raised.value.messages == [
        '"Link" is not a web address. Copy all of it, from https:// on.',
        '"Image link" is not a web address. Copy all of it, from https:// on.',
    ]


def test_a_product_and_a_link_are_needed() -> None:
    with pytest.raises(SettingsInvalid) as raised:
        BLOCK.settings.parse({})
    assert raised.value.messages == [
        '"Product" is not set. Search and choose one.',
        '"Link" is empty. Fill it in.',
    ]


# What readers get.


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_block_shows_what_is_known_of_the_product(block: Maker, layout: str) -> None:
    html = block(layout=layout, description="Every tide.")

    assert one(html, "h2 a").text() == "Tide calendar"
    assert paragraphs(html) == ["€18.50", "Every tide."]
    assert button(html).text(strip=True) == "Buy now"
    assert {a.attributes["href"] for a in parse(html).css("a")} == {SHOP}
    assert {a.attributes["target"] for a in parse(html).css("a")} == {"_blank"}
    images = [(i.attributes["src"], i.attributes["alt"]) for i in parse(html).css("img")]
    assert images == ([] if layout == "text_only" else [(PICTURE, "Tide calendar")])


def test_a_card_is_finished_after_the_required_choices(block: Maker) -> None:
    html = block(image_link=None)

    assert not parse(html).css("img")
    assert paragraphs(html) == ["€18.50"]
    assert style(one(html, "h2"))["font-size"] == "26px"
    assert "border:1px solid" in html


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_missing_leaves_no_hole(account: Maker, block: Maker, layout: str) -> None:
    bare = account(all_products=(SoldProduct("cal", "Tide calendar"),))
    html = block(account=bare, image_link=" ", description="", layout=layout)

    assert not parse(html).css("p, img")
    assert not [td for td in parse(html).css("td") if not td.text(strip=True)]


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({}, ["€18.50"]),
        ({"price": Decimal(18)}, ["€18"]),
        ({"price": Decimal(0)}, ["€0"]),
        ({"currency": "JPY", "price": Decimal(1800)}, ["¥1,800"]),
        ({"price": None}, []),
        ({"currency": None}, []),
        ({"currency": ""}, []),
        ({"price": Decimal(-18)}, []),
    ],
)
def test_a_price_is_shown_in_full_or_not_at_all(
    block_of: Maker, facts: dict[str, object], shown: list[str]
) -> None:
    assert paragraphs(block_of(**facts)) == shown


def test_a_free_product_is_not_bought(block_of: Maker) -> None:
    assert button(block_of(price=Decimal(0))).text(strip=True) == "Get it"


def test_a_price_is_written_in_the_chosen_language_or_hidden(block: Maker) -> None:
    assert paragraphs(block(language="de")) == ["18,50\xa0€"]
    assert paragraphs(block(language="pt_BR")) == ["€\xa018,50"]
    assert paragraphs(block(show_price=False, language="de")) == []


def test_the_words_of_the_button_can_be_chosen(block: Maker) -> None:
    assert button(block(button_text="Order")).text(strip=True) == "Order"


def test_a_description_keeps_its_paragraphs_and_lines(block: Maker) -> None:
    html = block(description="One.\nTwo.\n\nThree.", show_price=False)

    assert [p.text().split() for p in parse(html).css("p")] == [["One.", "Two."], ["Three."]]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("chosen", ["#1f4e5f", "#fdf1e3"])
def test_all_text_can_be_read_on_a_chosen_background(
    block: Maker, layout: str, chosen: str
) -> None:
    styles = {"p": {"color": "#808080"}, "h2": {"color": "#808080"}}
    html = block(styles, layout=layout, background_color=chosen, description="Every tide.")

    panel = parse(html).css_first("td")
    assert panel is not None
    assert panel.attributes["bgcolor"] == style(panel)["background-color"] == chosen
    assert {style(n)["color"] for n in parse(html).css("h2, h2 a, p, img")} == {readable_on(chosen)}
    assert "border:1px" not in html


@pytest.mark.parametrize("chosen", [None, "transparent"])
def test_without_a_background_the_emails_own_shows(block: Maker, chosen: str | None) -> None:
    html = block({"p": {"color": "#123456"}}, background_color=chosen)

    assert len(parse(html).css("[bgcolor]")) == 1
    assert style(one(html, "p"))["color"] == "#123456"


def test_a_button_takes_the_creators_color_then_the_brands_then_that_of_links(
    account: Maker, block: Maker
) -> None:
    branded = account(all_products=(CALENDAR,), colors=("#1F4E5F",))
    styles = {"a": {"color": "rgb(200, 16, 46)"}}

    def color(**given: Any) -> str | None:
        return button(block(styles, **given)).attributes["bgcolor"]

    assert color(account=branded, button_color="#7a1f3d") == "#7a1f3d"
    assert color(account=branded) == "#1f4e5f"
    assert color(account=branded, background_color="#1f4e5f") == "#ffffff"
    assert color() == "#c8102e"


def test_a_font_is_used_throughout_and_its_weight_for_the_name(block: Maker) -> None:
    html = block(font={"fontFamily": "Courier, monospace", "fontWeight": 300}, description="Text.")

    assert set(map(family, parse(html).css("h2, p, td[bgcolor] a"))) == {"Courier, monospace"}
    assert [style(n)["font-weight"] for n in parse(html).css("h2, p")] == ["300", "600", "400"]


def family(node: LexborNode) -> str:
    return style(node)["font-family"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_right_to_left_text_mirrors_the_block(account: Maker, block: Maker, layout: str) -> None:
    hebrew = account(all_products=(replace(CALENDAR, name="לוח גאויות"),))
    html = block(account=hebrew, layout=layout, description="תיאור")

    root = parse(html).root
    assert root is not None
    assert root.attributes["dir"] == "rtl"
    assert {td.attributes["align"] for td in parse(html).css("td")} == {"right", "center"}
    assert "text-align:left" not in html
    assert [p.attributes["dir"] for p in parse(html).css("p")] == ["ltr", "rtl"]


def test_columns_hold_on_narrow_screens_without_the_media_query(block: Maker) -> None:
    html = block(layout="image_left", background_color="#e8f0f2")
    tds = parse(html).css("td")
    columns = [td for td in tds if "-column" in (td.attributes.get("class") or "")]

    assert {style(td)["display"] for td in columns} == {"inline-block"}
    # 320 px, less an email's margins and the room in the panel.
    assert max(int(style(td)["min-width"].removesuffix("px")) for td in columns) <= 320 - 60 - 40


def test_every_example_stays_small() -> None:
    for example in examples(BLOCK):
        html = example.render(EmailStyles())
        assert len(html.encode()) < (10_000 if example.name == "very_long" else 5_000)
