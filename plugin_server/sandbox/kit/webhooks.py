"""Webhooks of both kinds, as apps create them: legacy ones, and endpoints with signatures.

What is delivered to them, and how, is in ``webhook_delivery``. Sources:
https://developers.kit.com/api-reference/webhooks and /webhook-endpoints
"""

import secrets
from typing import Any

from plugin_server.sandbox.kit import fields
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.calls import Call, Reply
from plugin_server.sandbox.kit.crud import Handler, Operations
from plugin_server.sandbox.kit.fields import Field
from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.moments import moment
from plugin_server.sandbox.kit.pagination import Match, is_true
from plugin_server.sandbox.kit.rejection import NO_PERMISSION, Rejected
from plugin_server.sandbox.kit.resource import Resource, chosen

OVERLAP_SECONDS = 24 * 3600

# The events of legacy webhooks with the parameter that each needs, and the event here that each follows from.
LEGACY_EVENTS = {
    "subscriber.subscriber_activate": ("", "subscriber.activated"),
    "subscriber.subscriber_unsubscribe": ("", "subscriber.unsubscribed"),
    "subscriber.subscriber_bounce": ("", "subscriber.bounced"),
    "subscriber.subscriber_complain": ("", "subscriber.complained"),
    "subscriber.form_subscribe": ("form_id", "subscriber.subscribed_to_form"),
    "subscriber.course_subscribe": ("sequence_id", "subscriber.added_to_sequence"),
    "subscriber.course_complete": ("sequence_id", "subscriber.sequence_completed"),
    "subscriber.link_click": ("initiator_value", "subscriber.link_clicked"),
    "subscriber.product_purchase": ("product_id", "purchase.created"),
    "subscriber.tag_add": ("tag_id", "subscriber.tag_added"),
    "subscriber.tag_remove": ("tag_id", "subscriber.tag_removed"),
    "purchase.purchase_create": ("", "purchase.created"),
    "custom_field.field_created": ("", "custom_field.created"),
    "custom_field.field_deleted": ("", "custom_field.deleted"),
    "custom_field.field_value_updated": (
        "custom_field_id",
        "subscriber.custom_field_value_updated",
    ),
}
_LEGACY_BY_LAST = {name.partition(".")[2]: name for name in LEGACY_EVENTS}
EVENTS = (
    *("subscriber.created", "subscriber.activated", "subscriber.unsubscribed"),
    *("subscriber.bounced", "subscriber.complained", "subscriber.subscribed_to_form"),
    *("subscriber.added_to_sequence", "subscriber.sequence_completed", "subscriber.tag_added"),
    *("subscriber.tag_removed", "subscriber.custom_field_value_updated", "sequence.created"),
    *("sequence.deleted", "sequence.published", "sequence.disabled", "tag.created"),
    *("tag.deleted", "broadcast.created", "broadcast.sent", "broadcast.deleted"),
    *("post.published", "custom_field.created", "custom_field.deleted"),
)
_DELIVERY_STATES = ("pending", "retrying", "delivered", "failed")


def _legacy_event(value: Any) -> Record:
    name = value.get("name") if isinstance(value, dict) else None
    name = _LEGACY_BY_LAST.get(str(name), name)
    if name not in LEGACY_EVENTS:
        raise ValueError("Event is not supported")
    parameter, _ = LEGACY_EVENTS[name]
    given = value.get(parameter, value.get("course_id")) if parameter else None
    if parameter and given in (None, ""):
        raise ValueError(f"Event {name} needs {parameter}")
    if parameter and parameter != "initiator_value":
        given = fields.whole_number(given)
    return {"name": name, **({parameter: given} if parameter else {})}


def _events(value: Any) -> list[str]:
    if not isinstance(value, list) or not value:
        raise ValueError("events can't be blank")
    unknown = [str(each) for each in value if each not in EVENTS]
    if unknown:
        raise ValueError(f"events has unsupported values: {', '.join(unknown)}")
    return list(dict.fromkeys(value))


def _shown_event(_account: Account, webhook: Record) -> Record:
    """Return the event without the prefix of its name, as Kit does."""
    event = webhook["event"]
    return {**event, "name": event["name"].partition(".")[2]}


def _matches_endpoints(call: Call) -> Match | None:
    status = chosen(call, "status", ("active", "disabled"))
    return (lambda each: each["status"] == status) if status else None


def _matches_deliveries(call: Call) -> Match:
    status = chosen(call, "status", _DELIVERY_STATES)
    type_ = chosen(call, "event_type", EVENTS)
    return lambda each: status in {"", each["status"]} and type_ in {"", each["event_type"]}


