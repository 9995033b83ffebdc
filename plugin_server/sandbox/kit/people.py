"""Subscribers in responses, and the changes that every way of adding, finding and losing them shares."""

from collections.abc import Collection
from typing import Any

from plugin_server.sandbox.kit import fields
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.rejection import Rejected, not_found

INCLUDES = ("attribution", "tags", "location", "canceled_at")
MAX_FIELDS = 140
MANY_FIELDS = 10

_LOCATION = ("city", "state", "country", "latitude", "longitude", "timezone")
_ATTRIBUTION = (
    *("referrer", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"),
    *("source_type", "source_name", "source_mechanism", "source_mechanism_id"),
)


def keys_of(account: Account) -> list[tuple[int, str]]:
    """Return the ids and keys of the account's custom fields, oldest first."""
    return [(each["id"], each["key"]) for each in account.collections["custom_fields"][::-1]]


def show_person(
    account: Account,
    person: Record,
    keys: list[tuple[int, str]] | None = None,
    include: Collection[str] = (),
) -> Record:
    """Return a subscriber as responses have it; ``keys`` are those of the ``fields``, ``None`` without."""
    shown = {
        "id": person["id"],
        "first_name": person["first_name"],
        "email_address": person["email_address"],
        "state": person["state"],
        "created_at": person["created_at"],
    }
    if keys is not None:
        values = person["values"]
        shown["fields"] = {key: values.get(id_) for id_, key in keys}
    for name in include:
        shown[name] = show_part(account, person, name)
    return shown


def show_part(account: Account, person: Record, name: str) -> Any:
    """Return what ``include`` adds to a subscriber."""
    if name == "tags":
        links = account.links("tags").of(person["id"])
        tags = [account.collections["tags"].find(link["parent"]) for link in links]
        return [{"id": tag["id"], "name": tag["name"]} for tag in tags if tag]
    if name == "attribution":
        found = person.get("attribution")
        return {each: found.get(each) for each in _ATTRIBUTION} if found else None
    if name == "location":
        found = person.get("location") or person.get("inferred_location")
        return {each: found.get(each) for each in _LOCATION} if found else None
    return person.get("canceled_at")


def find_person(account: Account, id_: int) -> Record:
    """Return a subscriber; raises Rejected (404)."""
    found = account.subscribers.find(id_)
    if found is None:
        raise not_found()
    return found


def add_person(account: Account, email: str, **members: Any) -> Record:
    """Create a subscriber with values that are valid."""
    now = account.now()
    state = members.get("state") or "active"
    person = account.subscribers.add(
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
    account.know_email(person)
    account.emit("subscriber.created", subscriber=person)
    if state == "active":
        account.gained.append((now, 1))
        account.emit("subscriber.activated", subscriber=person)
    return person


def unsubscribe(account: Account, person: Record) -> None:
    """Cancel a subscription; tags and history stay. Does nothing when it is cancelled already."""
    if person["state"] == "cancelled":
        return
    now = account.now()
    if person["state"] == "active":
        account.gained.append((now, -1))
    account.subscribers.change(
        person["id"], {"state": "cancelled", "canceled_at": now, "updated_at": now}
    )
    account.emit("subscriber.unsubscribed", subscriber=person)


def change_person(account: Account, person: Record, **members: Any) -> None:
    """Change the first name or the email address of a subscriber."""
    before = person["email_address"]
    account.subscribers.change(person["id"], {**members, "updated_at": account.now()})
    if person["email_address"] != before:
        account.know_email(person, before)


def set_value(account: Account, person: Record, field: Record, value: str | None) -> None:
    """Set a subscriber's value of a custom field."""
    person["values"][field["id"]] = value
    person["updated_at"] = account.now()
    account.emit(
        "subscriber.custom_field_value_updated",
        subscriber=person,
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
