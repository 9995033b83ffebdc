"""Subscribers, without who they are: all of them, and those of a form, sequence or tag.

``before``, the way back through a list, is never sent: a Listing goes forward.

Source: https://developers.kit.com/api-reference/subscribers/list-subscribers and its neighbours
"""

from datetime import date, datetime
from typing import Literal

from plugin_server.kit.api.endpoints.base import Endpoints, Paging
from plugin_server.kit.api.listing import PAGE_SIZE, Listing
from plugin_server.kit.api.models import Subscriber, Tag

# Kit reads a day (``yyyy-mm-dd``) and a time alike; a time needs a zone.
When = date | datetime
Status = Literal["active", "inactive", "bounced", "complained", "cancelled", "all"]


class SubscriberEndpoints(Endpoints):
    """``/v4/subscribers``, and the lists of subscribers below forms, sequences and tags.

    Without ``status`` Kit lists the active subscribers only.
    """

    def list_subscribers(
        self,
        *,
        status: Status | None = None,
        created_after: When | None = None,
        created_before: When | None = None,
        updated_after: When | None = None,
        updated_before: When | None = None,
        sort_field: Literal["id", "updated_at", "cancelled_at"] | None = None,
        sort_order: Literal["asc", "desc"] | None = None,
        per_page: int = PAGE_SIZE,
        after: str | None = None,
        include_total_count: bool = False,
    ) -> Listing[Subscriber]:
        """Return the account's subscribers, by default the latest first.

        Kit's search for an ``email_address`` is left out on purpose: it would tell a block whether
        somebody is among the subscribers, and put the address into logs of requests.

        Args:
            status: which subscribers; the active ones without it.
            created_after: a day or a time, as for the three others.
            created_before: see above.
            updated_after: see above.
            updated_before: see above.
            sort_field: ``id`` without it; ``cancelled_at`` needs the status ``cancelled``, else
                Kit refuses (KitRejected, 502).
            sort_order: ``desc`` without it.
            per_page: records a page, 1 to 1000.
            after: the ``end_cursor`` of a page, to go on behind it.
            include_total_count: whether the first page counts the whole list, which is slow.

        Source: https://developers.kit.com/api-reference/subscribers/list-subscribers
        """
        return self._list(
            "/v4/subscribers",
            "subscribers",
            Subscriber,
            Paging(per_page, after, include_total_count),
            status=status,
            created_after=created_after,
            created_before=created_before,
            updated_after=updated_after,
            updated_before=updated_before,
            sort_field=sort_field,
            sort_order=sort_order,
        )

    def get_subscriber(self, subscriber_id: int) -> Subscriber | None:
        """Return a subscriber; ``None`` when there is none of that id.

        Source: https://developers.kit.com/api-reference/subscribers/get-a-subscriber
        """
        return self._find(f"/v4/subscribers/{subscriber_id:d}", "subscriber", Subscriber)

    def list_tags_for_subscriber(
        self,
        subscriber_id: int,
        *,
        per_page: int = PAGE_SIZE,
        after: str | None = None,
        include_total_count: bool = False,
    ) -> Listing[Tag]:
        """Return a subscriber's tags, with ``tagged_at``; KitNotFound when there is no such one.

        Source: https://developers.kit.com/api-reference/subscribers/list-tags-for-a-subscriber
        """
        paging = Paging(per_page, after, include_total_count)
        return self._list(f"/v4/subscribers/{subscriber_id:d}/tags", "tags", Tag, paging)

    def list_subscribers_for_form(
        self,
        form_id: int,
        *,
        status: Status | None = None,
        added_after: When | None = None,
        added_before: When | None = None,
        created_after: When | None = None,
        created_before: When | None = None,
        per_page: int = PAGE_SIZE,
        after: str | None = None,
        include_total_count: bool = False,
    ) -> Listing[Subscriber]:
        """Return who came by a form or landing page, with ``added_at``; else KitNotFound.

        Args:
            form_id: the form's ``id``.
            status: which subscribers; the active ones without it.
            added_after: added to the form later than this day or time.
            added_before: added to the form earlier.
            created_after: in the account since later than this day or time.
            created_before: in the account since earlier.
            per_page: records a page, 1 to 1000.
            after: the ``end_cursor`` of a page, to go on behind it.
            include_total_count: whether the first page counts the whole list, which is slow.

        Source: https://developers.kit.com/api-reference/forms/list-subscribers-for-a-form
        """
        return self._list(
            f"/v4/forms/{form_id:d}/subscribers",
            "subscribers",
            Subscriber,
            Paging(per_page, after, include_total_count),
            status=status,
            added_after=added_after,
            added_before=added_before,
            created_after=created_after,
            created_before=created_before,
        )

    def list_subscribers_for_sequence(
        self,
        sequence_id: int,
        *,
        status: Status | None = None,
        added_after: When | None = None,
        added_before: When | None = None,
        created_after: When | None = None,
        created_before: When | None = None,
        per_page: int = PAGE_SIZE,
        after: str | None = None,
        include_total_count: bool = False,
    ) -> Listing[Subscriber]:
        """Return who is in a sequence, with ``added_at``; KitNotFound when there is none.

        The filters are those of ``list_subscribers_for_form``, with the sequence in its place.

        Source: https://developers.kit.com/api-reference/sequences/list-subscribers-for-a-sequence
        """
        return self._list(
            f"/v4/sequences/{sequence_id:d}/subscribers",
            "subscribers",
            Subscriber,
            Paging(per_page, after, include_total_count),
            status=status,
            added_after=added_after,
            added_before=added_before,
            created_after=created_after,
            created_before=created_before,
        )

    def list_subscribers_for_tag(
        self,
        tag_id: int,
        *,
        status: Status | None = None,
        tagged_after: When | None = None,
        tagged_before: When | None = None,
        created_after: When | None = None,
        created_before: When | None = None,
        per_page: int = PAGE_SIZE,
        after: str | None = None,
        include_total_count: bool = False,
    ) -> Listing[Subscriber]:
        """Return who has a tag, with ``tagged_at``; KitNotFound when there is no such tag.

        The filters are those of ``list_subscribers_for_form``, with tagged for added.

        Source: https://developers.kit.com/api-reference/tags/list-subscribers-for-a-tag
        """
        return self._list(
            f"/v4/tags/{tag_id:d}/subscribers",
            "subscribers",
            Subscriber,
            Paging(per_page, after, include_total_count),
            status=status,
            tagged_after=tagged_after,
            tagged_before=tagged_before,
            created_after=created_after,
            created_before=created_before,
        )
