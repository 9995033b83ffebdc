"""The Post list block: several posts, the newest ones or those that the creator chose."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from itertools import accumulate
from typing import ClassVar

from plugin_server.blocks import (
    AccountData,
    Block,
    ContentNotFound,
    Font,
    Option,
    PickedDate,
    PublishedPost,
    SearchQuery,
    Teaser,
    TeaserOptions,
    Values,
    direction,
    format_day,
    shorten,
    teaser,
)
from plugin_server.blocks.posts_search import READ_POSTS, search_posts
from plugin_server.rendering.css_properties import MAX_FAMILY_BYTES

MAX_POSTS = 10
_MAX_HEADING = 120
_MAX_LINK_TEXT = 40
_MAX_ALT = 100
# Characters of titles and descriptions that each number of columns has room for.
_ROOM = {1: (110, 160), 2: (90, 120), 3: (80, 90)}
# The most bytes of all posts, and the bytes of each one's markup; the gate allows 40,000.
_MAX_BYTES, _MARKUP = 38_000, 2_000
# How often a font is repeated in that markup.
_FONT_USES = 5


class PostListBlock(Block):
    """Links to several posts, each with its picture, title, date and description."""

    description: ClassVar[str] = "Link to several of your posts"
    sort_order: ClassVar[int] = 1
    scopes: ClassVar[Mapping[str, str]] = READ_POSTS

    def search(self, setting: str, query: SearchQuery, data: AccountData) -> list[Option]:
        """Return published posts, as ``search_posts`` does."""
        return search_posts(query, data)

    def context(self, values: Values, data: AccountData) -> dict[str, object]:
        """Return the posts and their style.

        A font's weight applies to headings only: text in that weight would be hard to read.
        """
        columns = int(values.choice("columns"))
        max_title, max_description = _ROOM[columns]
        data.prefetch(time_zone=values.is_on("show_date") or values.choice("source") == "since")
        posts = _posts(values, data)
        options = TeaserOptions(
            image=values.is_on("show_image"),
            dates_in=data.time_zone() if values.is_on("show_date") else None,
            description=values.is_on("show_description"),
            language=values.choice("language"),
            max_title=max_title,
            max_description=max_description,
            max_alt=_MAX_ALT,
        )
        heading = shorten(values.text("heading"), _MAX_HEADING)
        link_text = shorten(values.text("link_text"), _MAX_LINK_TEXT)
        font = values.font("font")
        shown = _fitting([teaser(post, options) for post in posts], link_text, font)
        return {
            "posts": shown,
            "columns": columns,
            "heading": heading,
            "link_text": link_text,
            "link_color": values.color("link_color"),
            "text_color": values.color("text_color"),
            "background": values.color("background_color"),
            "font_family": font and font.family,
            "font_weight": font and font.weight,
            "direction": direction(heading, *(post.title for post in shown)),
        }


def _posts(values: Values, data: AccountData) -> Sequence[PublishedPost]:
    """Return the posts that the creator selected, at least one.

    Raises:
        ContentNotFound: there are none.
    """
    if values.choice("source") == "chosen":
        return _chosen(values.results("posts"), data)
    newest: Sequence[PublishedPost] = data.newest_posts()
    if not newest:
        raise ContentNotFound(
            "You have no published posts yet. Publish one, then refresh this block."
        )
    since = values.date("since")  # None unless the source is "since"
    if since is not None:
        newest = _since(since, newest, data)
    return newest[: int(values.number("count") or MAX_POSTS)]


def _chosen(values: Sequence[str], data: AccountData) -> Sequence[PublishedPost]:
    posts = data.find_posts(values[:MAX_POSTS])
    if not posts:
        raise ContentNotFound("The chosen posts were deleted or unpublished. Choose others.")
    return posts


def _since(
    picked: PickedDate, posts: Sequence[PublishedPost], data: AccountData
) -> Sequence[PublishedPost]:
    """Return the posts of the picked day and later, by the dates that the block shows."""
    zone = data.time_zone()
    first = picked.day_in(zone)
    days = ((post, post.published_on(zone)) for post in posts)
    found = [post for post, published in days if published and published >= first]
    if not found:
        raise ContentNotFound(
            f"No post was published on {format_day(first)} or later. Pick an earlier date."
        )
    return found


def _fitting(posts: Sequence[Teaser], links: str, font: Font | None) -> Sequence[Teaser]:
    """Return the posts that fit: without descriptions, or fewer, if they would be too large.

    ``links`` is the text of each post's link. Ten posts fit with texts of any language; only URLs of
    hundreds of characters, or texts that are mostly markup, take more room.
    """
    family = len(font.family.encode()) if font else MAX_FAMILY_BYTES
    each = _MARKUP + _FONT_USES * family + _bytes(links)
    if sum(map(_weight, posts)) + each * len(posts) > _MAX_BYTES:
        posts = [replace(post, description="") for post in posts]
    ends = accumulate(_weight(post) + each for post in posts)
    return posts[: max(1, sum(end <= _MAX_BYTES for end in ends))]


def _weight(post: Teaser) -> int:
    """Return the bytes of a post's own texts; its URL is in three links."""
    texts = [post.title, post.description, post.date or "", *[post.url or ""] * 3]
    if post.image:
        texts += [post.image.src, post.image.alt]
    return sum(map(_bytes, texts))


def _bytes(text: str) -> int:
    return len(escape(text).encode("utf-8", "surrogatepass"))
