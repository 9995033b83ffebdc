"""One creator's account as blocks read it: the only way from a block to Kit."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from functools import partial
from math import inf
from typing import Any, TypeVar

from typing_extensions import override

from plugin_server.errors import ContentNotFound, KitError, KitUnauthorized, NeedsOAuth, PluginError
from plugin_server.kit.api.deadline import Deadline
from plugin_server.kit.api.models import CreatorProfile
from plugin_server.kit.cache.account_cache import AccountCache, CachedValue
from plugin_server.kit.catalog import (
    COLORS,
    FORMS,
    NEWEST_PRODUCTS,
    PRODUCTS,
    PROFILE,
    SUBSCRIBERS,
    TIMEZONE,
    PublishedForm,
    SoldProduct,
    newest_of_each,
)
from plugin_server.kit.kit_resource import KitResource, KitSource
from plugin_server.kit.post_source import NEWEST, WHOLE, single_post
from plugin_server.kit.posts import Posts, PublishedPost, is_value

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


class AccountData(ABC):
    """One creator's account, read-only: any resource of Kit, and methods for those of this server.

    Each method raises KitError (502, 503, 429) when Kit fails and nothing is cached, and NotConnected
    (code 403) when the creator's connection has ended. What is for searching is returned at once if it is
    cached. What is for showing is at most 30 seconds old when a creator opens the editor or comes back to
    it, and at most ten minutes (five, as a rule) while they go on editing without a pause, unless Kit does
    not respond or a method or resource says otherwise. Where Kit reports changes (``KIT_WEBHOOKS``), posts
    and broadcasts are as new as its latest report, and at most eleven minutes old.

    Each method raises UndeclaredScope when the block's ``scopes`` do not name what it reads.
    """

    freshness: Freshness

    @abstractmethod
    def get(self, resource: KitResource[T], *, for_search: bool = False, timeout: float = inf) -> T:
        """Return the value of a resource.

        Args:
            resource: as ``kit_list`` or ``kit_record`` declares it.
            for_search: return what is cached, however old, and wait only where nothing is.
            timeout: seconds to wait at most; never longer than the request has.

        Raises:
            NeedsOAuth: code 403, Kit does not show it to API keys.
        """

    @abstractmethod
    def prefetch(
        self, *resources: KitResource[Any], brand_colors: bool = False, time_zone: bool = False
    ) -> None:
        """Start to load what a block will read later, so that it does not wait for one after another.

        To be called before the first method that may wait. What is cached is not loaded. Never raises a
        KitError.
        """

    @abstractmethod
    def published_posts(self) -> Posts:
        """Return the published posts, newest first; for searching.

        Of a large account that was not searched before, these are the newest; the others follow.
        """

    @abstractmethod
    def newest_posts(self) -> Posts:
        """Return the newest published posts, newest first: all of them, or at least ten.

        Fewer only while the whole list of an account with very many drafts is being loaded.
        """

    @abstractmethod
    def find_post(self, value: str) -> PublishedPost | None:
        """Return one published post by its ``value``; ``None`` when it was deleted."""

    @abstractmethod
    def find_posts(self, values: Sequence[str]) -> list[PublishedPost]:
        """Return several posts in that order, without deleted ones; all are requested at once."""

    def forms(self) -> tuple[PublishedForm, ...]:
        """Return the forms and landing pages, newest first; for searching."""
        return self.get(FORMS, for_search=True)

    def find_form(self, value: str) -> PublishedForm | None:
        """Return one form or landing page by its ``value``; ``None`` when it was deleted."""
        return _find_by_value(value, self.get(FORMS))

    def products(self) -> tuple[SoldProduct, ...]:
        """Return all products that were ever sold, last sold first; for searching.

        Raises:
            NeedsOAuth: code 403, the account is read with an API key.
        """
        newest = self.get(NEWEST_PRODUCTS, for_search=True)
        if newest.is_whole:
            return newest.products
        try:
            all_products = self.get(PRODUCTS, for_search=True, timeout=_PRODUCTS_TIMEOUT)
        except KitError:
            # Those of many purchases take longer than a creator waits, and are cached for a later
            # search. The newest are better than none.
            return newest.products
        return newest_of_each(newest.products, all_products)

    def find_product(self, value: str) -> SoldProduct | None:
        """Return one product by its ``value``; errors as above."""
        newest = self.get(NEWEST_PRODUCTS)
        found = _find_by_value(value, newest.products)
        if found is None and not newest.is_whole:
            found = _find_by_value(value, self.get(PRODUCTS))
        return found

    def creator_profile(self) -> CreatorProfile | None:
        """Return the creator's public profile; ``None`` when there is none."""
        return self.get(PROFILE)

    def subscriber_count(self) -> int | None:
        """Return the number of subscribers; ``None`` when Kit has no number."""
        return self.get(SUBSCRIBERS)

    def brand_colors(self) -> tuple[str, ...]:
        """Return the creator's brand colors as ``#rrggbb``; none when Kit fails. Never raises."""
        # A block without its brand color is better than a late one, or none.
        try:
            return self.get(COLORS, timeout=_COLORS_TIMEOUT)
        except PluginError:
            return ()

    def time_zone(self) -> tzinfo:
        """Return the account's time zone, for every day that is shown or compared.

        The same at each call. UTC where Kit has none, or fails and none is cached. A cached one is used for
        ten minutes; after that it is still used, and loaded again in the background. Never raises.
        """
        # A day that may be one off is better than no block. A response with UTC because Kit failed is not
        # cached: see ``AccountCache.get``.
        try:
            return self.get(TIMEZONE, for_search=True, timeout=_TIMEZONE_TIMEOUT).zone
        except PluginError:
            return UTC


