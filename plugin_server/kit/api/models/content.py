"""Records of what creators publish and send. Source: https://developers.kit.com/api-reference"""

from pydantic import Field

from plugin_server.kit.api.records import Id, KitRecord, Moment, Readable


class Post(KitRecord):
    """``GET /v4/posts`` and ``/v4/posts/{id}``. ``content`` is set only where it was requested.

    ``product_id`` is the product that readers of a paid post buy.
    """

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
    product_id: int | None = None
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
    """``GET /v4/broadcasts/{id}/stats``, as it arrives: the stats inside of the broadcast.

    ``subject`` and ``send_at`` are set in the list ``GET /v4/broadcasts/stats``.
    """

    id: Id
    subject: str | None = None
    send_at: Moment | None = None
    stats: BroadcastStats


class BroadcastClick(KitRecord):
    """One link of a broadcast in ``GET /v4/broadcasts/{id}/clicks``. The rates are fractions of one."""

    id: Id | None = None
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
    """``GET /v4/broadcasts`` and ``/v4/broadcasts/{id}``.

    ``status`` is draft, scheduled, sending, completed or aborted; older responses have none. ``public_url``
    is where readers find it, ``None`` until it is published. A list that was requested with ``slim`` has
    neither ``public_url`` nor ``content``, template and filter. ``clicks`` and ``stats`` are set only where
    they were requested and the account may read them. The sender's email address is not read.
    """

    id: Id
    publication_id: int | None = None
    created_at: Moment | None = None
    subject: str | None = None
    preview_text: str | None = None
    description: str | None = None
    content: str | None = Field(default=None, repr=False)
    public: bool | None = None
    status: str | None = None
    public_url: str | None = None
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


class SnippetDocument(KitRecord):
    """What a snippet of ``GET /v4/snippets`` holds, as HTML of a block or as plain text."""

    id: Id
    value_html: str | None = Field(default=None, repr=False)
    value_plain: str | None = Field(default=None, repr=False)
    version: int | None = None


class Snippet(KitRecord):
    """``GET /v4/snippets`` and ``/v4/snippets/{id}``: ``key`` is its name in Liquid.

    ``content`` and ``document`` are set for a single snippet, and in lists where they were requested.
    """

    id: Id
    name: str | None = None
    snippet_type: str | None = None
    archived: bool | None = None
    key: str | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None
    content: str | None = Field(default=None, repr=False)
    document: SnippetDocument | None = None
