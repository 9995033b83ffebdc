"""Blocks as people meet them: named examples of every block, over accounts that are made up.

An example is one of a block's samples of settings, shown with one of the accounts below. The same
samples with other accounts and texts show what real life does to a block: very long text, other
alphabets, right-to-left text, hostile text, and data that Kit does not have.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import cache

from plugin_server.blocks.base import Block, context_of
from plugin_server.examples.sample_texts import (
    EVERYTHING,
    STRAINING_TEXTS,
    BadSample,
    Field,
    Sample,
    read_samples,
    with_text,
)
from plugin_server.kit.account_data import AccountData, Freshness
from plugin_server.kit.api.models import CreatorProfile
from plugin_server.kit.catalog import PublishedForm, SoldProduct
from plugin_server.kit.posts import Posts, PublishedPost
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.renderer import render_block
from plugin_server.rendering.time_zones import parse_time_zone
from plugin_server.resources.paths import EXAMPLES

_PICTURES = "https://images.example.com"


@dataclass(frozen=True)
class SampleAccount(AccountData):
    """An account in memory."""

    posts: Posts
    all_forms: tuple[PublishedForm, ...] = ()
    all_products: tuple[SoldProduct, ...] = ()
    profile: CreatorProfile | None = None
    subscribers: int | None = None
    colors: tuple[str, ...] = ()
    zone: tzinfo = UTC
    freshness: Freshness = field(default_factory=Freshness)

    def prefetch(self, *, brand_colors: bool = False, time_zone: bool = False) -> None:
        """Do nothing: all is there. See AccountData, as for all that follow."""

    def published_posts(self) -> Posts:
        """Return all."""
        return self.posts

    def newest_posts(self) -> Posts:
        """Return all."""
        return self.posts

    def find_post(self, value: str) -> PublishedPost | None:
        """Return one."""
        return self.posts.find(value)

    def find_posts(self, values: Sequence[str]) -> list[PublishedPost]:
        """Return several."""
        return [post for post in map(self.find_post, values) if post]

    def forms(self) -> tuple[PublishedForm, ...]:
        """Return all."""
        return self.all_forms

    def find_form(self, value: str) -> PublishedForm | None:
        """Return one."""
        return next((form for form in self.all_forms if form.value == value), None)

    def products(self) -> tuple[SoldProduct, ...]:
        """Return all."""
        return self.all_products

    def find_product(self, value: str) -> SoldProduct | None:
        """Return one."""
        return next((each for each in self.all_products if each.value == value), None)

    def creator_profile(self) -> CreatorProfile | None:
        """Return it."""
        return self.profile

    def subscriber_count(self) -> int | None:
        """Return it."""
        return self.subscribers

    def brand_colors(self) -> tuple[str, ...]:
        """Return them."""
        return self.colors

    def time_zone(self) -> tzinfo:
        """Return it."""
        return self.zone


@dataclass(frozen=True)
class Example:
    """A block with raw settings and an account; ``name`` tells it from the block's others."""

    name: str
    block: Block
    settings: Mapping[str, object]
    account: SampleAccount

    def render(self, styles: EmailStyles) -> str:
        """Return the finished HTML.

        Raises:
            PluginError: as for a request of the editor.
        """
        values = self.block.settings.parse(self.settings)
        context = context_of(self.block, values, self.account)
        return render_block(self.block.name, context, styles, instance=self.name)


def examples(block: Block) -> Iterator[Example]:
    """Yield a block's examples, each of which renders without an error.

    Raises:
        BadSample: a file of an example cannot be used.
    """
    for sample in _samples(block.name):
        yield Example(sample.name, block, sample.settings, typical_account())
    everything = sample_settings(block, EVERYTHING)
    fields = [Field(each.name, each.type, each.max_length) for each in block.settings.settings]
    for name, text in STRAINING_TEXTS.items():
        settings = with_text(everything, text, fields)
        yield Example(name, block, settings, _account_saying(text))
    yield Example("missing_data", block, everything, _bare_account())


def sample_settings(block: Block, name: str) -> Mapping[str, object]:
    """Return the raw settings of a block's sample.

    Raises:
        BadSample: there is none of that name.
    """
    for sample in _samples(block.name):
        if sample.name == name:
            return sample.settings
    raise BadSample(f"{block.name} has no example {name}.json in {EXAMPLES}.")


@cache
def _samples(block: str) -> list[Sample]:
    return read_samples(EXAMPLES / block)


def typical_account() -> SampleAccount:
    """Return an account as a creator of a year or two has it."""
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


# The sandbox's developer has posts of these ids too, and forms and products of the ids above, so
# that what an example chooses can be shown there.
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
        # The evening of the day before, where the typical account is.
        published_at=datetime(2026, number, 8, 1, 30, tzinfo=UTC),
        thumbnail_url=f"{_PICTURES}/{number}.png",
        thumbnail_alt="A beach at low tide",
    )


def _account_saying(text: str) -> SampleAccount:
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
    )


def _bare_account() -> SampleAccount:
    """Return the typical account with what Kit may leave out left out."""
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
