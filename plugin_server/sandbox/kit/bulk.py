"""Bulk operations: up to 100 items at once, more of them later. Only for OAuth.

Source: https://developers.kit.com/api-reference/bulk-and-async-processing
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from plugin_server.sandbox.kit import fields, subscriber_records
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.calls import Call, Reply
from plugin_server.sandbox.kit.crud import NEEDS_OAUTH, Operations
from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.members import FORM_MEMBERS, TAG_MEMBERS, Membership
from plugin_server.sandbox.kit.rejection import Rejected
from plugin_server.sandbox.kit.resource import Resource
from plugin_server.sandbox.kit.resources import CUSTOM_FIELDS, TAGS

AT_ONCE = 100

# Returns what an item's result is sorted by, and the result; ``None`` where there is nothing to show.
Handle = Callable[[Call, dict[str, Any]], tuple[Any, Record | None]]


class _Failed(Exception):
    """One item cannot be done; the others are. ``item`` is what the response has of it."""

    def __init__(self, item: Any, *errors: str) -> None:
        super().__init__(*errors)
        self.item, self.errors = item, list(errors)


@dataclass(frozen=True)
class Bulk:
    """One bulk operation.

    Attributes:
        items: the member of requests that has the items.
        failed: the member of a failure that has its item.
        handle: does one item.
        results: the member of the response that has the results; ``""`` for failures alone.
        check: called with all items before any is done; raises Rejected.
    """

    items: str
    failed: str
    handle: Handle
    results: str = ""
    check: Callable[[Call, list[Any]], None] = lambda _call, _items: None

    def __call__(self, call: Call) -> Reply:
        """Do the items, or respond with 202 when they are many: see ``is_later``."""
        if not call.is_oauth:
            raise Rejected(401, NEEDS_OAUTH)
        items = call.body.get(self.items)
        if not isinstance(items, list) or not items:
            words = self.items.replace("_", " ")
            raise Rejected(422, f"No {words} included for processing")
        if not all(isinstance(item, dict) for item in items):
            raise Rejected(422, f"Each of the {self.items} must be an object")
        self.check(call, items)
        return ({}, 202) if len(items) > AT_ONCE else (self.process(call), 200)

    def is_later(self, call: Call) -> bool:
        """Return whether a call that was accepted is done after its response."""
        return len(call.body[self.items]) > AT_ONCE

    def process(self, call: Call) -> dict[str, Any]:
        """Do the items and return the response's body."""
        results: list[tuple[Any, Record]] = []
        failures: list[dict[str, Any]] = []
        for item in call.body[self.items]:
            try:
                rank, shown = self.handle(call, item)
            except _Failed as failed:
                failures.append({self.failed: failed.item, "errors": failed.errors})
            else:
                if shown is not None:
                    results.append((rank, shown))
        results.sort(key=itemgetter(0))
        shown_results = {self.results: [each for _, each in results]} if self.results else {}
        return {**shown_results, "failures": failures}


def _create(resource: Resource, member: str, more: tuple[str, ...] = ()) -> Handle:
    """Return how one tag or custom field is created: existing ones come first, each group by name."""
    operations, field = Operations(resource), resource.fields[member]

    def handle(call: Call, item: dict[str, Any]) -> tuple[Any, Record]:
        try:
            value = fields.trimmed(item.get(member))
        except ValueError:
            value = None
        if not value:
            raise _Failed({member: item.get(member)}, field.required or "")
        existing = operations.same(call, value)
        record = existing or operations.add(call, {member: value})
        shown = resource.show(call.account, record)
        shown.update({name: record.get(name) for name in more})
        return (existing is None, value.casefold()), shown

    return handle


def _delete_tag(call: Call, item: dict[str, Any]) -> tuple[Any, None]:
    tag = _find(call.account, "tags", item.get("id"))
    if tag is None:
        raise _Failed({"id": item.get("id")}, "Tag does not exist")
    Operations(TAGS).remove(call, tag)
    return None, None


def _find(account: Account, name: str, id_: Any) -> Record | None:
    try:
        return account.collections[name].find(fields.whole_number(id_))
    except ValueError:
        return None


