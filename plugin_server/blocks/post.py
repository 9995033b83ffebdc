"""The Post block: a card that invites readers to one of the creator's published posts."""

from typing import ClassVar

from plugin_server.blocks.base import Block, Option, Samples, SearchQuery
from plugin_server.blocks.posts_search import search_posts
from plugin_server.errors import ContentNotFound, NotFound
from plugin_server.kit.account_data import AccountData
from plugin_server.kit.posts import PublishedPost
from plugin_server.rendering.links import image_url, link
from plugin_server.rendering.locales import day
from plugin_server.rendering.text import direction, shorten
from plugin_server.settings.definition import load
from plugin_server.settings.values import Values

_MAX_TITLE = 200
_MAX_DESCRIPTION = 240


class PostBlock(Block):
    """A link to a post, with what Kit knows of it: picture, title, date, description."""

    name: ClassVar[str] = "post"
    label: ClassVar[str] = "Post"
    description: ClassVar[str] = "Link to one of your posts"
    sort_order: ClassVar[int] = 0
    scopes: ClassVar[tuple[str, ...]] = ("read:posts",)
    settings = load("post")
    samples: ClassVar[Samples] = Samples(
        typical={"post": "12"},
        minimal={"post": "12", "layout": "text_only"},
        everything={
            "post": "12",
            "layout": "image_left",
            "button_text": "Read the letter",
            "button_color": "#7a1f3d",
            "font": {"fontFamily": "Georgia, serif", "fontWeight": "700"},
        },
    )

    def search(self, setting: str, query: SearchQuery, data: AccountData) -> list[Option]:
        """Return published posts, as ``search_posts`` does."""
        if setting != "post":
            raise NotFound
        return search_posts(query, data)

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
            "date": day(post.published_at),
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
