"""The search field for posts, the same in every block that shows them; ``search`` is its engine."""

from collections.abc import Callable
from datetime import tzinfo
from functools import lru_cache, partial

from plugin_server.blocks.base import Option, SearchQuery
from plugin_server.blocks.search import MAX_OPTIONS, Candidate, OptionIndex
from plugin_server.errors import ContentNotFound
from plugin_server.kit.account_data import AccountData
from plugin_server.kit.posts import Posts, is_value
from plugin_server.rendering.locale_formats import format_day

# The scope of every block that shows posts.
READ_POSTS = {"read:posts": "Read your published posts"}
NO_POSTS = "You have no published posts yet. Publish one, then choose it here."
# Time zones whose functions are cached; the world has fewer.
_ZONES = 1024


def index_of_posts(posts: Posts, zone: Callable[[], tzinfo | None]) -> OptionIndex:
    """Return the search index of a list of posts, made once for each list and time zone.

    Args:
        posts: newest first.
        zone: returns the account's time zone, for the dates that tell equal titles apart; ``None``
            for no dates. It is not called where all titles differ, because it may need a request.
    """
    index = posts.derive(_undated)
    found = zone() if index.has_equal_titles else None
    return posts.derive(_dated_in(found)) if found else index


def _undated(posts: Posts) -> OptionIndex:
    return OptionIndex(Candidate(post.title, post.value) for post in posts)


@lru_cache(maxsize=_ZONES)
def _dated_in(zone: tzinfo) -> Callable[[Posts], OptionIndex]:
    """Return a function that dates an index, always the same one for a zone: the key of ``derive``."""
    return partial(_dated, zone)


def _dated(zone: tzinfo, posts: Posts) -> OptionIndex:
    def date_of(value: str) -> str | None:
        post = posts.find(value)
        published = post.published_on(zone) if post else None
        return format_day(published) if published else None

    return posts.derive(_undated).with_details(date_of)


def search_posts(query: SearchQuery, data: AccountData) -> list[Option]:
    """Return published posts: newest first, or those whose titles match.

    An account without any post raises an error with a sentence instead of an empty list. Kit requests
    HTML only once a post is chosen, so a creator could not read anywhere else why the list is empty;
    the envelope contains ``"data": []`` beside the sentence.

    Raises:
        ContentNotFound: there is no post (code 404, HTTP 200).
        KitError: Kit failed (502, 503, 429).
    """
    posts = data.published_posts()
    if not posts:
        raise ContentNotFound(NO_POSTS)
    return _restored(posts, query, data) or index_of_posts(posts, data.time_zone).search(query)


def _restored(posts: Posts, query: SearchQuery, data: AccountData) -> list[Option]:
    """Return the options of a draft that is opened again before all posts are loaded.

    Kit sends stored values in place of typed text, so every text that could be one is looked up.
    Digits that are not a post cost a look-up each time until all posts are loaded.
    """
    missing = [value for value in query.values if is_value(value) and not posts.find(value)]
    if posts.is_whole or not missing or len(query.values) > MAX_OPTIONS:
        return []
    found = data.find_posts(query.values)
    if not found:
        return []
    return index_of_posts(Posts(found, is_whole=False), data.time_zone).search(query)
