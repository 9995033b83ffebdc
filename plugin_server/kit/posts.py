"""An account's published posts as blocks show them: only the opening of a text."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any, TypeVar, overload

from plugin_server.kit.api.models import Broadcast, Post
from plugin_server.kit.texts import from_email
from plugin_server.rendering.rich_text import excerpt
from plugin_server.rendering.text import shorten
from plugin_server.rendering.time_zones import day_in

# Characters that are cached; blocks show fewer.
MAX_TITLE, MAX_DESCRIPTION, MAX_URL = 300, 300, 2000

BROADCAST_PREFIX = "broadcast-"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class PublishedPost:
    """What a block shows of a post, which is a post or only a broadcast at Kit.

    ``value`` is what the sidebar stores: the post's id, or ``broadcast-<id>``. ``url`` is ``None`` where Kit
    has no public URL. ``description`` is plain text: what the creator wrote, or the text's
    opening where Kit sent it. ``is_outline`` is whether only the title and the day are cached, for searching.
    """

    value: str
    title: str
    url: str | None = None
    description: str | None = None
    published_at: datetime | None = None
    thumbnail_url: str | None = None
    thumbnail_alt: str | None = None
    is_outline: bool = False

    def published_on(self, zone: tzinfo) -> date | None:
        """Return the day of publication in a zone, which is that of the account."""
        return day_in(zone, self.published_at) if self.published_at else None


class Posts(Sequence[PublishedPost]):
    """An account's published posts, newest first; immutable.

    ``is_whole`` is whether these are all of them.
    """

    def __init__(self, posts: Iterable[PublishedPost], *, is_whole: bool) -> None:
        """Take posts in the order in which Kit lists them; duplicates are dropped."""
        listed = tuple({post.value: post for post in posts}.values())
        self.is_whole = is_whole
        self._listed = listed
        self._posts = tuple(
            sorted(listed, key=lambda post: post.published_at or _LONG_AGO, reverse=True)
        )
        # A derived value may be derived from another.
        self._lock = threading.RLock()
        self._derived: dict[Callable[[Posts], Any], Any] = {}
        self._merged: list[tuple[Posts, Posts]] = []

    @overload
    def __getitem__(self, index: int) -> PublishedPost: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[PublishedPost]: ...
    def __getitem__(self, index: int | slice) -> PublishedPost | Sequence[PublishedPost]:
        """Return one post or several."""
        return self._posts[index]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._posts)

    def __eq__(self, other: object) -> bool:
        """Return whether others are the same, in Kit's order."""
        if not isinstance(other, Posts):
            return NotImplemented
        return self.is_whole == other.is_whole and self._listed == other._listed

    @property
    def as_listed(self) -> tuple[PublishedPost, ...]:
        """The posts in Kit's own order."""
        return self._listed

    def find(self, value: str) -> PublishedPost | None:
        """Return the post that the sidebar stores as ``value``."""
        return self.derive(_by_value).get(value)

    def derive(self, build: Callable[["Posts"], D]) -> D:
        """Return ``build(self)``, computed once and cached as long as these posts are."""
        with self._lock:
            if build not in self._derived:
                self._derived[build] = build(self)
            derived: D = self._derived[build]
        return derived

    def updated(self, newest: "Posts") -> "Posts":
        """Return these posts updated with the start of Kit's list, which was read later.

        Posts before the last one of ``newest`` that is in this list, and not in ``newest``, were deleted.
        """
        with self._lock:
            for place, (known, merged) in enumerate(self._merged):
                if known._listed == newest._listed:
                    del self._merged[place + 1 :]
                    return merged
            merged = self._merge(newest)
            # The previous one is used until all requests have this ``newest``.
            self._merged = [(newest, merged), *self._merged[:1]]
            return merged

    def _merge(self, newest: "Posts") -> "Posts":
        if self._listed[: len(newest)] == newest._listed:
            return self
        listed = newest.derive(_by_value)
        places = {post.value: i for i, post in enumerate(self._listed)}
        # From the end: a post that moved up from far below must not remove all posts in between.
        known = (places[post.value] for post in reversed(newest._listed) if post.value in places)
        following = self._listed[next(known, -1) + 1 :]
        merged = (*newest._listed, *(post for post in following if post.value not in listed))
        return self if merged == self._listed else Posts(merged, is_whole=self.is_whole)


def _by_value(posts: Posts) -> dict[str, PublishedPost]:
    return {post.value: post for post in posts}


def from_post(post: Post) -> PublishedPost:
    """Return what is cached of a post."""
    written = post.description or post.meta_description
    return PublishedPost(
        value=str(post.id),
        title=shorten(from_email(post.title), MAX_TITLE) or "Untitled",
        url=_short_url(post.public_url),
        description=_description(written, post.content),
        published_at=post.published_at,
        thumbnail_url=_short_url(post.thumbnail_url),
        thumbnail_alt=_short_alt(post.thumbnail_alt),
    )


def from_broadcast(broadcast: Broadcast) -> PublishedPost:
    """Return what is cached of a broadcast that is used as a post."""
    written = broadcast.description or broadcast.preview_text
    return PublishedPost(
        value=f"{BROADCAST_PREFIX}{broadcast.id}",
        title=shorten(from_email(broadcast.subject), MAX_TITLE) or "Untitled",
        url=None if _is_unpublished(broadcast.public_url) else _short_url(broadcast.public_url),
        description=_description(written, broadcast.content),
        published_at=broadcast.published_at,
        thumbnail_url=_short_url(broadcast.thumbnail_url),
        thumbnail_alt=_short_alt(broadcast.thumbnail_alt),
    )


def _is_unpublished(url: str | None) -> bool:
    # As of a broadcast that has no slug (yet).
    return bool(url) and str(url).endswith("/posts/")


def _short_url(url: str | None) -> str | None:
    # A part of a URL leads elsewhere, and no client would open one that is longer.
    return url if url and len(url) <= MAX_URL else None


def _short_alt(text: str | None) -> str | None:
    return shorten(text or "", MAX_DESCRIPTION) or None


def _description(written: str | None, content: str | None) -> str | None:
    text = shorten(from_email(written), MAX_DESCRIPTION) or excerpt(content or "", MAX_DESCRIPTION)
    return text or None


def is_value(value: str) -> bool:
    """Return whether a value is the id of a post or broadcast, so that Kit may have it."""
    number = value.removeprefix(BROADCAST_PREFIX)
    return number.isascii() and number.isdecimal() and len(number) < 20
