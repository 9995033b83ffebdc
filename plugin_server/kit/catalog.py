"""Resources other than posts: forms, products, profile, number of subscribers, colors, time zone.

These are small, so each is read as a whole; only purchases may be many, and are read like posts: the newest
often, all of them rarely.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import Any, Literal, TypeVar

from pydantic import TypeAdapter

from plugin_server.errors import KitNotFound
from plugin_server.kit.api import endpoints
from plugin_server.kit.api.client import KitClient
from plugin_server.kit.api.models import CreatorProfile, Form, Purchase, Timezone
from plugin_server.kit.cache import lifetimes
from plugin_server.kit.cache.resource import Resource
from plugin_server.kit.texts import from_shop
from plugin_server.rendering.text import one_line

_PAGE_SIZE = 1000
# Characters of a value that the sidebar stores.
_MAX_VALUE = 200
# No product costs this much in any currency: such a price is a mistake, and a risk to print.
_MAX_PRICE = 10**12

FormKind = Literal["form", "landing_page"]
_KINDS: dict[str | None, FormKind] = {"embed": "form", "hosted": "landing_page"}

T = TypeVar("T")


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


@dataclass(frozen=True)
class Catalog:
    """Reads these resources: ``client`` while a creator waits, ``background_client`` while none does."""

    client: KitClient
    background_client: KitClient

    def forms(self) -> tuple[PublishedForm, ...]:
        """Return the forms and landing pages that can be opened, newest first."""
        published = filter(
            None, map(_published, self.client.list(endpoints.FORMS, per_page=_PAGE_SIZE))
        )
        return tuple(sorted(published, key=lambda form: int(form.value), reverse=True))

    def profile(self) -> CreatorProfile | None:
        """Return the creator's profile; ``None`` when there is none."""
        return self.client.find(endpoints.CREATOR_PROFILE)

    def subscriber_count(self) -> int | None:
        """Return how many subscribers there are now; ``None`` when Kit has no number."""
        return self.client.get(endpoints.GROWTH_STATS).subscribers

    def colors(self) -> tuple[str, ...]:
        """Return the brand colors, each as ``#rrggbb``."""
        return self.client.get(endpoints.COLORS).colors

    def timezone(self) -> Timezone:
        """Return the account's time zone as Kit has it; empty where Kit has none."""
        try:
            return self.client.get(endpoints.ACCOUNT).timezone or Timezone()
        except KitNotFound:  # a retry would not change that
            return Timezone()

    def newest_products(self) -> NewestProducts:
        """Return the products of the newest purchases, from one response of Kit."""
        page = next(self.client.list(endpoints.PURCHASES, per_page=100).pages())
        return NewestProducts(_products(page.records), page.is_last)

    def products(self) -> tuple[SoldProduct, ...]:
        """Return the products of all purchases, last sold first."""
        return _products(self.background_client.list(endpoints.PURCHASES, per_page=_PAGE_SIZE))


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


def _resource(
    name: str,
    fresh: int,
    kind: Any,
    *,
    fresh_in_visit: int | None = lifetimes.IN_VISIT,
    max_load_seconds: int = 30,
) -> Resource[Any]:
    adapter = TypeAdapter(kind)
    return Resource(
        name,
        fresh,
        adapter.dump_json,
        adapter.validate_json,
        # Objects take about three times the memory of their text.
        lambda value: 3 * len(adapter.dump_json(value)),
        max_load_seconds=max_load_seconds,
        fresh_in_visit=fresh_in_visit,
    )


FORMS: Resource[tuple[PublishedForm, ...]] = _resource(
    "forms", lifetimes.EDITED, tuple[PublishedForm, ...]
)
PROFILE: Resource[CreatorProfile | None] = _resource(
    "profile", lifetimes.EDITED, CreatorProfile | None
)
SUBSCRIBERS: Resource[int | None] = _resource("subscribers", lifetimes.EDITED, int | None)
TIMEZONE: Resource[Timezone] = _resource(
    "timezone", lifetimes.RARELY_CHANGED, Timezone, fresh_in_visit=None
)
COLORS: Resource[tuple[str, ...]] = _resource("colors", lifetimes.COLORS, tuple[str, ...])
NEWEST_PRODUCTS: Resource[NewestProducts] = _resource(
    "newest products", lifetimes.EDITED, NewestProducts
)
PRODUCTS: Resource[tuple[SoldProduct, ...]] = _resource(
    "products",
    lifetimes.RARELY_CHANGED,
    tuple[SoldProduct, ...],
    fresh_in_visit=None,
    max_load_seconds=300,
)
