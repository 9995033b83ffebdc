"""What blocks show of posts, and how it is kept: never more of a text than its opening."""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from sys import getsizeof
from typing import Any, TypeVar, overload

from pydantic import TypeAdapter

from plugin_server.kit.api.models import Broadcast, Post
from plugin_server.kit.cache.resource import IN_VISIT, Resource
from plugin_server.kit.texts import from_email
from plugin_server.rendering.rich_text import excerpt
from plugin_server.rendering.text import shorten
from plugin_server.rendering.time_zones import day_in

log = logging.getLogger(__name__)

# Characters that are kept; blocks show less.
MAX_TITLE, MAX_DESCRIPTION, MAX_URL = 300, 300, 2000
# Seconds. A creator who comes back to the editor and presses refresh gets nothing older.
FRESH = 30
# Seconds. When half of it is over the whole list is read again; what changed among the newest is seen before.
WHOLE_FRESH = 1200
# So many posts of a list that is too large to be kept are kept with all that is known of them.
_NEWEST_OF_MANY = 200

BROADCAST = "broadcast-"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
# Bytes of a post beside its texts, the search index over it included; and how often its title is
# kept, because the index has several spellings of it and all its words.
_POST_WEIGHT = 300
_TITLE_WEIGHT = 4

D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class PublishedPost:
    """What a block shows of a post, whether Kit keeps it as a post or only as a broadcast.

    ``value`` is what the sidebar stores: the post's id, or ``broadcast-<id>``. ``url`` is ``None``
    for broadcasts, which have no public address. ``description`` is plain text: what the creator
    wrote, or the text's opening where Kit gave it. ``is_outline`` tells that only the title and the day are
    kept, for searching.
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

    ``is_whole`` tells whether these are all of them.
    """

    def __init__(self, posts: Iterable[PublishedPost], *, is_whole: bool) -> None:
        """Take posts in the order in which Kit lists them; one that comes twice is kept once."""
        listed = tuple({post.value: post for post in posts}.values())
        self.is_whole = is_whole
        self._listed = listed
        self._posts = tuple(
            sorted(listed, key=lambda post: post.published_at or _LONG_AGO, reverse=True)
        )
        # What is derived may be made of what is derived.
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
        """Tell whether others are the same, in Kit's order."""
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
        """Return what ``build`` makes of these posts, made once and kept as long as they are."""
        with self._lock:
            if build not in self._derived:
                self._derived[build] = build(self)
            made: D = self._derived[build]
        return made

    def updated(self, newest: "Posts") -> "Posts":
        """Return these posts as they are now, given the beginning of Kit's list read later.

        What stood before the last of ``newest`` that is known here, and is not in it, is gone.
        """
        with self._lock:
            for place, (known, merged) in enumerate(self._merged):
                if known._listed == newest._listed:
                    del self._merged[place + 1 :]
                    return merged
            merged = self._merge(newest)
            # The one before is asked for until everybody has this ``newest``.
            self._merged = [(newest, merged), *self._merged[:1]]
            return merged

    def _merge(self, newest: "Posts") -> "Posts":
        if self._listed[: len(newest)] == newest._listed:
            return self
        listed = newest.derive(_by_value)
        places = {post.value: i for i, post in enumerate(self._listed)}
        # From its end on: a post that moved up from far below must not take all others with it.
        known = (places[post.value] for post in reversed(newest._listed) if post.value in places)
        following = self._listed[next(known, -1) + 1 :]
        merged = (*newest._listed, *(post for post in following if post.value not in listed))
        return self if merged == self._listed else Posts(merged, is_whole=self.is_whole)


def _by_value(posts: Posts) -> dict[str, PublishedPost]:
    return {post.value: post for post in posts}


def from_post(post: Post) -> PublishedPost:
    """Return what is kept of a post."""
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
    """Return what is kept of a broadcast that stands in for a post."""
    written = broadcast.description or broadcast.preview_text
    return PublishedPost(
        value=f"{BROADCAST}{broadcast.id}",
        title=shorten(from_email(broadcast.subject), MAX_TITLE) or "Untitled",
        description=_description(written, broadcast.content),
        published_at=broadcast.published_at,
        thumbnail_url=_short_url(broadcast.thumbnail_url),
        thumbnail_alt=_short_alt(broadcast.thumbnail_alt),
    )


def _short_url(url: str | None) -> str | None:
    # A part of an address leads elsewhere; one that is this long no client would open.
    return url if url and len(url) <= MAX_URL else None


def _short_alt(text: str | None) -> str | None:
    return shorten(text or "", MAX_DESCRIPTION) or None


def _description(written: str | None, content: str | None) -> str | None:
    text = shorten(from_email(written), MAX_DESCRIPTION) or excerpt(content or "", MAX_DESCRIPTION)
    return text or None


# How they are kept.

_LIST = TypeAdapter(tuple[bool, list[PublishedPost]])
_ONE = TypeAdapter(PublishedPost | None)


def _decode(content: bytes) -> Posts:
    is_whole, posts = _LIST.validate_json(content)
    return Posts(posts, is_whole=is_whole)


def _encode(posts: Posts) -> bytes:
    return _LIST.dump_json((posts.is_whole, list(posts.as_listed)), exclude_defaults=True)


def _weigh_one(post: PublishedPost | None) -> int:
    if post is None:
        return 0
    texts = (post.value, post.url, post.description, post.thumbnail_url, post.thumbnail_alt)
    return (
        _POST_WEIGHT
        + sum(getsizeof(text) for text in texts if text)
        + _TITLE_WEIGHT * getsizeof(post.title)
    )


def _weigh(posts: Posts) -> int:
    return sum(map(_weigh_one, posts))


def _fit(posts: Posts, room: int) -> Posts:
    """Return a list of at most so many bytes: the newest posts as they are, of the others outlines.

    Of a list that is too large even so, the oldest are left out; those are found by their value alone.
    """
    kept, left = [], room
    for place, post in enumerate(posts.as_listed):
        part = post if place < _NEWEST_OF_MANY else _outline(post)
        left -= _weigh_one(part)
        if left < 0:
            log.info("CACHE_MEGABYTES has room for %d of %d posts of an account", place, len(posts))
            break
        kept.append(part)
    return Posts(kept, is_whole=posts.is_whole and len(kept) == len(posts))


def _outline(post: PublishedPost) -> PublishedPost:
    return PublishedPost(post.value, post.title, published_at=post.published_at, is_outline=True)


NEWEST = Resource("newest posts", FRESH, _encode, _decode, _weigh, in_visit=IN_VISIT)
WHOLE = Resource("posts", WHOLE_FRESH, _encode, _decode, _weigh, longest_load=300, fit=_fit)


def is_value(value: str) -> bool:
    """Return whether Kit may be asked for a post by this value."""
    number = value.removeprefix(BROADCAST)
    return number.isascii() and number.isdecimal() and len(number) < 20


def one(value: str) -> Resource[PublishedPost | None]:
    """Return the resource of one post; its value is ``None`` where Kit has no such post."""
    return Resource(
        f"post {value}",
        FRESH,
        _ONE.dump_json,
        _ONE.validate_json,
        _weigh_one,
        in_visit=IN_VISIT,
    )
