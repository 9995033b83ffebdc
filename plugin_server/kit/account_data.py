"""What blocks may read of one creator's account. The only door from a block to Kit."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

from plugin_server.kit.cache import AccountCache, Found, Resource
from plugin_server.kit.deadline import Deadline
from plugin_server.kit.post_source import PostSource
from plugin_server.kit.posts import BROADCAST, NEWEST, WHOLE, Posts, PublishedPost, one

T = TypeVar("T")


@dataclass
class Freshness:
    """How old what a request was served is, in seconds.

    ``loaded`` tells that Kit was asked for it, ``stale`` that a newer one was wanted.
    """

    age: float = 0.0
    loaded: bool = False
    stale: bool = False

    def note(self, found: Found[T]) -> T:
        """Count a part in and return its value."""
        self.age = max(self.age, found.age)
        self.loaded |= found.loaded
        self.stale |= found.stale
        return found.value


class AccountData(Protocol):
    """One creator's account, read-only; each method raises KitError (502, 503, 429) when Kit fails."""

    freshness: Freshness

    def published_posts(self) -> Posts:
        """Return the published posts, newest first, at once if they can be had; for searching.

        Of a large account that nobody has searched yet, these are the newest; the others follow.
        """

    def find_post(self, value: str) -> PublishedPost | None:
        """Return one published post by its ``value``; ``None`` when it is gone. For showing.

        It is at most 30 seconds old, unless Kit does not answer.
        """


class KitAccountData:
    """An account as Kit's API gives it, for one request."""

    def __init__(self, source: PostSource, cache: AccountCache, deadline: Deadline) -> None:
        """Take who asks Kit, what is kept already, and until when the request can wait."""
        self._source, self._cache, self._deadline = source, cache, deadline
        self.freshness = Freshness()

    def published_posts(self) -> Posts:
        """See AccountData."""
        newest = self.freshness.note(self._cache.get(NEWEST, self._source.newest, self._deadline))
        if newest.is_whole:
            return newest
        whole = self._cache.peek(WHOLE, self._source.whole)
        return self.freshness.note(whole).updated(newest) if whole else newest

    def find_post(self, value: str) -> PublishedPost | None:
        """See AccountData."""
        number = value.removeprefix(BROADCAST)
        if not (number.isascii() and number.isdecimal() and len(number) < 20):
            return None
        known = self._cache.find(NEWEST)
        if known and known.find(value):
            # One answer brings all of the newest up to date, for every block of an email.
            post = self._fresh(NEWEST, self._source.newest).find(value)
            if post and post.description:
                return post
        return self._fresh(one(value), partial(self._source.one, value))

    def _fresh(self, resource: Resource[T], read: Callable[[], T]) -> T:
        found = self._cache.get(resource, read, self._deadline, must_be_fresh=True)
        return self.freshness.note(found)
