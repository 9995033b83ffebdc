"""How an account's posts are read and cached: Kit's posts or, for older accounts, its broadcasts."""

import logging
from datetime import datetime
from sys import getsizeof

from pydantic import TypeAdapter

from plugin_server.errors import ContentNotFound, KitForbidden, KitNotFound
from plugin_server.kit.api.endpoints import BROADCAST, BROADCASTS, POST, POSTS
from plugin_server.kit.api.models import Broadcast, Post
from plugin_server.kit.cache import lifetimes
from plugin_server.kit.kit_resource import MAX_BACKGROUND_LOAD, KitResource, KitSource
from plugin_server.kit.posts import (
    BROADCAST_PREFIX,
    Posts,
    PublishedPost,
    from_broadcast,
    from_post,
)

log = logging.getLogger(__name__)

# Records of one response. The newest are requested often, so their page is small; the smaller for
# broadcasts, which have their whole text. Without it, pages are as large as Kit allows.
NEWEST_POSTS, NEWEST_BROADCASTS, WHOLE_PAGE = 100, 25, 1000
# Posts of a list that is too large for the cache that are cached completely.
_NEWEST_OF_MANY = 200
# Bytes of a post beside its texts, with its part of the search index; and how often its title is counted,
# because the index has several spellings of it and all its words.
_POST_WEIGHT = 300
_TITLE_WEIGHT = 4
_SCOPE = "read:posts"


# Older accounts have no posts resource; for those, public and published broadcasts are used. What is
# published later than now is left out.
#
# Kit leaves the text of broadcasts out of lists on request (``slim``), and with it the URL. So the newest,
# which are shown from their list, are requested as they are; and all of them, which are searched, without
# either, as outlines: a post that is chosen there is read by itself before it is shown.


def _newest(kit: KitSource) -> Posts:
    """Return the posts of the first page, from one response of Kit.

    Raises:
        KitError: Kit failed (502, 503, 429).
        ContentNotFound: code 404, Kit shows this app neither posts nor broadcasts.
    """
    now = kit.clock()
    try:
        posts = next(kit.client.list(POSTS, per_page=NEWEST_POSTS).pages())
    except (KitNotFound, KitForbidden):
        return _newest_broadcasts(kit)
    published = (from_post(post) for post in posts.records if _is_published(post, now))
    return Posts(published, is_whole=posts.is_last)


def _newest_broadcasts(kit: KitSource) -> Posts:
    now = kit.clock()
    try:
        page = next(kit.client.list(BROADCASTS, per_page=NEWEST_BROADCASTS).pages())
    except KitNotFound as error:
        raise ContentNotFound(
            "Kit does not let this app read your posts. Reinstall the app to allow it."
        ) from error
    public = (from_broadcast(each) for each in page.records if _is_public(each, now))
    return Posts(public, is_whole=page.is_last)


def _whole(kit: KitSource) -> Posts:
    """Return all posts; errors as above."""
    now, client = kit.clock(), kit.background_client
    try:
        posts = client.list(POSTS, per_page=WHOLE_PAGE)
        published = (from_post(post) for post in posts if _is_published(post, now))
        return Posts(published, is_whole=True)
    except (KitNotFound, KitForbidden):
        broadcasts = client.list(BROADCASTS, per_page=WHOLE_PAGE, slim=True)
        public = (from_broadcast(each) for each in broadcasts if _is_public(each, now))
        return Posts(map(_outline, public), is_whole=True)


def _one(kit: KitSource, value: str) -> PublishedPost | None:
    """Return the post, or ``None`` when Kit has none or it is not published; errors as above."""
    now = kit.clock()
    if value.startswith(BROADCAST_PREFIX):
        broadcast = kit.client.find(BROADCAST, id=int(value.removeprefix(BROADCAST_PREFIX)))
        return from_broadcast(broadcast) if broadcast and _is_public(broadcast, now) else None
    post = kit.client.find(POST, id=int(value))
    return from_post(post) if post and _is_published(post, now) else None


def _is_published(post: Post, now: float) -> bool:
    return post.status == "published" and _is_past(post.published_at, now)


def _is_public(broadcast: Broadcast, now: float) -> bool:
    if broadcast.status is not None:
        sent = broadcast.status == "completed"
    else:  # as Kit responded before 2026
        sent = broadcast.send_at is None or _is_past(broadcast.send_at, now)
    return bool(broadcast.public) and _is_past(broadcast.published_at, now) and sent


def _is_past(moment: datetime | None, now: float) -> bool:
    return moment is not None and moment.timestamp() <= now


# How they are cached.

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


def _fit(posts: Posts, max_bytes: int) -> Posts:
    """Return a list of at most ``max_bytes``: the newest posts as they are, and outlines of the others.

    Where that is still too large, the oldest are left out; those are found by their value only.
    """
    fitted, left = [], max_bytes
    for place, post in enumerate(posts.as_listed):
        part = post if place < _NEWEST_OF_MANY else _outline(post)
        left -= _weigh_one(part)
        if left < 0:
            log.info("CACHE_MEGABYTES has room for %d of %d posts of an account", place, len(posts))
            break
        fitted.append(part)
    return Posts(fitted, is_whole=posts.is_whole and len(fitted) == len(posts))


def _outline(post: PublishedPost) -> PublishedPost:
    return PublishedPost(post.value, post.title, published_at=post.published_at, is_outline=True)


NEWEST = KitResource(
    "newest posts",
    lifetimes.EDITED,
    _encode,
    _decode,
    _weigh,
    fresh_in_visit=lifetimes.IN_VISIT,
    scope=_SCOPE,
    read=_newest,
)
WHOLE = KitResource(
    "posts",
    lifetimes.RARELY_CHANGED,
    _encode,
    _decode,
    _weigh,
    max_load_seconds=MAX_BACKGROUND_LOAD,
    fit=_fit,
    scope=_SCOPE,
    read=_whole,
)


def single_post(value: str) -> KitResource[PublishedPost | None]:
    """Return the resource of one post, whose value is ``None`` where Kit has no such post."""
    return KitResource(
        f"post {value}",
        lifetimes.EDITED,
        _ONE.dump_json,
        _ONE.validate_json,
        _weigh_one,
        fresh_in_visit=lifetimes.IN_VISIT,
        scope=_SCOPE,
        read=lambda kit: _one(kit, value),
    )
