"""The Post block: a card that invites readers to one of the creator's published posts."""

from datetime import UTC, datetime
from typing import ClassVar

from plugin_server.blocks.base import Block, Option, SearchQuery
from plugin_server.blocks.options import Candidate, matching
from plugin_server.errors import ContentNotFound, NotFound
from plugin_server.kit.account_data import AccountData
from plugin_server.kit.posts import PublishedPost
from plugin_server.rendering.links import image_url, link
from plugin_server.rendering.text import direction, shorten
from plugin_server.settings.definition import load
from plugin_server.settings.values import Values

# fmt: off
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)
# fmt: on
_MAX_TITLE = 200
_MAX_DESCRIPTION = 240


def _day(moment: datetime | None) -> str | None:
    """Return ``8 October 2024`` in UTC; not by ``strftime``, which follows the process's locale."""
    if moment is None:
        return None
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


class PostBlock(Block):
    """A link to a post, with what Kit knows of it: picture, title, date, description."""

    name: ClassVar[str] = "post"
    label: ClassVar[str] = "Post"
    description: ClassVar[str] = "Link to one of your posts"
    sort_order: ClassVar[int] = 0
    scopes: ClassVar[tuple[str, ...]] = ("read:posts",)
    settings = load("post")

    def search(self, setting: str, query: SearchQuery, data: AccountData) -> list[Option]:
        """Return published posts: newest first, or those whose titles match.

        An account without any post is answered with a sentence instead of an empty list. Kit asks
        for HTML only once a post is chosen, so nowhere else could a creator read why the list stays
        empty; Kit's envelope carries ``"data": []`` beside the sentence.
        """
        if setting != "post":
            raise NotFound
        posts = data.published_posts()
        if not posts:
            raise ContentNotFound(
                "You have no published posts yet. Publish one, then choose it here."
            )
        return matching(
            [Candidate(post.title, post.value, _day(post.published_at)) for post in posts], query
        )

    def context(self, values: Values, data: AccountData) -> dict[str, object]:
        """Return the post's card; whatever Kit does not know of the post is ``None`` or empty.

        A font's weight is for the title: text as heavy as a title would be hard to read.
        """
        post = data.find_post(values["post"])
        if post is None:
            raise ContentNotFound("This post was deleted or unpublished. Choose another one.")
        title = shorten(post.title, _MAX_TITLE)
        description = shorten(post.description or "", _MAX_DESCRIPTION)
        font = values["font"]
        url = link(post.url)
        return {
            "layout": values["layout"] or "card",
            "title": title,
            "url": url,
            "image": self._image(post, title if url else ""),
            "description": description,
            "date": _day(post.published_at),
            "button_text": values["button_text"] or "Read more",
            "button_color": values["button_color"],
            "font_family": font and font.family,
            "font_weight": font and font.weight,
            "direction": direction(title, description),
        }

    @staticmethod
    def _image(post: PublishedPost, target: str) -> dict[str, str] | None:
        """Return the thumbnail; without a description of its own, a linked one names its target."""
        src = image_url(post.thumbnail_url)
        alt = shorten(post.thumbnail_alt or "", _MAX_DESCRIPTION) or target
        return {"src": src, "alt": alt} if src else None
