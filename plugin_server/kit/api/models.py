"""Records of Kit's API V4. Unknown fields are ignored, absent and unreadable ones are ``None``.

Nothing here names a person: blocks get neither subscribers' nor customers' data, so these records
have no field that could hold any.

Source: https://developers.kit.com/api-reference
"""

from datetime import tzinfo
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field, StrictFloat, StrictInt, StringConstraints

from plugin_server.kit.api.records import Id, KitRecord, LocalMoment, Moment, Readable
from plugin_server.rendering.time_zones import parse_time_zone


def _by_name(value: object) -> object:
    # As Kit's sequences have it.
    return {"name": value} if isinstance(value, str) else value


_Short = Annotated[str, StringConstraints(strict=True, max_length=64)]


class Timezone(KitRecord):
    """A member of ``GET /v4/account``: the zone's IANA name, and its offset, such as ``-05:00``."""

    name: _Short | None = None
    utc_offset: _Short | StrictInt | StrictFloat | None = None

    @property
    def zone(self) -> tzinfo:
        """The zone; UTC where neither is known."""
        return parse_time_zone(self.name, self.utc_offset)


class Account(KitRecord):
    """``GET /v4/account``: the identity behind an installation.

    The email addresses of the account and of its user are not read. ``name`` is empty where Kit gives none.
    """

    id: Id
    name: str = ""
    plan_type: str | None = None
    created_at: Moment | None = None
    timezone: Annotated[Timezone, BeforeValidator(_by_name)] | None = None


class Colors(KitRecord):
    """``GET /v4/account/colors``: each colour as ``#rrggbb``; others are left out."""

    colors: Readable[Annotated[str, Field(pattern=r"\A#[0-9A-Fa-f]{6}\z")]]


class CreatorProfile(KitRecord):
    """``GET /v4/account/creator_profile``: what the creator shows the public. All is user text."""

    name: str | None = None
    byline: str | None = None
    bio: str | None = None
    image_url: str | None = None
    profile_url: str | None = None


class EmailStats(KitRecord):
    """``GET /v4/account/email_stats``: numbers of emails between ``starting`` and ``ending``."""

    sent: int | None = None
    clicked: int | None = None
    opened: int | None = None
    email_stats_mode: str | None = None
    open_tracking_enabled: bool | None = None
    click_tracking_enabled: bool | None = None
    starting: Moment | None = None
    ending: Moment | None = None


class GrowthStats(KitRecord):
    """``GET /v4/account/growth_stats``: numbers of subscribers; ``subscribers`` is the total.

    ``starting`` and ``ending`` keep the offset of the account's sending time zone.
    """

    subscribers: int | None = None
    new_subscribers: int | None = None
    cancellations: int | None = None
    net_new_subscribers: int | None = None
    starting: LocalMoment | None = None
    ending: LocalMoment | None = None


class Post(KitRecord):
    """``GET /v4/posts`` and ``/v4/posts/{id}``. ``content`` is set only where it was requested."""

    id: Id
    publication_id: int | None = None
    created_at: Moment | None = None
    title: str | None = None
    slug: str | None = None
    description: str | None = None
    meta_description: str | None = None
    status: str | None = None
    published_at: Moment | None = None
    sent_at: Moment | None = None
    thumbnail_url: str | None = None
    thumbnail_alt: str | None = None
    is_paid: bool | None = None
    public_url: str | None = None
    content: str | None = Field(default=None, repr=False)


class BroadcastStats(KitRecord):
    """``GET /v4/broadcasts/{id}/stats``, also a member of a broadcast.

    Numbers count emails; ``progress`` and the rates are as Kit gives them.
    """

    recipients: int | None = None
    emails_opened: int | None = None
    open_rate: float | None = None
    total_clicks: int | None = None
    show_total_clicks: bool | None = None
    click_rate: float | None = None
    unsubscribes: int | None = None
    unsubscribe_rate: float | None = None
    status: str | None = None
    progress: float | None = None
    open_tracking_disabled: bool | None = None
    click_tracking_disabled: bool | None = None


class BroadcastWithStats(KitRecord):
    """``GET /v4/broadcasts/{id}/stats``, as it arrives: the stats inside of the broadcast."""

    id: Id
    stats: BroadcastStats


class BroadcastClick(KitRecord):
    """One link of a broadcast in ``GET /v4/broadcasts``. The rates are fractions of one."""

    url: str | None = None
    unique_clicks: int | None = None
    click_to_delivery_rate: float | None = None
    click_to_open_rate: float | None = None


class BroadcastTemplate(KitRecord):
    """The ``email_template`` of a broadcast in ``GET /v4/broadcasts``."""

    id: Id
    name: str | None = None


class FilterCondition(KitRecord):
    """Who receives a broadcast, in ``GET /v4/broadcasts``: members of these segments, tags, …"""

    type: str | None = None
    ids: Readable[Id] = ()


