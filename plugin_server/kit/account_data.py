"""What blocks may read of one creator's account. The only door from a block to Kit."""

import logging
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from functools import partial
from typing import Protocol, TypeVar

from plugin_server.errors import ContentNotFound, KitError, KitUnauthorized, NeedsOAuth, PluginError
from plugin_server.kit.api.deadline import Deadline
from plugin_server.kit.api.models import CreatorProfile
from plugin_server.kit.cache.account_cache import AccountCache, Found
from plugin_server.kit.cache.resource import Resource
from plugin_server.kit.catalog import (
    COLORS,
    FORMS,
    NEWEST_PRODUCTS,
    PRODUCTS,
    PROFILE,
    SUBSCRIBERS,
    TIMEZONE,
    Catalog,
    PublishedForm,
    SoldProduct,
    newest_of_each,
)
from plugin_server.kit.post_source import PostSource
from plugin_server.kit.posts import NEWEST, WHOLE, Posts, PublishedPost, is_value, one

log = logging.getLogger(__name__)

# Seconds for which a block waits for its colors, and a search for all that was ever sold. A wrong
# color is seen and changed, a wrong day is believed, so that is waited for longer.
_COLORS_PATIENCE = 1.5
_PRODUCTS_PATIENCE = 1.0
_TIMEZONE_PATIENCE = 3.0
# So many newest posts are enough for any block; with fewer, the first page is mostly drafts.
_ENOUGH = 10

T = TypeVar("T")
Item = TypeVar("Item", PublishedForm, SoldProduct)


@dataclass
class Freshness:
    """How old what a request was served is, in seconds.

    ``loaded`` tells that Kit was asked for it, ``stale`` that a newer one was wanted.
    """

    age: float = 0.0
    loaded: bool = False
    stale: bool = False

    @property
    def result(self) -> str:
        """Return ``miss``, ``stale`` or ``hit``, as log lines and metrics call it."""
        return "miss" if self.loaded else "stale" if self.stale else "hit"

    def note(self, found: Found[T]) -> T:
        """Count a part in and return its value."""
        self.age = max(self.age, found.age)
        self.loaded |= found.loaded
        self.stale |= found.stale
        return found.value


class AccountData(Protocol):
    """One creator's account, read-only.

    Each method raises KitError (502, 503, 429) when Kit fails and nothing is kept, and NotConnected
    (code 403) when the creator's connection has ended. What is for searching comes at once if it can be
    had. What is for showing is at most 30 seconds old when a creator arrives at the editor or comes back to
    it, and at most ten minutes (five, as a rule) while they edit on without a pause, unless Kit does not
    answer or a method says so.
    """

    freshness: Freshness

    def expect(self, *, brand_colors: bool = False, time_zone: bool = False) -> None:
        """Begin to ask Kit for what a block will want later, so that it need not wait for one after another.

        To be called before what is waited for first. Nothing is asked for that is there. Never raises.
        """

    def published_posts(self) -> Posts:
        """Return the published posts, newest first; for searching.

        Of a large account that nobody has searched yet, these are the newest; the others follow.
        """

    def newest_posts(self) -> Posts:
        """Return the newest published posts, newest first: all of them, or at least ten.

        Fewer only while the whole list of an account with very many drafts is on its way.
        """

    def find_post(self, value: str) -> PublishedPost | None:
        """Return one published post by its ``value``; ``None`` when it is gone."""

    def find_posts(self, values: Sequence[str]) -> list[PublishedPost]:
        """Return several posts in that order, without those that are gone; asks Kit all at once."""

    def forms(self) -> tuple[PublishedForm, ...]:
        """Return the forms and landing pages, newest first; for searching."""

    def find_form(self, value: str) -> PublishedForm | None:
        """Return one form or landing page by its ``value``; ``None`` when it is gone."""

    def products(self) -> tuple[SoldProduct, ...]:
        """Return what was ever sold, last sold first; for searching.

        Raises:
            NeedsOAuth: code 403, the account is read with an API key.
        """

    def find_product(self, value: str) -> SoldProduct | None:
        """Return one product by its ``value``; errors as above."""

    def creator_profile(self) -> CreatorProfile | None:
        """Return what the creator tells the public of themselves; ``None`` when nothing."""

    def subscriber_count(self) -> int | None:
        """Return how many subscribers there are; ``None`` when Kit does not say."""

    def brand_colors(self) -> tuple[str, ...]:
        """Return the creator's brand colors as ``#rrggbb``; none when Kit fails. Never raises."""

    def time_zone(self) -> tzinfo:
        """Return the zone whose days the creator lives by; for every day that is shown or compared.

        The same at each call. UTC where Kit does not tell it, or fails before it ever has. What it said
        in the last ten minutes counts; after that it is still taken, and asked for again behind the
        response. Never raises.
        """


