"""Made-up accounts in memory, with which examples are shown."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from math import inf
from typing import Any, Self, TypeVar

from typing_extensions import override

from plugin_server.kit.account_data import AccountData, Freshness
from plugin_server.kit.api.models import CreatorProfile
from plugin_server.kit.catalog import (
    COLORS,
    FORMS,
    NEWEST_PRODUCTS,
    PROFILE,
    SUBSCRIBERS,
    NewestProducts,
    PublishedForm,
    SoldProduct,
)
from plugin_server.kit.kit_resource import KitResource
from plugin_server.kit.post_source import NEWEST
from plugin_server.kit.posts import Posts, PublishedPost
from plugin_server.rendering.time_zones import parse_time_zone

_PICTURES = "https://images.example.com"

T = TypeVar("T")


@dataclass(frozen=True)
class SampleAccount(AccountData):
    """An account in memory: everything is there, and nothing is requested.

    Other resources have the value of their declaration's ``sample``, or of ``with_data``.

    Attributes:
        text: stands in all texts of samples, if it is not ``None``.
        scopes: what may be read; ``None`` allows everything.
        others: values of resources by name.
    """

    posts: Posts
    all_forms: tuple[PublishedForm, ...] = ()
    all_products: tuple[SoldProduct, ...] = ()
    profile: CreatorProfile | None = None
    subscribers: int | None = None
    colors: tuple[str, ...] = ()
    zone: tzinfo = UTC
    freshness: Freshness = field(default_factory=Freshness)
    text: str | None = None
    scopes: frozenset[str] | None = None
    others: Mapping[str, Any] = field(default_factory=dict)

    def restricted_to(self, scopes: Collection[str]) -> Self:
        """Return the account as a block with these scopes may read it; the rest is UndeclaredScope."""
        return replace(self, scopes=frozenset(scopes))

    def with_data(self, resource: KitResource[T], value: T) -> Self:
        """Return the account with a value for a resource."""
        return replace(self, others={**self.others, resource.name: value})

    @override
    def get(self, resource: KitResource[T], *, for_search: bool = False, timeout: float = inf) -> T:
        resource.require(self.scopes)
        known: Mapping[str, Any] = {
            NEWEST.name: self.posts,
            FORMS.name: self.all_forms,
            NEWEST_PRODUCTS.name: NewestProducts(self.all_products, is_whole=True),
            PROFILE.name: self.profile,
            SUBSCRIBERS.name: self.subscribers,
            COLORS.name: self.colors,
            **self.others,
        }
        if resource.name not in known:
            return resource.sample(self.text)
        value: T = known[resource.name]
        return value

    @override
    def prefetch(
        self, *resources: KitResource[Any], brand_colors: bool = False, time_zone: bool = False
    ) -> None:
        for resource in resources:
            resource.require(self.scopes)

    @override
    def published_posts(self) -> Posts:
        return self.get(NEWEST)

    @override
    def newest_posts(self) -> Posts:
        return self.get(NEWEST)

    @override
    def find_post(self, value: str) -> PublishedPost | None:
        return self.get(NEWEST).find(value)

    @override
    def find_posts(self, values: Sequence[str]) -> list[PublishedPost]:
        return [post for post in map(self.find_post, values) if post]

    @override
    def time_zone(self) -> tzinfo:
        return self.zone


def typical_account() -> SampleAccount:
    """Return the account of a creator who has been writing for a year or two."""
    return SampleAccount(
        posts=Posts(map(_post, range(12, 0, -1)), is_whole=True),
        all_forms=(
            PublishedForm("802", "landing_page", "Tide tables, free", "https://tides.example.com/"),
            PublishedForm("801", "form", "The Sunday letter", "https://letters.example.com/join"),
        ),
        all_products=(
            SoldProduct("tide-calendar", "Tide calendar 2027", Decimal(18), "USD"),
            SoldProduct("knot-cards", "Twelve knots, on cards", Decimal("9.5"), "EUR"),
        ),
        profile=CreatorProfile(
            name="Harbour Letters",
            byline="Maren Oakes",
            bio="A Sunday letter from a small harbour: tides, boats, bread, and the people who "
            "mend things. Written at a kitchen table.",
            image_url=f"{_PICTURES}/lighthouse.png",
            profile_url="https://letters.example.com/profile",
        ),
        subscribers=12_480,
        colors=("#1f4e5f", "#e07a5f"),
        zone=parse_time_zone("America/St_Johns"),
    )


# The sandbox's developer has posts, forms and products with the same ids, so that the examples'
# choices exist there.
_POST_IDS = (4156, 4157, 4158, 4160, 4161, 4162, 4163, 4165, 4166, 4167, 4168, 4169)
_TITLES = (
    "What the tide leaves behind",
    "A loaf for the night shift",
    "Letters to a lighthouse",
    "The ferry that was never late",
)


def _post(number: int) -> PublishedPost:
    return PublishedPost(
        value=str(_POST_IDS[number - 1]),
        title=_TITLES[number % len(_TITLES)],
        url=f"https://letters.example.com/posts/{number}",
        description="Some mornings the beach is a library, and everything on it is overdue.",
        # In the typical account's time zone, the evening of the day before.
        published_at=datetime(2026, number, 8, 1, 30, tzinfo=UTC),
        thumbnail_url=f"{_PICTURES}/{number}.png",
        thumbnail_alt="A beach at low tide",
    )


def account_with_text(text: str) -> SampleAccount:
    """Return the typical account with one text in place of all its texts."""
    account = typical_account()
    profile = CreatorProfile(
        name=text,
        byline=text,
        bio=text,
        image_url=f"{_PICTURES}/lighthouse.png",
        profile_url="https://letters.example.com/profile",
    )
    posts = (
        replace(post, title=text[:300], description=text[:300], thumbnail_alt=text[:300])
        for post in account.posts
    )
    return replace(
        account,
        posts=Posts(posts, is_whole=True),
        all_forms=tuple(replace(form, name=text) for form in account.all_forms),
        all_products=tuple(replace(product, name=text) for product in account.all_products),
        profile=profile,
        zone=parse_time_zone("Pacific/Kiritimati"),
        text=text,
    )


def bare_account() -> SampleAccount:
    """Return the typical account without any data that Kit may omit."""
    account = typical_account()
    posts = (PublishedPost(post.value, "Untitled") for post in account.posts)
    return replace(
        account,
        posts=Posts(posts, is_whole=True),
        all_products=tuple(SoldProduct(each.value, each.name) for each in account.all_products),
        profile=CreatorProfile(name="Harbour Letters"),
        colors=(),
        zone=UTC,
    )
