"""The bodies of Kit's writes: their types, how they are validated and how they are sent.

One class for each set of members that writes share. A member that is not given is not sent, which leaves the
record as it is or gives it Kit's default; ``None`` is sent as null. Whatever Kit alone can judge, such as an
email address or a color, is left to it.

Bodies hold what readers and creators have entrusted to Kit, so no body prints a value of its own.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from typing_extensions import override

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def _to_the_second(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


Time = Annotated[AwareDatetime, AfterValidator(_to_the_second)]


class Body(BaseModel):
    """No members; the base of all others, and of the objects in them."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, hide_input_in_errors=True, allow_inf_nan=False
    )

    def to_json(self, without: Collection[str] = ()) -> dict[str, Any]:
        """Return the members that were given, as JSON, without those that are part of the path."""
        return self.model_dump(mode="json", exclude_unset=True, exclude=set(without))

    @override
    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(sorted(self.model_fields_set))})"

    __str__ = __repr__


class ById(Body):
    """The ``id`` of the record that is changed."""

    id: int


class Bulk(Body):
    """Up to 100 items are done at once; more later, when Kit posts the result to ``callback_url``."""

    callback_url: str | None = None


# The account and its webhooks.


class Colors(Body):
    """All of the account's colors, at most ten, as ``#rrggbb``."""

    colors: Sequence[str]


class WebhookEvent(Body):
    """What triggers a legacy webhook, such as ``subscriber.tag_add`` with a ``tag_id``."""

    name: str
    form_id: int | None = None
    tag_id: int | None = None
    sequence_id: int | None = None
    product_id: int | None = None
    custom_field_id: int | None = None
    initiator_value: str | None = None


class Webhook(Body):
    """A legacy webhook, for one event."""

    target_url: str
    event: WebhookEvent


class _EndpointMembers(Body):
    name: str | None = None
    description: str | None = None


class NewEndpoint(_EndpointMembers):
    """A webhook endpoint and the names of its events, such as ``post.published``."""

    url: str
    events: Sequence[str]


class EndpointById(_EndpointMembers, ById):
    """Changes of a webhook endpoint; ``events`` replaces all of them."""

    url: str = ""
    events: Sequence[str] = ()
    status: Literal["active", "disabled"] = "active"


class Rotation(ById):
    """A new secret; ``force`` also while the one before the last is still valid."""

    force: bool = False


# What the creator publishes.


class Audience(Body):
    """Who receives a broadcast: members of ``segment`` or ``tag`` ids, or ``all_subscribers``."""

    type: Literal["all_subscribers", "segment", "tag"]
    ids: Sequence[int] = ()


class SubscriberFilter(Body):
    """One group of a broadcast's audience; Kit takes one of the three members."""

    all: Sequence[Audience] = ()
    any: Sequence[Audience] = ()
    none: Sequence[Audience] = ()


class Broadcast(Body):
    """A broadcast; a draft without ``send_at``."""

    subject: str | None = None
    preview_text: str | None = None
    description: str | None = None
    content: str | None = None
    public: bool = False
    published_at: Time | None = None
    send_at: Time | None = None
    email_address: str | None = None
    email_template_id: int | None = None
    allow_starting_point: bool = False
    thumbnail_url: str | None = None
    thumbnail_alt: str | None = None
    subscriber_filter: Sequence[SubscriberFilter] = ()


class BroadcastById(Broadcast, ById):
    """Changes of a broadcast that is not being sent."""


class Source(Body):
    """Whom a sequence leaves out."""

    type: Literal["tag", "sequence", "form", "segment"]
    ids: Sequence[int]


class _SequenceMembers(Body):
    hold: bool = False
    repeat: bool = False
    email_address: str | None = None
    email_template_id: int | None = None
    send_days: Sequence[Day] = ()
    send_hour: Annotated[int, Field(ge=0, le=23)] = 11
    time_zone: str = ""
    active: bool = True
    exclude_subscriber_sources: Sequence[Source] = ()


class NewSequence(_SequenceMembers):
    """A sequence; in the account's time zone, on all days at 11, unless it says otherwise."""

    name: str


class SequenceById(_SequenceMembers, ById):
    """Changes of a sequence; its schedule changes only what is sent later."""

    name: str = ""


class _SequenceEmailMembers(Body):
    sequence_id: int
    preview_text: str | None = None
    content: str | None = None
    email_template_id: int | None = None
    published: bool = False
    send_days: Sequence[Day] | None = None
    position: int | None = None


class NewSequenceEmail(_SequenceEmailMembers):
    """An email of a sequence, the last one unless it has a ``position``, which starts at 0."""

    subject: str
    delay_value: int
    delay_unit: Literal["days", "hours"]


class SequenceEmailById(_SequenceEmailMembers, ById):
    """Changes of an email of a sequence; ``send_days`` of ``None`` are all seven."""

    subject: str = ""
    delay_value: int = 0
    delay_unit: Literal["days", "hours"] = "days"


class EmailOfSequence(ById):
    """An email of a sequence."""

    sequence_id: int


class Document(Body):
    """The HTML of a block snippet."""

    value_html: str


class _SnippetMembers(Body):
    content: str | None = None
    document_attributes: Document | None = None


class NewSnippet(_SnippetMembers):
    """A snippet: ``content`` of an inline one, ``document_attributes`` of a block."""

    name: str
    snippet_type: Literal["inline", "block"]


class SnippetById(_SnippetMembers, ById):
    """Changes of a snippet, whose type and key stay."""

    name: str = ""
    archived: bool = False
