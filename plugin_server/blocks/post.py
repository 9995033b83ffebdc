"""The Post block: a card that invites readers to one of the creator's published posts."""

from collections.abc import Mapping
from typing import ClassVar

from plugin_server.blocks import (
    AccountData,
    Block,
    ContentNotFound,
    Option,
    SearchQuery,
    TeaserOptions,
    Values,
    brand_color,
    direction,
    teaser,
)
from plugin_server.blocks.posts_search import READ_POSTS, search_posts


class PostBlock(Block):
    """A link to a post with its picture, title, date and description."""

    description: ClassVar[str] = "Link to one of your posts"
    sort_order: ClassVar[int] = 0
    scopes: ClassVar[Mapping[str, str]] = READ_POSTS

    def search(self, setting: str, query: SearchQuery, data: AccountData) -> list[Option]:
        """Return published posts, as ``search_posts`` does."""
        return search_posts(query, data)

    def context(self, values: Values, data: AccountData) -> dict[str, object]:
        """Return the post and its style.

        A font's weight applies to the title only: text in that weight would be hard to read.
        """
        button_color = values.color("button_color")
        data.prefetch(
            brand_colors=values.is_on("show_button") and not button_color,
            time_zone=values.is_on("show_date"),
        )
        post = data.find_post(values.result("post"))
        if post is None:
            raise ContentNotFound("This post was deleted or unpublished. Choose another one.")
        layout = values.choice("layout")
        options = TeaserOptions(
            image=values.is_on("show_image") and layout != "text_only",
            dates_in=data.time_zone() if values.is_on("show_date") else None,
            description=values.is_on("show_description"),
            language=values.choice("language"),
        )
        shown = teaser(post, options)
        has_button = values.is_on("show_button") and shown.url is not None
        font = values.font("font")
        return {
            "layout": layout,
            "post": shown,
            "button_text": (values.text("button_text") or "Read more") if has_button else None,
            "button_color": button_color,
            "accent": (button_color or brand_color(data)) if has_button else None,
            "text_color": values.color("text_color"),
            "background": values.color("background_color"),
            "font_family": font and font.family,
            "font_weight": font and font.weight,
            "direction": direction(shown.title, shown.description),
        }
