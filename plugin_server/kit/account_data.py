"""What blocks may read of one creator's account. The only door from a block to Kit."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from plugin_server.errors import ContentNotFound, KitNotFound
from plugin_server.kit.client import KitClient
from plugin_server.kit.models import Broadcast, Post, PublishedPost

_BROADCAST = "broadcast-"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class AccountData(Protocol):
    """One creator's account, read-only; each method raises KitError (502, 503, 429) when Kit fails."""

    def published_posts(self) -> list[PublishedPost]:
        """Return every published post, newest first, without ``content``; ``[]`` when there is none."""

    def find_post(self, value: str) -> PublishedPost | None:
        """Return one published post by its ``value``, with ``content``; ``None`` when it is gone."""


@dataclass(frozen=True)
class KitAccountData:
    """An account as Kit's API gives it.

    Older accounts have no posts resource at all; for those, public and published broadcasts stand in.
    ``clock`` tells what lies in the future and is therefore not published yet (unix seconds).
    """

    client: KitClient
    clock: Callable[[], int]

    def published_posts(self) -> list[PublishedPost]:
        """See AccountData."""
        try:
            posts = self.client.list_posts()
            found = [_from_post(post) for post in posts if self._is_published(post)]
        except KitNotFound:
            found = self._public_broadcasts()
        bare = [post.model_copy(update={"content": None}) for post in found]
        return sorted(bare, key=lambda post: post.published_at or _LONG_AGO, reverse=True)

    def find_post(self, value: str) -> PublishedPost | None:
        """See AccountData."""
        kind, number = (
            ("broadcast", value[len(_BROADCAST) :])
            if value.startswith(_BROADCAST)
            else ("post", value)
        )
        if not (number.isascii() and number.isdecimal()):
            return None
        if kind == "broadcast":
            broadcast = self.client.get_broadcast(int(number))
            return _from_broadcast(broadcast) if broadcast and self._is_public(broadcast) else None
        post = self.client.get_post(int(number))
        return _from_post(post) if post and self._is_published(post) else None

    def _public_broadcasts(self) -> list[PublishedPost]:
        try:
            broadcasts = self.client.list_broadcasts()
            return [_from_broadcast(each) for each in broadcasts if self._is_public(each)]
        except KitNotFound as error:
            raise ContentNotFound(
                "Kit does not let this app read your posts. Reinstall the app to allow it."
            ) from error

    def _is_published(self, post: Post) -> bool:
        return post.status == "published" and self._is_past(post.published_at)

    def _is_public(self, broadcast: Broadcast) -> bool:
        sent = broadcast.send_at is None or self._is_past(broadcast.send_at)
        return bool(broadcast.public) and self._is_past(broadcast.published_at) and sent

    def _is_past(self, moment: datetime | None) -> bool:
        return moment is not None and moment.timestamp() <= self.clock()


def _from_post(post: Post) -> PublishedPost:
    return PublishedPost(
        value=str(post.id),
        title=post.title or "Untitled",
        url=post.public_url,
        description=post.description or post.meta_description,
        published_at=post.published_at,
        thumbnail_url=post.thumbnail_url,
        thumbnail_alt=post.thumbnail_alt,
        content=post.content,
    )


def _from_broadcast(broadcast: Broadcast) -> PublishedPost:
    return PublishedPost(
        value=f"{_BROADCAST}{broadcast.id}",
        title=broadcast.subject or "Untitled",
        description=broadcast.description or broadcast.preview_text,
        published_at=broadcast.published_at,
        thumbnail_url=broadcast.thumbnail_url,
        thumbnail_alt=broadcast.thumbnail_alt,
        content=broadcast.content,
    )