def _linked(call: Call, item: dict[str, Any], kind: Membership) -> tuple[Record, Record]:
    """Return the tag or form and the subscriber of an item; of a form, a failure has null for unknown ids."""
    subscriber = _find(call.account, "subscribers", item.get("subscriber_id"))
    parent = _find(call.account, kind.many, item.get(f"{kind.one}_id"))
    if subscriber is not None and parent is not None:
        return parent, subscriber
    problems = ["Subscriber does not exist"] if subscriber is None else []
    if parent is None:
        problems.append(f"{kind.one.capitalize()} does not exist")
    echoed = {name: item.get(name) for name in (f"{kind.one}_id", "subscriber_id")}
    if kind is FORM_MEMBERS:
        found = (parent and parent["id"], subscriber and subscriber["id"])
        echoed = {**dict(zip(echoed, found, strict=True)), "referrer": item.get("referrer")}
    raise _Failed(echoed, *problems)


def _link(kind: Membership) -> Handle:
    """Return how one subscriber is added to a tag or a form."""

    def handle(call: Call, item: dict[str, Any]) -> tuple[Any, Record]:
        referrer = item.get("referrer") if isinstance(item.get("referrer"), str) else None
        parent, subscriber = _linked(call, item, kind)
        kind.put(call.account, parent, subscriber, referrer)
        shown = subscriber_records.show_subscriber(call.account, subscriber)
        del shown["state"]
        return 0, {**shown, **kind.shown(call.account, parent, subscriber)}

    return handle


def _untag(call: Call, item: dict[str, Any]) -> tuple[Any, None]:
    TAG_MEMBERS.take(call.account, *_linked(call, item, TAG_MEMBERS))
    return None, None


def _create_subscriber(call: Call, item: dict[str, Any]) -> tuple[Any, Record]:
    account, state = call.account, item.get("state") or "active"
    email, name = item.get("email_address"), item.get("first_name")
    try:
        email = fields.email(email)
        name = fields.text(name)
        if state not in fields.SUBSCRIBER_STATES:
            raise ValueError(f"state must be one of: {', '.join(fields.SUBSCRIBER_STATES)}")
    except ValueError as error:
        failed = {"first_name": item.get("first_name"), "email_address": email, "state": state}
        raise _Failed({**failed, "created_at": None}, str(error)) from None
    existing = account.subscriber_with(email)
    if existing and name is not None:
        subscriber_records.change_subscriber(account, existing, first_name=name)
    subscriber = existing or subscriber_records.add_subscriber(
        account, email, first_name=name, state=state
    )
    return existing is not None, subscriber_records.show_subscriber(account, subscriber)


def _check_subscribers(call: Call, items: list[Any]) -> None:
    if not all(items):
        raise Rejected(422, "Each of the subscribers must have an email address")
    limit = (call.account.account.get("plan") or {}).get("subscriber_limit")
    if limit is not None and len(call.account.subscribers) + len(items) > limit:
        raise Rejected(403, "This request would exceed your subscriber limit")


def _set_value(call: Call, item: dict[str, Any]) -> tuple[Any, Record]:
    names = ("subscriber_id", "subscriber_custom_field_id", "value")
    echoed = {name: item.get(name) for name in names}
    subscriber = _find(call.account, "subscribers", item.get("subscriber_id"))
    field = _find(call.account, "custom_fields", item.get("subscriber_custom_field_id"))
    problems = []
    if subscriber is None:
        problems.append("Subscriber does not exist")
    if field is None:
        problems.append("Custom field does not exist")
    if subscriber is None or field is None:
        raise _Failed(echoed, *problems)
    try:
        value = fields.text(item.get("value"))
    except ValueError:
        raise _Failed(echoed, "Value is invalid") from None
    subscriber_records.set_value(call.account, subscriber, field, value)
    return 0, dict(zip(names, (subscriber["id"], field["id"], value), strict=True))


CREATE_TAGS = Bulk("tags", "tag", _create(TAGS, "name"), "tags")
DELETE_TAGS = Bulk("tags", "tag", _delete_tag)
TAG_SUBSCRIBERS = Bulk("taggings", "tagging", _link(TAG_MEMBERS), "subscribers")
UNTAG_SUBSCRIBERS = Bulk("taggings", "tagging", _untag)
ADD_TO_FORMS = Bulk("additions", "subscription", _link(FORM_MEMBERS), "subscribers")
CREATE_SUBSCRIBERS = Bulk(
    "subscribers", "subscriber", _create_subscriber, "subscribers", _check_subscribers
)
CREATE_CUSTOM_FIELDS = Bulk(
    "custom_fields",
    "custom_field",
    _create(CUSTOM_FIELDS, "label", ("created_at",)),
    "custom_fields",
)
SET_VALUES = Bulk("custom_field_values", "custom_field_value", _set_value, "custom_field_values")
