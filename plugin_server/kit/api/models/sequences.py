"""Records of sequences and their emails. Source: https://developers.kit.com/api-reference/sequences"""

from pydantic import Field

from plugin_server.kit.api.records import Id, KitRecord, Moment, Readable


class SequenceStats(KitRecord):
    """The ``stats`` in ``GET /v4/sequences`` and of sequences' emails, where they were requested.

    Numbers count emails, ``unsubscribers`` people; all may be ``None`` where nothing was sent yet. The rates
    are as Kit gives them.
    """

    unsubscribers: int | None = None
    recipients: int | None = None
    opens: int | None = None
    clicks: int | None = None
    email_unsubscribes: int | None = None
    bounces: int | None = None
    complaints: int | None = None
    open_rate: float | None = None
    click_rate: float | None = None
    click_to_open_rate: float | None = None
    unsubscribe_rate: float | None = None
    bounce_rate: float | None = None
    complaint_rate: float | None = None


class SubscriberSource(KitRecord):
    """Whom a sequence of ``GET /v4/sequences`` leaves out: subscribers of these tags, forms, segments, …"""

    type: str | None = None
    ids: Readable[Id] = ()


class Sequence(KitRecord):
    """``GET /v4/sequences`` and ``/v4/sequences/{id}``; older responses end with ``created_at``.

    ``send_hour`` is one of ``time_zone``. The sender's email address is not read.
    """

    id: Id
    name: str | None = None
    hold: bool | None = None
    repeat: bool | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None
    email_template_id: int | None = None
    send_days: Readable[str] = ()
    send_hour: int | None = None
    time_zone: str | None = None
    active: bool | None = None
    exclude_subscriber_sources: Readable[SubscriberSource] = ()
    email_count: int | None = None
    subscriber_count: int | None = None
    stats: SequenceStats | None = None


class SequenceEmail(KitRecord):
    """``GET /v4/sequences/{sequence_id}/emails`` and ``/v4/sequences/{sequence_id}/emails/{id}``.

    It is sent ``delay_value`` days or hours (``delay_unit``) after the one at the ``position`` before, the
    first of which is 0. ``content`` is set for a single email, and in lists where it was requested. The
    sender's email address is not read.
    """

    id: Id
    sequence_id: int | None = None
    subject: str | None = None
    preview_text: str | None = None
    email_template_id: int | None = None
    published: bool | None = None
    position: int | None = None
    delay_value: int | None = None
    delay_unit: str | None = None
    send_days: Readable[str] | None = None
    content: str | None = Field(default=None, repr=False)
    stats: SequenceStats | None = None
