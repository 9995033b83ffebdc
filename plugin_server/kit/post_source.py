"""The source of an account's posts: Kit's posts or, for older accounts, its broadcasts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from plugin_server.errors import ContentNotFound, KitNotFound
from plugin_server.kit.api.client import KitClient
from plugin_server.kit.api.endpoints import BROADCAST, BROADCASTS, POST, POSTS
from plugin_server.kit.api.models import Broadcast, Post
from plugin_server.kit.posts import (
    BROADCAST_PREFIX,
    Posts,
    PublishedPost,
    from_broadcast,
    from_post,
)

# Records of one response. The newest are requested often, so their page is small; so are the pages of
# broadcasts, which have their whole text.
NEWEST_POSTS, POSTS_PAGE = 100, 1000
NEWEST_BROADCASTS, BROADCASTS_PAGE = 25, 100


@dataclass(frozen=True)
class PostSource:
    """Reads the published posts.

    Older accounts have no posts resource; for those, public and published broadcasts are used.

    Attributes:
        client: reads while a creator waits.
        background_client: reads while no creator does.
        clock: unix seconds; what is published later than now is left out.
    """

    client: KitClient
    background_client: KitClient
    clock: Callable[[], float]

    def newest(self) -> Posts:
        """Return the posts of the first page, from one response of Kit.

        Raises:
            KitError: Kit failed (502, 503, 429).
            ContentNotFound: code 404, Kit shows this app neither posts nor broadcasts.
        """
        try:
            posts = next(self.client.list(POSTS, per_page=NEWEST_POSTS).pages())
            published = map(from_post, filter(self._is_published, posts.records))
            return Posts(published, is_whole=posts.is_last)
        except KitNotFound:
            return self._newest_broadcasts()

    def whole(self) -> Posts:
        """Return all posts; errors as above."""
        listing = self.background_client.list(POSTS, per_page=POSTS_PAGE)
        try:
            return Posts(map(from_post, filter(self._is_published, listing)), is_whole=True)
        except KitNotFound:
            broadcasts = self.background_client.list(BROADCASTS, per_page=BROADCASTS_PAGE)
            public = filter(self._is_public, broadcasts)
            return Posts(map(from_broadcast, public), is_whole=True)

    def one(self, value: str) -> PublishedPost | None:
        """Return the post, or ``None`` when Kit has none or it is not published; errors as above."""
        if value.startswith(BROADCAST_PREFIX):
            broadcast = self.client.find(BROADCAST, id=int(value.removeprefix(BROADCAST_PREFIX)))
            return from_broadcast(broadcast) if broadcast and self._is_public(broadcast) else None
        post = self.client.find(POST, id=int(value))
        return from_post(post) if post and self._is_published(post) else None

    def _newest_broadcasts(self) -> Posts:
        try:
            page = next(self.client.list(BROADCASTS, per_page=NEWEST_BROADCASTS).pages())
        except KitNotFound as error:
            raise ContentNotFound(
                "Kit does not let this app read your posts. Reinstall the app to allow it."
            ) from error
        public = map(from_broadcast, filter(self._is_public, page.records))
        return Posts(public, is_whole=page.is_last)

    def _is_published(self, post: Post) -> bool:
        return post.status == "published" and self._is_past(post.published_at)

    def _is_public(self, broadcast: Broadcast) -> bool:
        sent = broadcast.send_at is None or self._is_past(broadcast.send_at)
        return bool(broadcast.public) and self._is_past(broadcast.published_at) and sent

    def _is_past(self, moment: datetime | None) -> bool:
        return moment is not None and moment.timestamp() <= self.clock()
