"""What readers see of a post: the same parts in every block that shows posts."""

from dataclasses import dataclass
from datetime import tzinfo

from plugin_server.kit.posts import PublishedPost
from plugin_server.rendering.kinds import Url
from plugin_server.rendering.links import image_url, link
from plugin_server.rendering.locales import day
from plugin_server.rendering.text import shorten


@dataclass(frozen=True)
class Image:
    """A picture; ``alt`` is empty where it only decorates."""

    src: Url
    alt: str


@dataclass(frozen=True)
class Teaser:
    """A post as a template shows it; what Kit or the creator left out is ``None`` or empty."""

    title: str
    url: Url | None
    image: Image | None
    date: str | None
    description: str


@dataclass(frozen=True)
class TeaserOptions:
    """What a creator wants to be seen of posts, and how much of their texts there is room for.

    ``dates_in`` is the zone of which dates are shown, ``None`` for no dates, and ``language`` theirs;
    see ``rendering.locales``. A limit counts characters.
    """

    image: bool
    dates_in: tzinfo | None
    description: bool
    language: str | None
    max_title: int = 200
    max_description: int = 240
    max_alt: int = 240


def teaser(post: PublishedPost, wanted: TeaserOptions) -> Teaser:
    """Return what is wanted of a post."""
    title = shorten(post.title, wanted.max_title)
    url = link(post.url)
    return Teaser(
        title=title,
        url=url,
        image=_image(post, title if url else "", wanted.max_alt) if wanted.image else None,
        date=_date(post, wanted),
        description=shorten(post.description or "", wanted.max_description)
        if wanted.description
        else "",
    )


def _date(post: PublishedPost, wanted: TeaserOptions) -> str | None:
    published = post.published_on(wanted.dates_in) if wanted.dates_in else None
    return day(published, wanted.language) if published else None


def _image(post: PublishedPost, target: str, max_alt: int) -> Image | None:
    """Return the thumbnail; without a description of its own, a linked one names its target."""
    src = image_url(post.thumbnail_url)
    return Image(src, shorten(post.thumbnail_alt or "", max_alt) or target) if src else None
