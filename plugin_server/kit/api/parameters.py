"""Parameters of Kit's GET endpoints: their types, how they are validated and how they are sent.

One class for each set of parameters that endpoints share; a field left out is not sent. What Kit could not
accept is refused before a request is made, with pydantic's ValidationError, which is a ValueError.
``before``, the way back through a list, is left out: a Listing goes forward.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

PAGE_SIZE = 500
MAX_PAGE_SIZE = 1000


def _date_of(value: object) -> object:
    # A datetime is a date too, and Kit refuses one that says more than the day.
    return value.date() if isinstance(value, datetime) else value


Day = Annotated[date, BeforeValidator(_date_of)]
# Kit reads a day (``yyyy-mm-dd``) and a time alike; a time needs a zone, or it could mean any of 24 hours.
When = date | AwareDatetime
SubscriberStatus = Literal["active", "inactive", "bounced", "complained", "cancelled", "all"]
BroadcastField = Literal["clicks", "stats"]


class Parameters(BaseModel):
    """No parameters; the base of all others."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def query(self) -> dict[str, str]:
        """Return the query parameters, all fields but ``id``, which is part of the path."""
        values = {name: getattr(self, name) for name in type(self).model_fields if name != "id"}
        return {name: text for name, value in values.items() if (text := _text(value))}


class ById(Parameters):
    """The ``id`` of a record, or of the record whose list is read."""

    id: int


class BroadcastById(ById):
    """A broadcast, and its fields that Kit gives to Pro accounts and to apps that it authorized."""

    extra_fields: Sequence[BroadcastField] = ()


class Days(Parameters):
    """A period, in the account's sending time zone; Kit refuses one whose ``ending`` is not later.

    ``starting`` is the first day, 90 days ago without it; ``ending`` the last day, today without it.
    """

    starting: Day | None = None
    ending: Day | None = None


class Paging(Parameters):
    """Where a list starts and how it is divided.

    ``after`` is the ``end_cursor`` of a page, to go on after it. ``include_total_count`` has the first page
    count the whole list, which is slow.
    """

    per_page: Annotated[int, Field(ge=1, le=MAX_PAGE_SIZE)] = PAGE_SIZE
    after: str | None = None
    include_total_count: bool = False


class PostPaging(Paging):
    """Posts; ``include_content`` gives each its ``content``, which makes pages large."""

    include_content: bool = False


class BroadcastPaging(Paging):
    """Broadcasts; for ``extra_fields`` see ``BroadcastById``."""

    extra_fields: Sequence[BroadcastField] = ()


class FormPaging(Paging):
    """Forms, the active ones by default; ``embed`` for forms, ``hosted`` for landing pages."""

    status: Literal["active", "archived", "trashed", "all"] | None = None
    type: Literal["embed", "hosted"] | None = None


class SubscriberPaging(Paging):
    """Subscribers, by default the active ones, the latest first.

    ``sort_field`` is ``id`` without it; ``cancelled_at`` needs the status ``cancelled``, else Kit refuses.
    ``sort_order`` is ``desc`` without it.

    Kit's search for an ``email_address`` is left out on purpose: a block could find out whether a person is
    a subscriber, and the email address would get into logs of requests.
    """

    status: SubscriberStatus | None = None
    created_after: When | None = None
    created_before: When | None = None
    updated_after: When | None = None
    updated_before: When | None = None
    sort_field: Literal["id", "updated_at", "cancelled_at"] | None = None
    sort_order: Literal["asc", "desc"] | None = None


class AddedSubscriberPaging(ById, Paging):
    """Subscribers of a form or sequence, and when they were added to it or to the account."""

    status: SubscriberStatus | None = None
    added_after: When | None = None
    added_before: When | None = None
    created_after: When | None = None
    created_before: When | None = None


class TaggedSubscriberPaging(ById, Paging):
    """Subscribers with a tag, and when they were tagged or added to the account."""

    status: SubscriberStatus | None = None
    tagged_after: When | None = None
    tagged_before: When | None = None
    created_after: When | None = None
    created_before: When | None = None


class PagingById(ById, Paging):
    """A list that belongs to one record."""


def _text(value: object) -> str:
    """Return a value as Kit reads it: times in UTC, days as they are (ISO 8601); ``""`` is not sent."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ",".join(value)
    return "" if value is None else str(value)