class KitAccountData(AccountData):
    """An account as Kit's API returns it, for one request."""

    def __init__(
        self,
        kit: KitSource,
        cache: AccountCache,
        deadline: Deadline,
        *,
        whole: KitResource[Posts] = WHOLE,
        scopes: Collection[str] | None = None,
    ) -> None:
        """Take what reads from Kit, the account's cache, and until when the request can wait.

        ``whole`` is the resource of all posts, which says how it is prepared. ``scopes`` are those of the
        block that reads; ``None`` allows everything.
        """
        self._kit, self._cache, self._deadline = kit, cache, deadline
        self._whole, self._scopes = whole, scopes
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
    def get(self, resource: KitResource[T], *, for_search: bool = False, timeout: float = inf) -> T:
        # What is not fresh is returned nevertheless if a load takes too long.
        read = self._reading(resource)
        deadline = Deadline.after(min(self._deadline.remaining(), timeout))
        cached = self._cache.get(resource, read, deadline, must_be_fresh=not for_search)
        return self.freshness.add(cached)

    @override
    def prefetch(
        self, *resources: KitResource[Any], brand_colors: bool = False, time_zone: bool = False
    ) -> None:
        more = (COLORS,) * brand_colors + (TIMEZONE,) * time_zone
        for resource in (*resources, *more):
            self._cache.prefetch(resource, self._reading(resource))

    @override
    def published_posts(self) -> Posts:
        newest = self.get(NEWEST, for_search=True)
        if newest.is_whole:
            return newest
        if not newest:
            # The first page is all drafts: only the other pages show whether there is any post.
            return self.get(self._whole, for_search=True)
        # In a large list some titles are equal, and searches show the days of their posts.
        self._load_in_background(TIMEZONE)
        whole = self._load_in_background(self._whole)
        return self.freshness.add(whole).updated(newest) if whole else newest

    @override
    def newest_posts(self) -> Posts:
        newest = self.get(NEWEST)
        if newest.is_whole or len(newest) >= _ENOUGH:
            return newest
        try:
            return self._completed(self.get(self._whole).updated(newest))
        except KitError:
            if not newest:
                raise
            return newest

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
            return self.get(single_post(value))
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
                self.prefetch(single_post(value))
        return [post for post in map(self.find_post, values) if post]

    @override
    def time_zone(self) -> tzinfo:
        if self._zone is None:
            self._zone = super().time_zone()
        return self._zone

    def _completed(self, posts: Posts) -> Posts:
        """Return these posts, the first of them, which blocks show, as a whole where they were outlines."""
        outlines = [post.value for post in posts[:_ENOUGH] if post.is_outline]
        if not outlines:
            return posts
        found = {post.value: post for post in self.find_posts(outlines)}
        complete = (
            found.get(post.value) if post.value in outlines else post for post in posts.as_listed
        )
        return Posts(filter(None, complete), is_whole=posts.is_whole)

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
            return self.get(NEWEST)
        except ContentNotFound:
            return None

    def _load_in_background(self, resource: KitResource[T]) -> CachedValue[T] | None:
        return self._cache.get_or_load_in_background(resource, self._reading(resource))

    def _reading(self, resource: KitResource[T]) -> Callable[[], T]:
        """Return what loads a resource, if the block and the credential may read it."""
        resource.require(self._scopes)
        if resource.needs_oauth and not self._kit.uses_oauth:
            raise NeedsOAuth
        return partial(self._read, resource)

    def _read(self, resource: KitResource[T]) -> T:
        """Load a resource; with the newest posts, prepare the whole list that starts with them."""
        value = resource.read(self._kit)
        if resource is NEWEST and isinstance(value, Posts):
            whole = self._cache.find_cached(self._whole, at_once=True)
            if whole:
                self._whole.prepare(whole.value.updated(value))
        return value


def _find_by_value(value: str, items: Iterable[Item]) -> Item | None:
    """Return the item that the sidebar stores as ``value``."""
    return next((item for item in items if item.value == value), None)
