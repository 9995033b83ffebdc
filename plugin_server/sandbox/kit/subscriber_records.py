"""Subscribers in responses, and the changes that every way of adding, finding and losing them shares."""

from collections.abc import Collection
from typing import Any

from plugin_server.sandbox.kit import fields
from plugin_server.sandbox.kit.accounts import LINKED, Account
from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.rejection import Rejected, not_found

INCLUDES = ("attribution", "tags", "location", "canceled_at")
MAX_FIELDS = 140
MANY_FIELDS = 10

# The event that follows from each state.
STATE_EVENTS = {
    "active": "activated",
    "cancelled": "unsubscribed",
    "bounced": "bounced",
    "complained": "complained",
    "inactive": "created",
}

_LOCATION = ("city", "state", "country", "latitude", "longitude", "timezone")
_ATTRIBUTION = (
    *("referrer", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"),
    *("source_type", "source_name", "source_mechanism", "source_mechanism_id"),
)


def keys_of(account: Account) -> list[tuple[int, str]]:
    """Return the ids and keys of the account's custom fields, oldest first."""
    return [(each["id"], each["key"]) for each in account.collections["custom_fields"][::-1]]


def show_subscriber(
    account: Account,
    subscriber: Record,
    keys: list[tuple[int, str]] | None = None,
    include: Collection[str] = (),
) -> Record:
    """Return a subscriber as responses have it; ``keys`` are those of the ``fields``, ``None`` without."""
    shown = {
        "id": subscriber["id"],
        "first_name": subscriber["first_name"],
        "email_address": subscriber["email_address"],
        "state": subscriber["state"],
        "created_at": subscriber["created_at"],
    }
    if keys is not None:
        values = subscriber["values"]
        shown["fields"] = {key: values.get(id_) for id_, key in keys}
    for name in include:
        shown[name] = show_part(account, subscriber, name)
    return shown


def show_part(account: Account, subscriber: Record, name: str) -> Any:
    """Return what ``include`` adds to a subscriber."""
    if name == "tags":
        links = account.links("tags").of(subscriber["id"])
        tags = [account.collections["tags"].find(link["parent"]) for link in links]
        return [{"id": tag["id"], "name": tag["name"]} for tag in tags if tag]
    if name == "attribution":
        found = subscriber.get("attribution")
        return {each: found.get(each) for each in _ATTRIBUTION} if found else None
    if name == "location":
        found = subscriber.get("location") or subscriber.get("inferred_location")
        return {each: found.get(each) for each in _LOCATION} if found else None
    return subscriber.get("canceled_at")


def find_subscriber(account: Account, id_: int) -> Record:
    """Return a subscriber; raises Rejected (404)."""
    found = account.subscribers.find(id_)
    if found is None:
        raise not_found()
    return found


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
            "values": {},
            "attribution": {"source_type": "api_subscription", "source_mechanism": "api"},
        }
    )
    account.know_email(subscriber)
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
    account.subscribers.change(
        subscriber["id"], {"state": "cancelled", "canceled_at": now, "updated_at": now}
    )
    account.emit("subscriber.unsubscribed", subscriber=subscriber)


def change_subscriber(account: Account, subscriber: Record, **members: Any) -> None:
    """Change the first name or the email address of a subscriber."""
    before = subscriber["email_address"]
    account.subscribers.change(subscriber["id"], {**members, "updated_at": account.now()})
    if subscriber["email_address"] != before:
        account.know_email(subscriber, before)


def set_value(account: Account, subscriber: Record, field: Record, value: str | None) -> None:
    """Set a subscriber's value of a custom field."""
    subscriber["values"][field["id"]] = value
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
    if given in (None, []):
        return [], []
    if not isinstance(given, dict):
        raise Rejected(422, "fields must be an object")
    if len(given) > MAX_FIELDS:
        raise Rejected(422, f"At most {MAX_FIELDS} custom fields can be updated at once")
    by_key = {each["key"]: each for each in account.collections["custom_fields"]}
    values, warnings = [], []
    for key, value in given.items():
        if key in by_key:
            try:
                values.append((by_key[key], fields.text(value)))
            except ValueError:
                raise Rejected(422, f"The value of the custom field {key} is invalid") from None
        else:
            warnings.append(f"The custom field {key} does not exist and was ignored")
    return values, warnings


def set_state(account: Account, subscriber: Record, state: str) -> None:
    """Change a subscriber's state, as Kit itself or the creator does."""
    before = subscriber["state"]
    if state == "cancelled":
        unsubscribe(account, subscriber)
    elif state != before:
        now = account.now()
        if gain := (state == "active") - (before == "active"):
            account.gained.append((now, gain))
        changes = {"state": state, "canceled_at": None, "updated_at": now}
        account.subscribers.change(subscriber["id"], changes)
        account.emit(f"subscriber.{STATE_EVENTS[state]}", subscriber=subscriber)


def delete_subscriber(account: Account, subscriber: Record) -> None:
    """Delete a subscriber, which Kit does for creators alone."""
    for name in LINKED:
        for link in account.links(name).of(subscriber["id"]):
            account.links(name).remove(link["parent"], subscriber["id"])
    if subscriber["state"] == "active":
        account.gained.append((account.now(), -1))
    account.subscribers.remove(subscriber["id"])
