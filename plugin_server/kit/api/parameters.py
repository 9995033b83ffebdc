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
SubscriberOrder = Literal[
    "id",
    "created_at",
    "updated_at",
    "cancelled_at",
    "engagement__sent",
    "engagement__opens",
    "engagement__clicks",
    "engagement__open_rate",
    "engagement__click_rate",
]
SubscriberStatus = Literal["active", "inactive", "bounced", "complained", "cancelled", "all"]
BroadcastField = Literal["clicks", "stats"]
BroadcastStatus = Literal["draft", "scheduled", "sending", "completed", "aborted"]
Stats = Sequence[Literal["stats"]]
SubscriberCount = Sequence[Literal["subscriber_count"]]


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
    """A broadcast, and its fields that Kit gives to Pro accounts and to apps that it authorized.

    Kit's reference does not name ``extra_fields`` any more; clicks and stats have endpoints of their own.
    """

    extra_fields: Sequence[BroadcastField] = ()


class ByIdWithStats(ById):
    """A record, with its stats where ``include`` names them."""

    include: Stats = ()


class SequenceEmailById(ByIdWithStats):
    """An email of a sequence."""

    sequence_id: int


class DeliveryById(ById):
    """A delivery to a webhook endpoint."""

    endpoint_id: int


class StatsById(ById):
    """A subscriber, and between which days the emails were sent that are counted."""

    email_sent_after: Day | None = None
    email_sent_before: Day | None = None


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


class SentPaging(Paging):
    """Broadcasts by their status, and by the days between which they were sent."""

    sent_after: Day | None = None
    sent_before: Day | None = None
    status: BroadcastStatus | None = None


class BroadcastPaging(SentPaging):
    """Broadcasts; ``slim`` leaves out their content, and also where they are published.

    For ``extra_fields`` see ``BroadcastById``.
    """

    slim: bool = False
    extra_fields: Sequence[BroadcastField] = ()


class SnippetPaging(Paging):
    """Snippets, either those in use or the archived ones; ``include_content`` gives each its content."""

    archived: bool = False
    include_content: bool = False
    snippet_type: Literal["inline", "block"] | None = None


class PagingWithStats(Paging):
    """A list, with the stats of each where ``include`` names them."""

    include: Stats = ()


class SequenceEmailPaging(ById, PagingWithStats):
    """The emails of a sequence; ``include_content`` gives each its ``content``."""

    include_content: bool = False


class TagPaging(Paging):
    """Tags, each with the number of its active subscribers where ``include`` names it."""

    include: SubscriberCount = ()


class FormPaging(TagPaging):
    """Forms, the active ones by default; ``embed`` for forms, ``hosted`` for landing pages."""

    status: Literal["active", "archived", "trashed", "all"] | None = None
    type: Literal["embed", "hosted"] | None = None


class EndpointPaging(Paging):
    """Webhook endpoints."""

    status: Literal["active", "disabled"] | None = None


class DeliveryPaging(ById, Paging):
    """The deliveries to a webhook endpoint; ``event_type`` is such as ``post.published``."""

    status: Literal["pending", "retrying", "delivered", "failed"] | None = None
    event_type: str | None = None


class SlimPaging(Paging):
    """Subscribers, by default without their custom fields, which no record reads anyway."""

    slim: bool = True


class SubscriberPaging(SlimPaging):
    """Subscribers, by default the active ones, the latest first.

    ``sort_field`` is ``id`` without it; those that start with ``engagement__`` are about 90 days.
    ``cancelled_at``, as well as ``canceled_at`` in ``include``, needs the status ``cancelled``, else Kit
    refuses. ``sort_order`` is ``desc`` without it.

    Kit's search for an ``email_address`` is left out on purpose: a block could find out whether a person is
    a subscriber, and the email address would get into logs of requests. So is where they are (``location``).
    """

    status: SubscriberStatus | None = None
    created_after: When | None = None
    created_before: When | None = None
    updated_after: When | None = None
    updated_before: When | None = None
    sort_field: SubscriberOrder | None = None
    sort_order: Literal["asc", "desc"] | None = None
    include: Sequence[Literal["attribution", "tags", "canceled_at"]] = ()


class SequenceSubscriberPaging(ById, Paging):
    """Subscribers of a sequence, and when they were added to it or to the account."""

    status: SubscriberStatus | None = None
    added_after: When | None = None
    added_before: When | None = None
    created_after: When | None = None
    created_before: When | None = None


class FormSubscriberPaging(SequenceSubscriberPaging, SlimPaging):
    """Subscribers of a form, and when they were added to it or to the account."""


class TaggedSubscriberPaging(ById, SlimPaging):
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