class KitAccountData:
    """An account as Kit's API gives it, for one request."""

    def __init__(
        self,
        source: PostSource,
        catalog: Catalog,
        cache: AccountCache,
        deadline: Deadline,
        *,
        whole: Resource[Posts] = WHOLE,
        sees_purchases: bool = True,
    ) -> None:
        """Take who asks Kit, what is kept already, and until when the request can wait.

        ``whole`` says how the list of all posts is prepared. ``sees_purchases`` is false for an API
        key, which Kit does not show them to.
        """
        self._source, self._catalog = source, catalog
        self._cache, self._deadline, self._whole = cache, deadline, whole
        self._sees_purchases = sees_purchases
        self._zone: tzinfo | None = None
        self.freshness = Freshness()

    def recall(self, name: str) -> bytes | None:
        """Return the answer that was kept, while a new one would be made of the same data."""
        found = self._cache.recall(name)
        return self.freshness.note(found) if found else None

    def keep(self, name: str, answer: bytes) -> None:
        """Keep an answer that was made of what was read here, as long as that is current.

        ``name`` tells it from all answers that another request might get; see ``Memory.find_made``.
        """
        self._cache.keep(name, answer)

    def published_posts(self) -> Posts:
        """See AccountData."""
        newest = self._soon(NEWEST, self._read_newest)
        if newest.is_whole:
            return newest
        if not newest:
            # The first page is all drafts: only the others can tell whether there is any post.
            return self._soon(self._whole, self._source.whole)
        # Of so many posts some have equal titles, which searches tell apart by their days.
        self._cache.peek(TIMEZONE, self._catalog.timezone)
        whole = self._cache.peek(self._whole, self._source.whole)
        return self.freshness.note(whole).updated(newest) if whole else newest

    def newest_posts(self) -> Posts:
        """See AccountData."""
        newest = self._fresh(NEWEST, self._read_newest)
        if newest.is_whole or len(newest) >= _ENOUGH:
            return newest
        try:
            return self._fresh(self._whole, self._source.whole).updated(newest)
        except KitError:
            if not newest:
                raise
            return newest

    def expect(self, *, brand_colors: bool = False, time_zone: bool = False) -> None:
        """See AccountData."""
        if brand_colors:
            self._cache.begin(COLORS, self._catalog.colors)
        if time_zone:
            self._cache.begin(TIMEZONE, self._catalog.timezone)

    def find_post(self, value: str) -> PublishedPost | None:
        """See AccountData."""
        if not is_value(value):
            return None
        before: KitError | None = None
        if self._may_be_among_newest(value):
            # One answer brings all of the newest up to date, for every block of an email.
            try:
                newest = self._renew_newest()
            except KitUnauthorized:
                raise
            except KitError as error:
                newest, before = None, error
            post = newest.find(value) if newest else None
            if post and post.description:
                return post
        try:
            return self._fresh(one(value), partial(self._source.one, value))
        except KitUnauthorized:
            raise
        except KitError as error:
            # What the lists know of it, however old, is better than nothing.
            kept = self._find_in_lists(value)
            if kept is None:
                # Where no time was left for this one, what failed before it tells more.
                raise before if before and error.reason == "deadline" else error from None
            return kept

    def find_posts(self, values: Sequence[str]) -> list[PublishedPost]:
        """See AccountData."""
        wanted = [value for value in values if is_value(value)]
        if any(map(self._may_be_among_newest, wanted)):
            try:
                self._renew_newest()
            except KitUnauthorized:
                raise
            except KitError:  # each is asked for by itself below
                log.debug("The newest posts cannot be had")
        for value in wanted:
            if not self._is_among_newest(value):
                self._cache.begin(one(value), partial(self._source.one, value))
        return [post for post in map(self.find_post, values) if post]

    def forms(self) -> tuple[PublishedForm, ...]:
        """See AccountData."""
        return self._soon(FORMS, self._catalog.forms)

    def find_form(self, value: str) -> PublishedForm | None:
        """See AccountData."""
        forms = self._fresh(FORMS, self._catalog.forms)
        return _named(value, forms)

    def products(self) -> tuple[SoldProduct, ...]:
        """See AccountData."""
        self._require_purchases()
        newest = self._soon(NEWEST_PRODUCTS, self._catalog.newest_products)
        if newest.is_whole:
            return newest.products
        try:
            every = self._soon(PRODUCTS, self._catalog.products, _PRODUCTS_PATIENCE)
        except KitError:
            # Those of many purchases take longer than a creator waits, and are there for a later
            # search. The newest are better than none.
            return newest.products
        return newest_of_each(newest.products, every)

    def find_product(self, value: str) -> SoldProduct | None:
        """See AccountData."""
        self._require_purchases()
        newest = self._fresh(NEWEST_PRODUCTS, self._catalog.newest_products)
        found = _named(value, newest.products)
        if found is None and not newest.is_whole:
            every = self._fresh(PRODUCTS, self._catalog.products)
            found = _named(value, every)
        return found

    def creator_profile(self) -> CreatorProfile | None:
        """See AccountData."""
        return self._fresh(PROFILE, self._catalog.profile)

    def subscriber_count(self) -> int | None:
        """See AccountData."""
        return self._fresh(SUBSCRIBERS, self._catalog.subscriber_count)

    def brand_colors(self) -> tuple[str, ...]:
        """See AccountData. A block without its brand color is better than a late one, or none."""
        try:
            return self._fresh(COLORS, self._catalog.colors, _COLORS_PATIENCE)
        except PluginError:
            return ()

    def time_zone(self) -> tzinfo:
        """See AccountData."""
        if self._zone is None:
            self._zone = self._read_zone()
        return self._zone

    def _read_zone(self) -> tzinfo:
        """Return the zone; a day that may be one off is better than no block.

        What is made with UTC because Kit failed is not kept: see ``AccountCache.get``.
        """
        try:
            return self._soon(TIMEZONE, self._catalog.timezone, _TIMEZONE_PATIENCE).zone
        except PluginError:
            return UTC

    def _read_newest(self) -> Posts:
        """Ask Kit for the newest posts, and prepare the whole list that begins with them."""
        newest = self._source.newest()
        if whole := self._cache.find(self._whole, at_once=True):
            self._whole.prepare(whole.value.updated(newest))
        return newest

    def _find_in_lists(self, value: str) -> PublishedPost | None:
        for resource in (NEWEST, self._whole):
            found = self._cache.find(resource)
            post = found.value.find(value) if found else None
            if found and post and not post.is_outline:
                self.freshness.note(replace(found, stale=True))
                return post
        return None

    def _is_among_newest(self, value: str) -> bool:
        known = self._cache.find(NEWEST)
        return known is not None and known.value.find(value) is not None

    def _may_be_among_newest(self, value: str) -> bool:
        """Return whether to look there: also if nobody knows the newest yet, but for a post known by itself.

        It is so where Kit shows an app single posts and no list.
        """
        if self._cache.find(NEWEST) is None:
            return self._cache.find(one(value)) is None
        return self._is_among_newest(value)

    def _renew_newest(self) -> Posts | None:
        """Return the newest posts; ``None`` where Kit shows no list of them."""
        try:
            return self._fresh(NEWEST, self._read_newest)
        except ContentNotFound:
            return None

    def _require_purchases(self) -> None:
        if not self._sees_purchases:
            raise NeedsOAuth

    def _soon(self, resource: Resource[T], read: Callable[[], T], patience: float = math.inf) -> T:
        """Return what there is, or else what Kit answers within ``patience`` seconds."""
        return self.freshness.note(self._cache.get(resource, read, self._within(patience)))

    def _fresh(self, resource: Resource[T], read: Callable[[], T], patience: float = math.inf) -> T:
        """Return what is fresh, or what Kit answers; what is stale only if that takes too long."""
        deadline = self._within(patience)
        return self.freshness.note(self._cache.get(resource, read, deadline, must_be_fresh=True))

    def _within(self, seconds: float) -> Deadline:
        return Deadline.after(min(self._deadline.remaining(), seconds))


def _named(value: str, items: Iterable[Item]) -> Item | None:
    """Return what the sidebar stores as ``value``."""
    return next((item for item in items if item.value == value), None)
