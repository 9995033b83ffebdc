"""Resources other than posts: forms, products, profile, number of subscribers, colors, time zone.

These are small; only purchases may be many, and are read like posts: the newest often, all of them rarely.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import Literal

from plugin_server.kit.api import endpoints
from plugin_server.kit.api.models import (
    Account,
    Colors,
    CreatorProfile,
    Form,
    GrowthStats,
    Purchase,
    Timezone,
)
from plugin_server.kit.api.parameters import MAX_PAGE_SIZE
from plugin_server.kit.cache import lifetimes
from plugin_server.kit.kit_resource import (
    MAX_BACKGROUND_LOAD,
    KitResource,
    KitSource,
    kit_list,
    kit_record,
    make_resource,
)
from plugin_server.kit.texts import from_shop
from plugin_server.rendering.text import one_line

# Characters of a value that the sidebar stores.
_MAX_VALUE = 200
# No product costs this much in any currency: such a price is a mistake, and a risk to print.
_MAX_PRICE = 10**12

FormKind = Literal["form", "landing_page"]
_KINDS: dict[str | None, FormKind] = {"embed": "form", "hosted": "landing_page"}


@dataclass(frozen=True, slots=True)
class PublishedForm:
    """A form or landing page that readers can open. ``value`` is what the sidebar stores."""

    value: str
    kind: FormKind
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class SoldProduct:
    """A product, as in its newest purchase, without the customer.

    ``value`` is what the sidebar stores. ``price`` is the unit price in ``currency`` (ISO 4217); both are
    ``None`` where Kit has none. ``sold_at`` is when it was last sold.
    """

    value: str
    name: str
    price: Decimal | None = None
    currency: str | None = None
    sold_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewestProducts:
    """The products of the newest purchases, last sold first; ``is_whole`` when there are no others."""

    products: tuple[SoldProduct, ...]
    is_whole: bool


def newest_of_each(*lists: Iterable[SoldProduct]) -> tuple[SoldProduct, ...]:
    """Return each product once, as it was last sold, last sold first.

    Of two that were sold at the same time, the one from the earlier list stays.
    """
    newest: dict[str, SoldProduct] = {}
    for product in chain(*lists):
        known = newest.get(product.value)
        if known is None or _moment(known) < _moment(product):
            newest[product.value] = product
    return tuple(sorted(newest.values(), key=_moment, reverse=True))


def _published(form: Form) -> PublishedForm | None:
    kind = _KINDS.get(form.type)
    if kind is None or form.archived or not form.embed_url:
        return None
    return PublishedForm(
        str(form.id), kind, one_line(form.name or "") or "Untitled", form.embed_url
    )


def _products(purchases: Iterable[Purchase]) -> tuple[SoldProduct, ...]:
    """Return each product once, after its newest purchase; Kit lists purchases in any order."""
    return newest_of_each(chain.from_iterable(map(_sold, purchases)))


def _sold(purchase: Purchase) -> Iterator[SoldProduct]:
    """Yield the products of a purchase; one without a name could not be shown."""
    for product in purchase.products:
        name = one_line(from_shop(product.name))
        # Normalized as the sidebar returns it, or it would not be found again.
        value = one_line(product.pid or product.sku or product.name or "")[:_MAX_VALUE].strip()
        if name and value:
            price = product.unit_price
            plausible = price if price is not None and abs(price) < _MAX_PRICE else None
            yield SoldProduct(value, name, plausible, purchase.currency, purchase.transaction_time)


def _moment(product: SoldProduct) -> float:
    return product.sold_at.timestamp() if product.sold_at else 0.0


# How they are read and cached.


def _published_forms(forms: tuple[Form, ...]) -> tuple[PublishedForm, ...]:
    """Return the forms and landing pages that can be opened, newest first."""
    published = filter(None, map(_published, forms))
    return tuple(sorted(published, key=lambda form: int(form.value), reverse=True))


def _subscribers(stats: GrowthStats | None) -> int | None:
    return stats.subscribers if stats else None


def _colors(colors: Colors | None) -> tuple[str, ...]:
    return colors.colors if colors else ()


def _timezone(account: Account | None) -> Timezone:
    """Return the time zone as Kit has it; empty where Kit has none, which a retry would not change."""
    return (account and account.timezone) or Timezone()


def _newest_products(kit: KitSource) -> NewestProducts:
    """Return the products of the newest purchases, from one response of Kit."""
    page = next(kit.client.list(endpoints.PURCHASES, per_page=100).pages())
    return NewestProducts(_products(page.records), page.is_last)


def _all_products(kit: KitSource) -> tuple[SoldProduct, ...]:
    """Return the products of all purchases, last sold first; one page is in memory at a time."""
    return _products(kit.background_client.list(endpoints.PURCHASES, per_page=MAX_PAGE_SIZE))


# Annotated, so that mypy checks what it infers of a declaration.
FORMS: KitResource[tuple[PublishedForm, ...]] = kit_list(endpoints.FORMS, scope="read:forms").map(
    _published_forms
)
PROFILE: KitResource[CreatorProfile | None] = kit_record(
    endpoints.CREATOR_PROFILE, scope="read:profile"
)
SUBSCRIBERS: KitResource[int | None] = kit_record(endpoints.GROWTH_STATS, scope="read:growth").map(
    _subscribers
)
COLORS: KitResource[tuple[str, ...]] = kit_record(
    endpoints.COLORS, scope=None, fresh=lifetimes.COLORS
).map(_colors)
TIMEZONE: KitResource[Timezone] = kit_record(
    endpoints.ACCOUNT, scope=None, fresh=lifetimes.RARELY_CHANGED
).map(_timezone)
NEWEST_PRODUCTS = make_resource(
    "newest products",
    NewestProducts,
    _newest_products,
    scope="read:products",
    fresh=lifetimes.EDITED,
    needs_oauth=True,
)
PRODUCTS = make_resource(
    "products",
    tuple[SoldProduct, ...],
    _all_products,
    scope="read:products",
    fresh=lifetimes.RARELY_CHANGED,
    max_load_seconds=MAX_BACKGROUND_LOAD,
    needs_oauth=True,
)
