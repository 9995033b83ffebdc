"""Records of webhooks. Many services put a key into their URLs: none is ever printed.

Source: https://developers.kit.com/api-reference/webhooks
"""

from pydantic import Field

from plugin_server.kit.api.records import Id, KitRecord, Moment, Readable


class WebhookEvent(KitRecord):
    """The event that triggers a webhook, in ``GET /v4/webhooks``: its name without the prefix.

    ``initiator_value`` is the URL of a link, or a number; like every URL, it may hold a key.
    """

    name: str | None = None
    form_id: int | None = None
    tag_id: int | None = None
    sequence_id: int | None = None
    course_id: int | None = None
    custom_field_id: int | None = None
    product_id: int | None = None
    initiator_value: int | str | None = Field(default=None, repr=False)


class Webhook(KitRecord):
    """``GET /v4/webhooks``: a webhook for one event, unsigned, the kind that Kit had first."""

    id: Id
    account_id: int | None = None
    event: WebhookEvent | None = None
    target_url: str | None = Field(default=None, repr=False)


class WebhookEndpoint(KitRecord):
    """``GET /v4/webhook_endpoints`` and ``/v4/webhook_endpoints/{id}``: gets signed events.

    ``status`` is active or disabled. Kit shows the secret that signs only where it makes one.
    """

    id: Id
    name: str | None = None
    url: str | None = Field(default=None, repr=False)
    events: Readable[str] = ()
    status: str | None = None
    source: str | None = None
    description: str | None = None
    created_by_app: bool | None = None
    created_at: Moment | None = None
    previous_secret_expires_at: Moment | None = None


class DeliveryAttempt(KitRecord):
    """One request of ``GET /v4/webhook_endpoints/{endpoint_id}/deliveries/{id}``, without its response."""

    attempted_at: Moment | None = None
    response_status: int | None = None
    duration_ms: int | None = None


class Delivery(KitRecord):
    """``GET /v4/webhook_endpoints/{endpoint_id}/deliveries`` and ``…/deliveries/{id}``.

    ``status`` is pending, retrying, delivered or failed. ``attempts`` are set for a single delivery.
    """

    id: Id
    webhook_endpoint_id: int | None = None
    event_type: str | None = None
    status: str | None = None
    attempt_count: int | None = None
    created_at: Moment | None = None
    completed_at: Moment | None = None
    attempts: Readable[DeliveryAttempt] = ()
