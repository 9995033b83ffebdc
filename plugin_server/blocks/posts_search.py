"""The search of posts, the same in every block that shows them."""

from collections.abc import Callable
from datetime import tzinfo
from functools import lru_cache, partial

from plugin_server.blocks.base import Option, SearchQuery
from plugin_server.blocks.search import MAX_OPTIONS, Candidate, OptionIndex
from plugin_server.errors import ContentNotFound
from plugin_server.kit.account_data import AccountData
from plugin_server.kit.posts import Posts, is_value
from plugin_server.rendering.locale_formats import format_day

NO_POSTS = "You have no published posts yet. Publish one, then choose it here."
# Zones whose functions are kept; the world has fewer.
_ZONES = 1024


def index_of_posts(posts: Posts, zone: Callable[[], tzinfo | None]) -> OptionIndex:
    """Return the options of a list of posts, made once for each list and zone.

    Args:
        posts: newest first.
        zone: returns that of the account, by whose days equal titles are told apart; ``None`` for no
            dates. It is not called where all titles differ, so that nobody waits for it in vain.
    """
    index = posts.derive(_undated)
    found = zone() if index.has_equal_titles else None
    return posts.derive(_dated_in(found)) if found else index


def _undated(posts: Posts) -> OptionIndex:
    return OptionIndex(Candidate(post.title, post.value) for post in posts)


@lru_cache(maxsize=_ZONES)
def _dated_in(zone: tzinfo) -> Callable[[Posts], OptionIndex]:
    """Return what dates an index: for equal zones the same, by which ``Posts.derive`` knows it."""
    return partial(_dated, zone)


def _dated(zone: tzinfo, posts: Posts) -> OptionIndex:
    def date_of(value: str) -> str | None:
        post = posts.find(value)
        published = post.published_on(zone) if post else None
        return format_day(published) if published else None

    return posts.derive(_undated).with_details(date_of)


def search_posts(query: SearchQuery, data: AccountData) -> list[Option]:
    """Return published posts: newest first, or those whose titles match.

    An account without any post is answered with a sentence instead of an empty list. Kit asks for
    HTML only once a post is chosen, so nowhere else could a creator read why the list stays empty;
    Kit's envelope carries ``"data": []`` beside the sentence.

    Raises:
        ContentNotFound: there is no post (code 404, HTTP 200).
        KitError: Kit failed (502, 503, 429).
    """
    posts = data.published_posts()
    if not posts:
        raise ContentNotFound(NO_POSTS)
    return _restored(posts, query, data) or index_of_posts(posts, data.time_zone).search(query)


def _restored(posts: Posts, query: SearchQuery, data: AccountData) -> list[Option]:
    """Return the options of a draft that is opened again before all posts are there.

    Kit sends stored values where others type, so each is asked for that could be one. What is typed
    in digits and is no post costs a look-up, until all posts are there.
    """
    missing = [value for value in query.values if is_value(value) and not posts.find(value)]
    if posts.is_whole or not missing or len(query.values) > MAX_OPTIONS:
        return []
    found = data.find_posts(query.values)
    if not found:
        return []
    return index_of_posts(Posts(found, is_whole=False), data.time_zone).search(query)