class SubscriberFilter(KitRecord):
    """One group of ``subscriber_filter`` in ``GET /v4/broadcasts``."""

    all: Readable[FilterCondition] = ()
    any: Readable[FilterCondition] = ()
    none: Readable[FilterCondition] = ()


class Broadcast(KitRecord):
    """``GET /v4/broadcasts`` and ``/v4/broadcasts/{id}``. Kit gives a broadcast no public URL.

    ``clicks`` and ``stats`` are set only where they were requested and the account may read them.
    The sender's email address is not read.
    """

    id: Id
    publication_id: int | None = None
    created_at: Moment | None = None
    subject: str | None = None
    preview_text: str | None = None
    description: str | None = None
    content: str | None = Field(default=None, repr=False)
    public: bool | None = None
    send_at: Moment | None = None
    published_at: Moment | None = None
    thumbnail_url: str | None = None
    thumbnail_alt: str | None = None
    email_template: BroadcastTemplate | None = None
    subscriber_filter: Readable[SubscriberFilter] = ()
    clicks: Readable[BroadcastClick] = ()
    stats: BroadcastStats | None = None


class EmailTemplate(KitRecord):
    """``GET /v4/email_templates``."""

    id: Id
    name: str | None = None
    is_default: bool | None = None
    category: str | None = None


class CustomField(KitRecord):
    """``GET /v4/custom_fields``: ``key`` is the name in Liquid, ``label`` the one for people."""

    id: Id
    name: str | None = None
    key: str | None = None
    label: str | None = None


class Form(KitRecord):
    """``GET /v4/forms``: a form (``type`` embed) or a landing page (``type`` hosted)."""

    id: Id
    uid: str | None = None
    name: str | None = None
    created_at: Moment | None = None
    type: str | None = None
    format: str | None = None
    embed_js: str | None = None
    embed_url: str | None = None
    archived: bool | None = None


class Subscriber(KitRecord):
    """``GET /v4/subscribers`` and ``/v4/subscribers/{id}``, and those of a form, sequence or tag.

    ``added_at`` is set for those of a form or sequence, ``tagged_at`` for those of a tag.

    A block may count subscribers and follow their state. It must not know who they are: what it shows goes
    out in an email to all readers, and these gave their data to the creator alone. So ``email_address``,
    ``first_name``, the custom ``fields`` and the referrer stay with Kit, which fills names in by Liquid when
    it sends.
    """

    id: Id
    state: str | None = None
    created_at: Moment | None = None
    added_at: Moment | None = None
    tagged_at: Moment | None = None


class Tag(KitRecord):
    """``GET /v4/tags``, with ``created_at``; ``/v4/subscribers/{id}/tags``, with ``tagged_at``."""

    id: Id
    name: str | None = None
    created_at: Moment | None = None
    tagged_at: Moment | None = None


class Segment(KitRecord):
    """``GET /v4/segments``."""

    id: Id
    name: str | None = None
    created_at: Moment | None = None


class Sequence(KitRecord):
    """``GET /v4/sequences``."""

    id: Id
    name: str | None = None
    hold: bool | None = None
    repeat: bool | None = None
    created_at: Moment | None = None


class Product(KitRecord):
    """One line of a purchase. The same product (``pid``) returns with each purchase of it.

    ``unit_price`` is in the purchase's ``currency``, as Kit gives it. The line's own id is not read:
    it belongs to one customer's order.
    """

    pid: str | None = None
    name: str | None = None
    sku: str | None = None
    unit_price: Decimal | None = None
    quantity: int | None = None


class Purchase(KitRecord):
    """``GET /v4/purchases`` and ``/v4/purchases/{id}``. Amounts are in ``currency`` (ISO 4217).

    The customer's email address and the transaction's id, which leads to the customer, are not read.
    """

    id: Id
    status: str | None = None
    currency: str | None = None
    transaction_time: Moment | None = None
    subtotal: Decimal | None = None
    discount: Decimal | None = None
    tax: Decimal | None = None
    total: Decimal | None = None
    products: Readable[Product] = ()


class WebhookEvent(KitRecord):
    """The event that triggers a webhook, in ``GET /v4/webhooks``.

    ``initiator_value`` is the URL of a link, or a number; like every URL, it may hold a key.
    """

    name: str | None = None
    form_id: int | None = None
    tag_id: int | None = None
    sequence_id: int | None = None
    product_id: int | None = None
    initiator_value: int | str | None = Field(default=None, repr=False)


class Webhook(KitRecord):
    """``GET /v4/webhooks``. Many services put a key into ``target_url``: it is never printed."""

    id: Id
    account_id: int | None = None
    event: WebhookEvent | None = None
    target_url: str | None = Field(default=None, repr=False)


class Pagination(KitRecord):
    """The ``pagination`` member of every list; cursors are ``None`` on an empty page."""

    # Has no default: a list must not end early, and look complete, because this is unreadable.
    has_next_page: bool
    has_previous_page: bool = False
    start_cursor: str | None = None
    end_cursor: str | None = None
    per_page: int | None = None
    total_count: int | None = None
