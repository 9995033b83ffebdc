"""Records of subscribers and of how they are gained and sorted, and of purchases: without persons.

Source: https://developers.kit.com/api-reference
"""

from decimal import Decimal

from plugin_server.kit.api.records import Id, KitRecord, Moment, Readable


class CustomField(KitRecord):
    """``GET /v4/custom_fields``: ``key`` is the name in Liquid, ``label`` the one for people."""

    id: Id
    name: str | None = None
    key: str | None = None
    label: str | None = None


class Form(KitRecord):
    """``GET /v4/forms``: a form (``type`` embed) or a landing page (``type`` hosted).

    ``subscriber_count`` is set where it was requested.
    """

    id: Id
    uid: str | None = None
    name: str | None = None
    created_at: Moment | None = None
    type: str | None = None
    format: str | None = None
    embed_js: str | None = None
    embed_url: str | None = None
    archived: bool | None = None
    subscriber_count: int | None = None


class Attribution(KitRecord):
    """How a subscriber came, such as by which form, in ``GET /v4/subscribers`` where it was requested."""

    source_type: str | None = None
    source_name: str | None = None
    source_mechanism: str | None = None
    source_mechanism_id: int | None = None


class TagName(KitRecord):
    """A tag of a subscriber, in ``GET /v4/subscribers`` where it was requested."""

    id: Id
    name: str | None = None


class Subscriber(KitRecord):
    """``GET /v4/subscribers`` and ``/v4/subscribers/{id}``, and those of a form, sequence or tag.

    ``added_at`` is set for those of a form or sequence, ``tagged_at`` for those of a tag; ``canceled_at``,
    ``attribution`` and ``tags`` where they were requested.

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
    canceled_at: Moment | None = None
    attribution: Attribution | None = None
    tags: Readable[TagName] = ()


class SubscriberStats(KitRecord):
    """The ``stats`` in ``GET /v4/subscribers/{id}/stats``. The rates are fractions of one."""

    sent: int | None = None
    opened: int | None = None
    clicked: int | None = None
    bounced: int | None = None
    open_rate: float | None = None
    click_rate: float | None = None
    last_sent: Moment | None = None
    last_opened: Moment | None = None
    last_clicked: Moment | None = None
    sends_since_last_open: int | None = None
    sends_since_last_click: int | None = None


class SubscriberWithStats(KitRecord):
    """``GET /v4/subscribers/{id}/stats``, as it arrives: the stats inside of the subscriber."""

    id: Id
    stats: SubscriberStats


class Tag(KitRecord):
    """``GET /v4/tags``, with ``created_at``; ``/v4/subscribers/{id}/tags``, with ``tagged_at``.

    ``subscriber_count`` counts active subscribers, where it was requested.
    """

    id: Id
    name: str | None = None
    created_at: Moment | None = None
    tagged_at: Moment | None = None
    subscriber_count: int | None = None


class Segment(KitRecord):
    """``GET /v4/segments``."""

    id: Id
    name: str | None = None
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

    ``source`` is where it was bought, such as Stripe. The customer's email address and the transaction's id,
    which leads to the customer, are not read.
    """

    id: Id
    status: str | None = None
    source: str | None = None
    currency: str | None = None
    transaction_time: Moment | None = None
    subtotal: Decimal | None = None
    discount: Decimal | None = None
    tax: Decimal | None = None
    total: Decimal | None = None
    products: Readable[Product] = ()
