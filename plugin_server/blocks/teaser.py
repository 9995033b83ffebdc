"""A post as readers see it: the same parts in every block that shows posts."""

from dataclasses import dataclass
from datetime import tzinfo

from plugin_server.kit.posts import PublishedPost
from plugin_server.rendering.locale_formats import format_day
from plugin_server.rendering.text import shorten
from plugin_server.rendering.urls import parse_link, parse_web_url
from plugin_server.rendering.value_types import Url


@dataclass(frozen=True)
class Image:
    """A picture; ``alt`` is empty where it only decorates."""

    src: Url
    alt: str


@dataclass(frozen=True)
class Teaser:
    """A post as a template shows it; parts that are missing or switched off are ``None`` or empty."""

    title: str
    url: Url | None
    image: Image | None
    date: str | None
    description: str


@dataclass(frozen=True)
class TeaserOptions:
    """Which parts of posts are shown, and how many characters of their texts.

    Dates are those of the time zone ``dates_in``, ``None`` for no dates, in ``language``; see
    ``rendering.locale_formats``.
    """

    image: bool
    dates_in: tzinfo | None
    description: bool
    language: str | None
    max_title: int = 200
    max_description: int = 240
    max_alt: int = 240


def teaser(post: PublishedPost, options: TeaserOptions) -> Teaser:
    """Return the parts of a post that the options select."""
    title = shorten(post.title, options.max_title)
    url = parse_link(post.url)
    return Teaser(
        title=title,
        url=url,
        image=_image(post, title if url else "", options.max_alt) if options.image else None,
        date=_date(post, options),
        description=shorten(post.description or "", options.max_description)
        if options.description
        else "",
    )


def _date(post: PublishedPost, options: TeaserOptions) -> str | None:
    published = post.published_on(options.dates_in) if options.dates_in else None
    return format_day(published, options.language) if published else None


def _image(post: PublishedPost, target: str, max_alt: int) -> Image | None:
    """Return the thumbnail; a linked one without a description is described by its target."""
    src = parse_web_url(post.thumbnail_url)
    return Image(src, shorten(post.thumbnail_alt or "", max_alt) or target) if src else None
