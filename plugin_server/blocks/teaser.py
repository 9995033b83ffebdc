"""What readers see of a post: the same parts in every block that shows posts."""

from dataclasses import dataclass

from plugin_server.kit.posts import PublishedPost
from plugin_server.rendering.links import image_url, link
from plugin_server.rendering.locales import day
from plugin_server.rendering.text import shorten


@dataclass(frozen=True)
class Image:
    """A picture; ``alt`` is empty where it only decorates."""

    src: str
    alt: str


@dataclass(frozen=True)
class Teaser:
    """A post as a template shows it; what Kit or the creator left out is ``None`` or empty."""

    title: str
    url: str | None
    image: Image | None
    date: str | None
    description: str


@dataclass(frozen=True)
class Wanted:
    """What a creator wants to be seen of posts, and how much of their texts there is room for.

    ``language`` is that of dates; see ``rendering.locales``. A limit counts characters.
    """

    image: bool
    date: bool
    description: bool
    language: str | None
    max_title: int = 200
    max_description: int = 240
    max_alt: int = 240


def teaser(post: PublishedPost, wanted: Wanted) -> Teaser:
    """Return what is wanted of a post."""
    title = shorten(post.title, wanted.max_title)
    url = link(post.url)
    return Teaser(
        title=title,
        url=url,
        image=_image(post, title if url else "", wanted.max_alt) if wanted.image else None,
        date=day(post.published_at, wanted.language) if wanted.date else None,
        description=shorten(post.description or "", wanted.max_description)
        if wanted.description
        else "",
    )


def _image(post: PublishedPost, target: str, max_alt: int) -> Image | None:
    """Return the thumbnail; without a description of its own, a linked one names its target."""
    src = image_url(post.thumbnail_url)
    return Image(src, shorten(post.thumbnail_alt or "", max_alt) or target) if src else None