def _check_endpoint(account: Account, values: Record, before: Record | None) -> None:
    if before is None:
        values["name"] = (
            values["name"] or f"Endpoint {len(account.collections['webhook_endpoints']) + 1}"
        )
        values["secret"] = _secret()
        values.update(source="api", status="active", created_by_app=False)
        values.update(previous_secret=None, previous_secret_expires_at=None)


def _secret() -> str:
    return f"whsec_{secrets.token_hex(24)}"


_NEEDED = "`event` and `target` parameters must be provided"

WEBHOOKS = Resource(
    *("webhook", "webhooks", ("id", "account_id", "event", "target_url")),
    fields={
        "target_url": Field(fields.url("target_url"), required=_NEEDED),
        "event": Field(_legacy_event, required=_NEEDED),
    },
    computed={
        "account_id": lambda account, _webhook: account.id,
        "event": _shown_event,
    },
    internal=("created_at",),
)
WEBHOOK_ENDPOINTS = Resource(
    *("webhook_endpoint", "webhook_endpoints"),
    (
        *("id", "name", "url", "events", "status", "source", "description"),
        *("created_by_app", "created_at", "previous_secret_expires_at"),
    ),
    fields={
        "url": Field(fields.url("url"), required="url can't be blank"),
        "events": Field(_events, required="events can't be blank"),
        "name": Field(fields.text),
        "description": Field(fields.text, default=""),
        "status": Field(fields.one_of("status", "active", "disabled"), default="active"),
    },
    matches=_matches_endpoints,
    check=_check_endpoint,
    internal=("secret", "previous_secret"),
)


def _attempts(_account: Account, delivery: Record) -> list[Record]:
    """Return the attempts without the headers, which only the sandbox's page shows."""
    return [{name: each[name] for name in _ATTEMPT} for each in delivery["attempts"]]


_ATTEMPT = ("attempted_at", "response_status", "response_body", "duration_ms")
DELIVERIES = Resource(
    *("delivery", "deliveries"),
    (
        *("id", "webhook_endpoint_id", "event_type", "status", "attempt_count"),
        *("created_at", "completed_at", "attempts"),
    ),
    computed={"attempts": _attempts},
    by_id=("attempts",),
    matches=_matches_deliveries,
    parent="webhook_endpoints",
    collection="deliveries",
    # A delivery to a legacy webhook belongs to no endpoint, and is in no list of Kit's.
    internal=("events", "webhook_id"),
)
_ENDPOINTS = Operations(WEBHOOK_ENDPOINTS)


def _owned(handle: Handler) -> Handler:
    """Return an operation that API keys may not do to what an app has created."""

    def check(call: Call) -> Reply:
        if _find(call)["created_by_app"] and not call.is_oauth:
            raise Rejected(403, NO_PERMISSION)
        return handle(call)

    return check


def create_endpoint(call: Call) -> Reply:
    """Create an endpoint: 201, the only time but for rotations that its secret is shown."""
    body, status = _ENDPOINTS.create(call)
    id_ = body["webhook_endpoint"]["id"]
    changes = {"created_by_app": call.is_oauth}
    endpoint = call.account.collections["webhook_endpoints"].change(id_, changes)
    body["webhook_endpoint"].update(changes, secret=endpoint["secret"])
    return body, status


def _rotate_secret(call: Call) -> Reply:
    """Give an endpoint a new secret; deliveries carry both signatures until the old one expires.

    409 while an earlier one is still valid, unless ``force`` ends that.
    """
    endpoint = _find(call)
    now = call.account.now()
    is_open = (endpoint["previous_secret_expires_at"] or "") > now
    if is_open and not is_true(call.body.get("force")):
        raise Rejected(409, "The previous secret has not expired yet. Use force to replace it now.")
    changes = {
        "previous_secret": endpoint["secret"],
        "previous_secret_expires_at": moment(call.account.clock() + OVERLAP_SECONDS),
        "secret": _secret(),
    }
    endpoint.update(changes)
    shown = WEBHOOK_ENDPOINTS.show(call.account, endpoint)
    return {"webhook_endpoint": {**shown, "secret": endpoint["secret"]}}, 200


def _revoke_previous_secret(call: Call) -> Reply:
    """End the overlap now."""
    endpoint = _find(call)
    endpoint.update(previous_secret=None, previous_secret_expires_at=None)
    return {"webhook_endpoint": WEBHOOK_ENDPOINTS.show(call.account, endpoint)}, 200


def _find(call: Call) -> Record:
    body, _ = _ENDPOINTS.get(call)
    found = call.account.collections["webhook_endpoints"].find(body["webhook_endpoint"]["id"])
    assert found is not None  # noqa: S101 (``get`` has found it)
    return found


update_endpoint, delete_endpoint = _owned(_ENDPOINTS.update), _owned(_ENDPOINTS.delete)
rotate_secret = _owned(_rotate_secret)
revoke_previous_secret = _owned(_revoke_previous_secret)
