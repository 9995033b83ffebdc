"""The Product block: something the creator sells, with its price and a button that leads to it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from plugin_server.blocks import (
    LINK,
    AccountData,
    Block,
    Candidate,
    ContentNotFound,
    Option,
    OptionIndex,
    SearchQuery,
    SoldProduct,
    TextFormat,
    Values,
    brand_color,
    direction,
    shorten,
)
from plugin_server.rendering import locale_formats

_MAX_NAME = 200


class ProductBlock(Block):
    """A product from Kit's purchases, with the creator's own text.

    Kit knows neither where a product is sold nor what it looks like, so the creator enters both
    URLs. Who bought it is never read.
    """

    description: ClassVar[str] = "Show something you sell, with its price"
    sort_order: ClassVar[int] = 5
    scopes: ClassVar[Mapping[str, str]] = {
        "read:products": "Read which products you have sold at what price, but not to whom"
    }
    formats: ClassVar[Mapping[str, TextFormat]] = {"link": LINK, "image_link": LINK}

    def search(self, setting: str, query: SearchQuery, data: AccountData) -> list[Option]:
        """Return products: last sold first, or those whose names match.

        Kit has no list of products, only purchases, so products that were never sold are not found.

        Raises:
            ContentNotFound: the account has no purchases yet.
        """
        products = data.products()
        if not products:
            raise ContentNotFound(
                "Kit knows a product once it was bought, and there are no purchases yet. "
                "Come back after the first."
            )
        candidates = (Candidate(each.name, each.value, _price(each, None)) for each in products)
        return OptionIndex(candidates).search(query)

    def context(self, values: Values, data: AccountData) -> dict[str, object]:
        """Return the product's card; parts without data are ``None``.

        A font's weight applies to the name only: text in that weight would be hard to read.

        Raises:
            ContentNotFound: the product is not in any purchase any more.
            NeedsOAuth: the account is read with an API key, which cannot read purchases.
        """
        button_color = values.color("button_color")
        data.prefetch(brand_colors=not button_color)
        product = data.find_product(values.result("product"))
        if product is None:
            raise ContentNotFound(
                "Kit does not find this product in your purchases any more. Choose another one."
            )
        title = shorten(product.name, _MAX_NAME)
        font = values.font("font")
        image = values.link("image_link")
        return {
            "layout": values.choice("layout"),
            "title": title,
            "url": values.link("link"),
            "image": {"src": image, "alt": title} if image else None,
            "description": values.text("description"),
            "price": _price(product, values.choice("language"))
            if values.is_on("show_price")
            else None,
            "button_text": values.text("button_text") or _button(product),
            "background": values.color("background_color"),
            "button_color": button_color,
            "accent": button_color or brand_color(data),
            "font_family": font and font.family,
            "font_weight": font and font.weight,
            "direction": direction(title, values.text("description")),
        }


def _price(product: SoldProduct, language: str | None) -> str | None:
    """Return the price, formatted for a language; ``None`` where Kit's data is incomplete.

    An amount without a currency means nothing to readers, and one below zero was a correction.
    """
    if (
        product.price is None
        or product.price < 0
        or not locale_formats.is_currency(product.currency)
    ):
        return None
    return locale_formats.format_price(product.price, product.currency, language)


def _button(product: SoldProduct) -> str:
    return "Get it" if product.price == Decimal(0) else "Buy now"
