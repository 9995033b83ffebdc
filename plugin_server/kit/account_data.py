"""One creator's account as blocks read it: the only way from a block to Kit."""

import logging
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from functools import partial
from typing import Protocol, TypeVar

from typing_extensions import override

from plugin_server.errors import ContentNotFound, KitError, KitUnauthorized, NeedsOAuth, PluginError
from plugin_server.kit.api.deadline import Deadline
from plugin_server.kit.api.models import CreatorProfile
from plugin_server.kit.cache.account_cache import AccountCache, CachedValue
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
from plugin_server.kit.posts import NEWEST, WHOLE, Posts, PublishedPost, is_value, single_post

log = logging.getLogger(__name__)

# Seconds for which a block waits for its colors, a search for the products of all purchases, and a day for
# the time zone: longer, because a wrong color is noticed and changed, and a wrong day is not.
_COLORS_TIMEOUT = 1.5
_PRODUCTS_TIMEOUT = 1.0
_TIMEZONE_TIMEOUT = 3.0
# Number of newest posts that is enough for any block; with fewer, the first page is mostly drafts.
_ENOUGH = 10

T = TypeVar("T")
Item = TypeVar("Item", PublishedForm, SoldProduct)


@dataclass
class Freshness:
    """The age of the data of a response, in seconds.

    ``loaded`` is whether some of it was loaded from Kit, ``stale`` whether some should have been newer.
    """

    age: float = 0.0
    loaded: bool = False
    stale: bool = False

    @property
    def result(self) -> str:
        """Return ``miss``, ``stale`` or ``hit``, the words of the log and the metrics."""
        return "miss" if self.loaded else "stale" if self.stale else "hit"

    def add(self, cached: CachedValue[T]) -> T:
        """Include the age of a value; return the value."""
        self.age = max(self.age, cached.age)
        self.loaded |= cached.loaded
        self.stale |= cached.stale
        return cached.value


class AccountData(Protocol):
    """One creator's account, read-only.

    Each method raises KitError (502, 503, 429) when Kit fails and nothing is cached, and NotConnected
    (code 403) when the creator's connection has ended. What is for searching is returned at once if it is
    cached. What is for showing is at most 30 seconds old when a creator opens the editor or comes back to
    it, and at most ten minutes (five, as a rule) while they go on editing without a pause, unless Kit does
    not respond or a method says otherwise.
    """

    freshness: Freshness

    def prefetch(self, *, brand_colors: bool = False, time_zone: bool = False) -> None:
        """Start to load what a block will read later, so that it does not wait for one after another.

        To be called before the first method that may wait. What is cached is not loaded. Never raises.
        """

    def published_posts(self) -> Posts:
        """Return the published posts, newest first; for searching.

        Of a large account that was not searched before, these are the newest; the others follow.
        """

    def newest_posts(self) -> Posts:
        """Return the newest published posts, newest first: all of them, or at least ten.

        Fewer only while the whole list of an account with very many drafts is being loaded.
        """

    def find_post(self, value: str) -> PublishedPost | None:
        """Return one published post by its ``value``; ``None`` when it was deleted."""

    def find_posts(self, values: Sequence[str]) -> list[PublishedPost]:
        """Return several posts in that order, without deleted ones; all are requested at once."""

    def forms(self) -> tuple[PublishedForm, ...]:
        """Return the forms and landing pages, newest first; for searching."""

    def find_form(self, value: str) -> PublishedForm | None:
        """Return one form or landing page by its ``value``; ``None`` when it was deleted."""

    def products(self) -> tuple[SoldProduct, ...]:
        """Return all products that were ever sold, last sold first; for searching.

        Raises:
            NeedsOAuth: code 403, the account is read with an API key.
        """

    def find_product(self, value: str) -> SoldProduct | None:
        """Return one product by its ``value``; errors as above."""

    def creator_profile(self) -> CreatorProfile | None:
        """Return the creator's public profile; ``None`` when there is none."""

    def subscriber_count(self) -> int | None:
        """Return the number of subscribers; ``None`` when Kit has no number."""

    def brand_colors(self) -> tuple[str, ...]:
        """Return the creator's brand colors as ``#rrggbb``; none when Kit fails. Never raises."""

    def time_zone(self) -> tzinfo:
        """Return the account's time zone, for every day that is shown or compared.

        The same at each call. UTC where Kit has none, or fails and none is cached. A cached one is used for
        ten minutes; after that it is still used, and loaded again in the background. Never raises.
        """


