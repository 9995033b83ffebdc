"""Subscribers in responses, and the changes that every way of adding, finding and losing them shares."""

from typing import Any

from plugin_server.sandbox.kit import fields
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.fields import SUBSCRIBER_STATES, Field
from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.rejection import Rejected
from plugin_server.sandbox.kit.resource import Choice, Resource, Show
from plugin_server.sandbox.kit.texts import words

MAX_FIELDS = 140
MANY_FIELDS = 10


def shown_fields(account: Account, subscriber: Record) -> dict[str, str | None]:
    """Return a subscriber's value of every custom field of the account, by the field's key."""
    values = subscriber["fields"]
    keys = [each["key"] for each in account.collections["custom_fields"].written()]
    return {key: values.get(key) for key in keys}


def tags_of(account: Account, subscriber: Record) -> list[tuple[Record, Record]]:
    """Return a subscriber's tags with their links, the last one first."""
    links, tags = account.links("tags").of(subscriber["id"]), account.collections["tags"]
    return [(tag, link) for link in links if (tag := tags.find(link["tag_id"]))]


def _some(names: str, *members: str) -> Show:
    """Return a function that shows some of what is in the first of these members that is there."""

    def show(_account: Account, subscriber: Record) -> Record | None:
        found = next(filter(None, map(subscriber.get, members)), None)
        return {name: found.get(name) for name in words(names)} if found else None

    return show


SUBSCRIBERS = Resource(
    "subscriber",
    "id first_name email_address state created_at fields",
    fields={
        "email_address": Field(fields.email, required="Email address is invalid"),
        "first_name": Field(fields.text),
        "state": Field(fields.one_of("state", *SUBSCRIBER_STATES), default="active"),
        "fields": Field(fields.as_is, default=dict),
    },
    computed={"fields": shown_fields},
    includes={
        "attribution": _some(
            "referrer utm_source utm_medium utm_campaign utm_term utm_content"
            " source_type source_name source_mechanism source_mechanism_id",
            "attribution",
        ),
        "tags": lambda account, subscriber: [
            {"id": tag["id"], "name": tag["name"]} for tag, _ in tags_of(account, subscriber)
        ],
        "location": _some(
            "city state country latitude longitude timezone", "location", "inferred_location"
        ),
        "canceled_at": lambda _account, subscriber: subscriber.get("canceled_at"),
    },
    not_slim=("fields",),
    choices={"status": Choice((*SUBSCRIBER_STATES, "all"), "active", "state")},
    periods={"created": "created_at", "updated": "updated_at"},
    internal="updated_at canceled_at attribution location inferred_location stats",
)


def add_subscriber(account: Account, email: str, **members: Any) -> Record:
    """Create a subscriber with values that are valid."""
    now = account.now()
    state = members.get("state") or "active"
    subscriber = account.subscribers.add(
        {
            "first_name": members.get("first_name"),
            "email_address": email,
            "state": state,
            "created_at": now,
            "updated_at": now,
            "canceled_at": now if state == "cancelled" else None,
            "fields": {},
            "attribution": {"source_type": "api_subscription", "source_mechanism": "api"},
        }
    )
    account.emit("subscriber.created", subscriber=subscriber)
    if state == "active":
        account.gained.append((now, 1))
        account.emit("subscriber.activated", subscriber=subscriber)
    return subscriber


def unsubscribe(account: Account, subscriber: Record) -> None:
    """Cancel a subscription; tags and history stay. Does nothing when it is cancelled already."""
    if subscriber["state"] == "cancelled":
        return
    now = account.now()
    if subscriber["state"] == "active":
        account.gained.append((now, -1))
    subscriber.update(state="cancelled", canceled_at=now, updated_at=now)
    account.emit("subscriber.unsubscribed", subscriber=subscriber)


def change_subscriber(account: Account, subscriber: Record, **members: Any) -> None:
    """Change the first name or the email address of a subscriber."""
    account.subscribers.change(subscriber["id"], {**members, "updated_at": account.now()})


def set_value(account: Account, subscriber: Record, field: Record, value: str | None) -> None:
    """Set a subscriber's value of a custom field."""
    subscriber["fields"][field["key"]] = value
    subscriber["updated_at"] = account.now()
    account.emit(
        "subscriber.custom_field_value_updated",
        subscriber=subscriber,
        custom_field={**field, "value": value},
    )


def read_values(account: Account, given: Any) -> tuple[list[tuple[Record, str | None]], list[str]]:
    """Return the custom fields and values of a request, and a warning for each unknown key.

    Kit ignores unknown keys. Raises Rejected (422) for what is not an object, or is too large.
    """
    given = given or {}
    if not isinstance(given, dict):
        raise Rejected(422, "fields must be an object")
    if len(given) > MAX_FIELDS:
        raise Rejected(422, f"At most {MAX_FIELDS} custom fields can be updated at once")
    by_key = {each["key"]: each for each in account.collections["custom_fields"]}
    values, warnings = [], []
    for key, value in given.items():
        if key not in by_key:
            warnings.append(f"The custom field {key} does not exist and was ignored")
            continue
        try:
            values.append((by_key[key], fields.text(value)))
        except ValueError:
            raise Rejected(422, f"The value of the custom field {key} is invalid") from None
    return values, warnings
