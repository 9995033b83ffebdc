"""The bodies of writes about subscribers, what they are sorted by and what they buy; see ``bodies.py``."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, JsonValue, PlainSerializer

from plugin_server.kit.api.bodies import Body, Bulk, ById, Time

State = Literal["active", "cancelled", "bounced", "complained", "inactive"]
Amount = Annotated[Decimal, PlainSerializer(float)] | float | int


class Label(Body):
    """The label of a custom field; Kit makes its key of it."""

    label: str


class LabelById(Label, ById):
    """Another label of a custom field, which gets another key."""


class Labels(Bulk):
    """Custom fields to create."""

    custom_fields: Sequence[Label]


class Value(Body):
    """A subscriber's value of a custom field."""

    subscriber_id: int
    subscriber_custom_field_id: int
    value: str | None


class Values(Bulk):
    """Values of custom fields to set."""

    custom_field_values: Sequence[Value]


class Name(Body):
    """The name of a tag."""

    name: str


class NameById(Name, ById):
    """Another name of a tag."""


class Names(Bulk):
    """Tags to create."""

    tags: Sequence[Name]


class Ids(Bulk):
    """Tags to delete."""

    tags: Sequence[ById]


class Tagging(Body):
    """A subscriber's tag."""

    tag_id: int
    subscriber_id: int


class Taggings(Bulk):
    """Tags to give to subscribers, or to take from them."""

    taggings: Sequence[Tagging]


class ByEmail(ById):
    """A subscriber by email address, and the form, sequence or tag by ``id``."""

    email_address: str


class FormByEmail(ByEmail):
    """A subscriber by email address for a form, and the page that brought them there."""

    referrer: str | None = None


class FormSubscriber(ById):
    """A subscriber for a form, and the page that brought them there."""

    form_id: int
    referrer: str | None = None


class SequenceSubscriber(ById):
    """A subscriber for a sequence."""

    sequence_id: int


class TagSubscriber(ById):
    """A subscriber for a tag."""

    tag_id: int


class Addition(Body):
    """A subscriber for a form."""

    form_id: int
    subscriber_id: int
    referrer: str | None = None


class Additions(Bulk):
    """Subscribers to add to forms."""

    additions: Sequence[Addition]


class BulkSubscriber(Body):
    """A subscriber to create."""

    email_address: str
    first_name: str | None = None
    state: State = "active"


class BulkSubscribers(Bulk):
    """Subscribers to create."""

    subscribers: Sequence[BulkSubscriber]


class NewSubscriber(BulkSubscriber):
    """A subscriber to create, or to change where Kit has one; ``fields`` are custom fields by key."""

    fields: dict[str, str | None] = Field(default_factory=dict, max_length=140)


class SubscriberById(ById):
    """Changes of a subscriber."""

    email_address: str = ""
    first_name: str | None = None
    fields: dict[str, str | None] = Field(default_factory=dict, max_length=140)


class Location(Body):
    """A place; ``country_code`` is ISO 3166-1 alpha-2, ``timezone`` an IANA name."""

    city: str
    state_province: str
    country_code: str
    latitude: float
    longitude: float
    timezone: str


class Located(ById):
    """A subscriber's location, which replaces the one that Kit inferred."""

    location: Location


class _Period(Body):
    after: date | None = None
    before: date | None = None


class EmailsOrLinks(Body):
    """Which broadcasts or links count; ``matching`` is how a URL has to be like one of ``urls``."""

    type: Literal["broadcasts", "urls"]
    ids: Sequence[int] = ()
    urls: Sequence[str] = ()
    matching: Literal["exact", "contains", "starts_with", "ends_with"] = "exact"


class Engagement(_Period):
    """How often a subscriber opened, clicked or got something."""

    type: Literal["opens", "clicks", "sent", "delivered"]
    count_greater_than: int = 0
    count_greater_than_or_equal: int = 0
    count_less_than: int = 0
    count_less_than_or_equal: int = 0
    any: Sequence[EmailsOrLinks] = ()


class Subscribed(_Period):
    """When a subscriber came."""

    type: Literal["subscribed"]


class InState(Body):
    """In which states a subscriber may be."""

    type: Literal["subscriber_state"]
    states: Sequence[State]


class TagIds(Body):
    """Some tags."""

    type: Literal["ids"]
    matching: Sequence[int]


class Tagged(Body):
    """Which tags a subscriber has."""

    type: Literal["tags"]
    any: Sequence[TagIds]


class Attributed(Body):
    """How a subscriber came, such as ``{"type": "forms", "ids": [7]}``."""

    type: Literal["attribution"]
    any: Sequence[dict[str, JsonValue]]


class HasValue(Body):
    """Which value a subscriber has of a custom field; ``comparison`` is such as ``has_value``."""

    type: Literal["custom_field"]
    subscriber_custom_field_id: int
    comparison: str
    value: str | None = None


class Near(Body):
    """How near to a place a subscriber is; ``radius`` is in miles."""

    type: Literal["location"]
    latitude: float
    longitude: float
    radius: float


Condition = Engagement | Subscribed | InState | Tagged | Attributed | HasValue | Near


class Range(Body):
    """The days of which the stats are."""

    start: date
    end: date


class Included(Body):
    """What each subscriber is returned with; ``range`` belongs to ``stats``."""

    type: Literal["attribution", "tags", "location", "canceled_at", "custom_fields", "stats"]
    range: Range | None = None


class Filter(Body):
    """A search for subscribers who meet all conditions; everybody without any."""

    all: Sequence[Annotated[Condition, Field(discriminator="type")]] = ()
    include: Sequence[Included] = ()
    counting_mode: Literal["raw", "unique_email"] = "raw"
    sort_field: str = "created_at"
    sort_order: Literal["asc", "desc"] = "desc"
    per_page: Annotated[int, Field(ge=1, le=100)] = 100
    after: str | None = None
    include_total_count: bool = False


# What is sold.


class Product(Body):
    """One line of a purchase: ``pid`` is the product's, ``lid`` the line's own id."""

    name: str
    pid: str | int
    lid: str | int
    quantity: int
    unit_price: Amount
    sku: str | None = None


class Purchase(Body):
    """A purchase; a known ``transaction_id`` adds its products to that purchase."""

    email_address: str
    transaction_id: str
    currency: str
    products: Sequence[Product]
    first_name: str | None = None
    status: str = "paid"
    subtotal: Amount = 0
    tax: Amount = 0
    shipping: Amount = 0
    discount: Amount = 0
    total: Amount = 0
    transaction_time: Time | None = None