class KitAccountData(AccountData):
    """An account as Kit's API returns it, for one request."""

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
        """Take what reads from Kit, the account's cache, and until when the request can wait.

        ``whole`` is the resource of all posts, which says how it is prepared. ``sees_purchases`` is false for
        an API key, to which Kit does not show them.
        """
        self._source, self._catalog = source, catalog
        self._cache, self._deadline, self._whole = cache, deadline, whole
        self._sees_purchases = sees_purchases
        self._zone: tzinfo | None = None
        self.freshness = Freshness()

    def cached_response(self, name: str) -> bytes | None:
        """Return a cached response, while a new one would be made from the same data."""
        response = self._cache.cached_response(name)
        return self.freshness.add(response) if response else None

    def cache_response(self, name: str, response: bytes) -> None:
        """Cache a response that was made from what was read here, as long as that does not change.

        ``name`` identifies it among the responses to all requests; see ``Memory.find_response``.
        """
        self._cache.cache_response(name, response)

    @override
    def published_posts(self) -> Posts:
        newest = self._available(NEWEST, self._load_newest)
        if newest.is_whole:
            return newest
        if not newest:
            # The first page is all drafts: only the other pages show whether there is any post.
            return self._available(self._whole, self._source.whole)
        # In a large list some titles are equal, and searches show the days of their posts.
        self._cache.get_or_load_in_background(TIMEZONE, self._catalog.timezone)
        whole = self._cache.get_or_load_in_background(self._whole, self._source.whole)
        return self.freshness.add(whole).updated(newest) if whole else newest

    @override
    def newest_posts(self) -> Posts:
        newest = self._fresh(NEWEST, self._load_newest)
        if newest.is_whole or len(newest) >= _ENOUGH:
            return newest
        try:
            return self._fresh(self._whole, self._source.whole).updated(newest)
        except KitError:
            if not newest:
                raise
            return newest

    @override
    def prefetch(self, *, brand_colors: bool = False, time_zone: bool = False) -> None:
        if brand_colors:
            self._cache.prefetch(COLORS, self._catalog.colors)
        if time_zone:
            self._cache.prefetch(TIMEZONE, self._catalog.timezone)

    @override
    def find_post(self, value: str) -> PublishedPost | None:
        if not is_value(value):
            return None
        newest_error: KitError | None = None
        if self._may_be_among_newest(value):
            # One response renews all of the newest, for every block of an email.
            try:
                newest = self._renew_newest()
            except KitUnauthorized:
                raise
            except KitError as error:
                newest, newest_error = None, error
            post = newest.find(value) if newest else None
            if post and post.description:
                return post
        try:
            return self._fresh(single_post(value), partial(self._source.one, value))
        except KitUnauthorized:
            raise
        except KitError as error:
            # The post in a cached list, however old, is better than nothing.
            cached = self._find_in_lists(value)
            if cached is None:
                # Where no time was left for this one, the error before it is the cause.
                if newest_error and error.reason == "deadline":
                    raise newest_error from None
                raise error from None
            return cached

    @override
    def find_posts(self, values: Sequence[str]) -> list[PublishedPost]:
        known = [value for value in values if is_value(value)]
        if any(map(self._may_be_among_newest, known)):
            try:
                self._renew_newest()
            except KitUnauthorized:
                raise
            except KitError:  # each is requested by itself below
                log.debug("The newest posts cannot be loaded")
        for value in known:
            if not self._is_among_newest(value):
                self._cache.prefetch(single_post(value), partial(self._source.one, value))
        return [post for post in map(self.find_post, values) if post]

    @override
    def forms(self) -> tuple[PublishedForm, ...]:
        return self._available(FORMS, self._catalog.forms)

    @override
    def find_form(self, value: str) -> PublishedForm | None:
        forms = self._fresh(FORMS, self._catalog.forms)
        return _find_by_value(value, forms)

    @override
    def products(self) -> tuple[SoldProduct, ...]:
        self._require_purchases()
        newest = self._available(NEWEST_PRODUCTS, self._catalog.newest_products)
        if newest.is_whole:
            return newest.products
        try:
            all_products = self._available(PRODUCTS, self._catalog.products, _PRODUCTS_TIMEOUT)
        except KitError:
            # Those of many purchases take longer than a creator waits, and are cached for a later
            # search. The newest are better than none.
            return newest.products
        return newest_of_each(newest.products, all_products)

    @override
    def find_product(self, value: str) -> SoldProduct | None:
        self._require_purchases()
        newest = self._fresh(NEWEST_PRODUCTS, self._catalog.newest_products)
        found = _find_by_value(value, newest.products)
        if found is None and not newest.is_whole:
            all_products = self._fresh(PRODUCTS, self._catalog.products)
            found = _find_by_value(value, all_products)
        return found

    @override
    def creator_profile(self) -> CreatorProfile | None:
        return self._fresh(PROFILE, self._catalog.profile)

    @override
    def subscriber_count(self) -> int | None:
        return self._fresh(SUBSCRIBERS, self._catalog.subscriber_count)

    @override
    def brand_colors(self) -> tuple[str, ...]:
        # A block without its brand color is better than a late one, or none.
        try:
            return self._fresh(COLORS, self._catalog.colors, _COLORS_TIMEOUT)
        except PluginError:
            return ()

    @override
    def time_zone(self) -> tzinfo:
        if self._zone is None:
            self._zone = self._load_zone()
        return self._zone

    def _load_zone(self) -> tzinfo:
        """Return the zone; a day that may be one off is better than no block.

        A response with UTC because Kit failed is not cached: see ``AccountCache.get``.
        """
        try:
            return self._available(TIMEZONE, self._catalog.timezone, _TIMEZONE_TIMEOUT).zone
        except PluginError:
            return UTC

    def _load_newest(self) -> Posts:
        """Load the newest posts, and prepare the whole list that starts with them."""
        newest = self._source.newest()
        if whole := self._cache.find_cached(self._whole, at_once=True):
            self._whole.prepare(whole.value.updated(newest))
        return newest

    def _find_in_lists(self, value: str) -> PublishedPost | None:
        for resource in (NEWEST, self._whole):
            posts = self._cache.find_cached(resource)
            post = posts.value.find(value) if posts else None
            if posts and post and not post.is_outline:
                self.freshness.add(replace(posts, stale=True))
                return post
        return None

    def _is_among_newest(self, value: str) -> bool:
        newest = self._cache.find_cached(NEWEST)
        return newest is not None and newest.value.find(value) is not None

    def _may_be_among_newest(self, value: str) -> bool:
        """Return whether a post is among the newest, or may be because these are not cached.

        A post that is cached by itself is not: Kit shows some apps single posts and no list.
        """
        if self._cache.find_cached(NEWEST) is None:
            return self._cache.find_cached(single_post(value)) is None
        return self._is_among_newest(value)

    def _renew_newest(self) -> Posts | None:
        """Return the newest posts; ``None`` where Kit shows no list of them."""
        try:
            return self._fresh(NEWEST, self._load_newest)
        except ContentNotFound:
            return None

    def _require_purchases(self) -> None:
        if not self._sees_purchases:
            raise NeedsOAuth

    def _available(
        self, resource: Resource[T], read: Callable[[], T], timeout: float = math.inf
    ) -> T:
        """Return what is cached, however old, or else load it within ``timeout`` seconds."""
        return self.freshness.add(self._cache.get(resource, read, self._within(timeout)))

    def _fresh(self, resource: Resource[T], read: Callable[[], T], timeout: float = math.inf) -> T:
        """Return what is fresh or load it; return what is stale only if that takes too long."""
        deadline = self._within(timeout)
        return self.freshness.add(self._cache.get(resource, read, deadline, must_be_fresh=True))

    def _within(self, seconds: float) -> Deadline:
        return Deadline.after(min(self._deadline.remaining(), seconds))


def _find_by_value(value: str, items: Iterable[Item]) -> Item | None:
    """Return the item that the sidebar stores as ``value``."""
    return next((item for item in items if item.value == value), None)
