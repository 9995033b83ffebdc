"""How creators win and sort their subscribers: forms, tags, segments, sequences, custom fields.

Source: https://developers.kit.com/api-reference/forms/list-forms and its neighbours
"""

from typing import Literal

from plugin_server.kit.api.endpoints.base import Endpoints, Paging
from plugin_server.kit.api.listing import PAGE_SIZE, Listing
from plugin_server.kit.api.models import CustomField, Form, Segment, Sequence, Tag


class AudienceEndpoints(Endpoints):
    """``/v4/forms``, ``/v4/tags``, ``/v4/segments``, ``/v4/sequences``, ``/v4/custom_fields``."""

    def list_forms(
        self,
        *,
        status: Literal["active", "archived", "trashed", "all"] | None = None,
        type: Literal["embed", "hosted"] | None = None,
        per_page: int = PAGE_SIZE,
        after: str | None = None,
        include_total_count: bool = False,
    ) -> Listing[Form]:
        """Return the forms and landing pages.

        Args:
            status: which ones; the active ones without it.
            type: ``embed`` for forms, ``hosted`` for landing pages; both without it.
            per_page: records a page, 1 to 1000.
            after: the ``end_cursor`` of a page, to go on behind it.
            include_total_count: whether the first page counts the whole list, which is slow.

        Source: https://developers.kit.com/api-reference/forms/list-forms
        """
        paging = Paging(per_page, after, include_total_count)
        return self._list("/v4/forms", "forms", Form, paging, status=status, type=type)

    def list_tags(
        self,
        *,
        per_page: int = PAGE_SIZE,
        after: str | None = None,
        include_total_count: bool = False,
    ) -> Listing[Tag]:
        """Return the account's tags.

        Source: https://developers.kit.com/api-reference/tags/list-tags
        """
        return self._list("/v4/tags", "tags", Tag, Paging(per_page, after, include_total_count))

    def list_segments(
        self,
        *,
        per_page: int = PAGE_SIZE,
        after: str | None = None,
        include_total_count: bool = False,
    ) -> Listing[Segment]:
        """Return the account's segments.

        Source: https://developers.kit.com/api-reference/segments/list-segments
        """
        paging = Paging(per_page, after, include_total_count)
        return self._list("/v4/segments", "segments", Segment, paging)

    def list_sequences(
        self,
        *,
        per_page: int = PAGE_SIZE,
        after: str | None = None,
        include_total_count: bool = False,
    ) -> Listing[Sequence]:
        """Return the account's sequences.

        Source: https://developers.kit.com/api-reference/sequences/list-sequences
        """
        paging = Paging(per_page, after, include_total_count)
        return self._list("/v4/sequences", "sequences", Sequence, paging)

    def list_custom_fields(
        self,
        *,
        per_page: int = PAGE_SIZE,
        after: str | None = None,
        include_total_count: bool = False,
    ) -> Listing[CustomField]:
        """Return the custom fields that subscribers may have: their names, nobody's values.

        Source: https://developers.kit.com/api-reference/custom-fields/list-custom-fields
        """
        paging = Paging(per_page, after, include_total_count)
        return self._list("/v4/custom_fields", "custom_fields", CustomField, paging)
