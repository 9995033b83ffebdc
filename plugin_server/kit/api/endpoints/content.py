"""What the creator publishes: posts, broadcasts and the templates of emails.

Source: https://developers.kit.com/api-reference/broadcasts/list-broadcasts and its neighbours
"""

from collections.abc import Collection
from typing import Literal

from plugin_server.kit.api.endpoints.base import Endpoints, Paging
from plugin_server.kit.api.listing import PAGE_SIZE, Listing
from plugin_server.kit.api.models import (
    Broadcast,
    BroadcastStats,
    BroadcastWithStats,
    EmailTemplate,
    Post,
)

BroadcastField = Literal["clicks", "stats"]


class ContentEndpoints(Endpoints):
    """``/v4/posts``, ``/v4/broadcasts`` and ``/v4/email_templates``."""

    def list_posts(
        self,
        *,
        include_content: bool = False,
        per_page: int = PAGE_SIZE,
        after: str | None = None,
        include_total_count: bool = False,
    ) -> Listing[Post]:
        """Return the posts, drafts and scheduled ones included, newest first.

        Args:
            include_content: whether each post has its ``content``, which makes pages large.
            per_page: records a page, 1 to 1000.
            after: the ``end_cursor`` of a page, to go on behind it.
            include_total_count: whether the first page counts the whole list, which is slow.

        Source: https://developers.kit.com/api-reference/posts/list-posts
        """
        paging = Paging(per_page, after, include_total_count)
        content = "true" if include_content else None
        return self._list("/v4/posts", "posts", Post, paging, include_content=content)

    def get_post(self, post_id: int) -> Post | None:
        """Return a post with its ``content``; ``None`` when there is none of that id.

        Source: https://developers.kit.com/api-reference/posts/get-a-post
        """
        return self._find(f"/v4/posts/{post_id:d}", "post", Post)

    def list_broadcasts(
        self,
        *,
        extra_fields: Collection[BroadcastField] = (),
        per_page: int = PAGE_SIZE,
        after: str | None = None,
        include_total_count: bool = False,
    ) -> Listing[Broadcast]:
        """Return the broadcasts, drafts included, newest first.

        Args:
            extra_fields: ``clicks`` and ``stats``, which Kit gives to Pro accounts and to apps that
                it authorized.
            per_page: records a page, 1 to 1000; each has its whole ``content``.
            after: the ``end_cursor`` of a page, to go on behind it.
            include_total_count: whether the first page counts the whole list, which is slow.

        Source: https://developers.kit.com/api-reference/broadcasts/list-broadcasts
        """
        paging = Paging(per_page, after, include_total_count)
        extra = ",".join(extra_fields) or None
        return self._list("/v4/broadcasts", "broadcasts", Broadcast, paging, extra_fields=extra)

    def get_broadcast(
        self, broadcast_id: int, *, extra_fields: Collection[BroadcastField] = ()
    ) -> Broadcast | None:
        """Return a broadcast; ``None`` when there is none of that id.

        Args:
            broadcast_id: the broadcast's ``id``.
            extra_fields: as for ``list_broadcasts``.

        Source: https://developers.kit.com/api-reference/broadcasts/get-a-broadcast
        """
        query = {"extra_fields": ",".join(extra_fields)} if extra_fields else None
        return self._find(f"/v4/broadcasts/{broadcast_id:d}", "broadcast", Broadcast, query)

    def get_stats_for_broadcast(self, broadcast_id: int) -> BroadcastStats | None:
        """Return how a broadcast did; ``None`` when it is not there, or the app may not know.

        Source: https://developers.kit.com/api-reference/broadcasts/get-stats-for-a-broadcast
        """
        path = f"/v4/broadcasts/{broadcast_id:d}/stats"
        found = self._find(path, "broadcast", BroadcastWithStats)
        return found.stats if found else None

    def list_email_templates(
        self,
        *,
        per_page: int = PAGE_SIZE,
        after: str | None = None,
        include_total_count: bool = False,
    ) -> Listing[EmailTemplate]:
        """Return the templates that the account's emails may have.

        Source: https://developers.kit.com/api-reference/email-templates/list-email-templates
        """
        paging = Paging(per_page, after, include_total_count)
        return self._list("/v4/email_templates", "email_templates", EmailTemplate, paging)
