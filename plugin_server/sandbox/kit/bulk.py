"""Bulk operations: up to 100 items at once, more of them later. Only for OAuth.

Source: https://developers.kit.com/api-reference/bulk-and-async-processing
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from plugin_server.sandbox.kit import fields, subscriber_records
from plugin_server.sandbox.kit.calls import Call, Reply
from plugin_server.sandbox.kit.crud import Operations
from plugin_server.sandbox.kit.fields import read_fields
from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.members import FORM_MEMBERS, TAG_MEMBERS, Membership
from plugin_server.sandbox.kit.rejection import Rejected
from plugin_server.sandbox.kit.resource import Resource
from plugin_server.sandbox.kit.resources import CUSTOM_FIELDS, TAGS
from plugin_server.sandbox.kit.subscriber_records import SUBSCRIBERS
from plugin_server.sandbox.kit.subscribers import put_subscriber
from plugin_server.sandbox.kit.texts import words

AT_ONCE = 100

# Returns what an item's result is sorted by, and the result; ``None`` where there is nothing to show.
# Raises Rejected when the item cannot be done; the others are.
Handle = Callable[[Call, dict[str, Any]], tuple[Any, Record | None]]


@dataclass(frozen=True)
class Bulk:
    """One bulk operation.

    Attributes:
        items: the member of requests that has the items.
        failed: the member of a failure that has its item.
        echoed: what a failure has of its item, separated by spaces.
        handle: does one item.
        results: the member of the response that has the results; ``""`` for failures alone.
        check: called with all items before any is done; raises Rejected.
    """

    items: str
    failed: str
    echoed: str
    handle: Handle
    results: str = ""
    check: Callable[[Call, list[Any]], None] = lambda _call, _items: None

    def __call__(self, call: Call) -> Reply:
        """Do the items, or respond with 202 when they are many, and do them after the response."""
        items = call.body.get(self.items)
        if not isinstance(items, list) or not items:
            raise Rejected(422, f"No {self.items.replace('_', ' ')} included for processing")
        if not all(isinstance(item, dict) for item in items):
            raise Rejected(422, f"Each of the {self.items} must be an object")
        self.check(call, items)
        if len(items) > AT_ONCE:
            call.later.append(lambda: self._process(call))
            return {}, 202
        return self._process(call), 200

    def _process(self, call: Call) -> Record:
        """Do the items and return the response's body."""
        results: list[tuple[Any, Record]] = []
        failures: list[Record] = []
        for item in call.body[self.items]:
            try:
                rank, shown = self.handle(call, item)
            except Rejected as error:
                echoed = {name: item.get(name) for name in words(self.echoed)}
                failures.append({self.failed: echoed, "errors": error.messages})
            else:
                if shown is not None:
                    results.append((rank, shown))
        results.sort(key=itemgetter(0))
        shown_results = {self.results: [each for _, each in results]} if self.results else {}
        return {**shown_results, "failures": failures}


def _create(resource: Resource, *more: str) -> Handle:
    """Return how one tag or custom field is created: existing ones come first, each group by name."""
    operations = Operations(resource)

    def handle(call: Call, item: dict[str, Any]) -> tuple[Any, Record]:
        values = read_fields(resource.fields, item)
        existing = operations.same(call, values)
        record = existing or operations.add(call, values)
        shown = resource.show(call.account, record)
        shown.update({name: record.get(name) for name in more})
        return (existing is None, record[resource.unique].casefold()), shown

    return handle


def _delete_tag(call: Call, item: dict[str, Any]) -> tuple[Any, None]:
    (tag,) = _found(call, tags=item.get("id"))
    Operations(TAGS).remove(call, tag)
    return None, None


def _found(call: Call, **ids: Any) -> list[Record]:
    """Return the records with these ids, by collection; raises Rejected that names all that lack."""
    found = {name: _find(call, name, id_) for name, id_ in ids.items()}
    missing = [name for name, record in found.items() if record is None]
    if missing:
        ones = [name.removesuffix("s").replace("_", " ").capitalize() for name in missing]
        raise Rejected(422, *(f"{one} does not exist" for one in ones))
    return [record for record in found.values() if record is not None]


def _find(call: Call, name: str, id_: Any) -> Record | None:
    try:
        return call.account.collections[name].find(fields.whole_number(id_))
    except ValueError:
        return None


def _linked(call: Call, item: dict[str, Any], kind: Membership) -> list[Record]:
    """Return the subscriber and the tag or form of an item."""
    id_ = f"{kind.one}_id"
    if kind is FORM_MEMBERS:
        # Kit's failures have null for what is unknown here.
        for name, many in (("subscriber_id", "subscribers"), (id_, kind.many)):
            item[name] = (_find(call, many, item.get(name)) or {}).get("id")
    ids = {"subscribers": item.get("subscriber_id"), kind.many: item.get(id_)}
    return _found(call, **ids)


def _link(kind: Membership) -> Handle:
    """Return how one subscriber is added to a tag or a form."""

    def handle(call: Call, item: dict[str, Any]) -> tuple[Any, Record]:
        subscriber, parent = _linked(call, item, kind)
        referrer = item.get("referrer")
        kind.put(call.account, parent, subscriber, referrer if isinstance(referrer, str) else None)
        shown = SUBSCRIBERS.show(call.account, subscriber, slim=True)
        del shown["state"]
        return 0, {**shown, **kind.shown(call.account, parent, subscriber)}

    return handle


def _untag(call: Call, item: dict[str, Any]) -> tuple[Any, None]:
    subscriber, tag = _linked(call, item, TAG_MEMBERS)
    TAG_MEMBERS.take(call.account, tag, subscriber)
    return None, None


def _create_subscriber(call: Call, item: dict[str, Any]) -> tuple[Any, Record]:
    item["state"] = item.get("state") or "active"
    values = read_fields(SUBSCRIBERS.fields, item)
    subscriber, is_new = put_subscriber(call.account, values)
    return not is_new, SUBSCRIBERS.show(call.account, subscriber, slim=True)


def _check_subscribers(call: Call, items: list[Any]) -> None:
    if not all(items):
        raise Rejected(422, "Each of the subscribers must have an email address")
    limit = (call.account.account.get("plan") or {}).get("subscriber_limit")
    if limit is not None and len(call.account.subscribers) + len(items) > limit:
        raise Rejected(403, "This request would exceed your subscriber limit")


def _set_value(call: Call, item: dict[str, Any]) -> tuple[Any, Record]:
    subscriber, field = _found(
        call,
        subscribers=item.get("subscriber_id"),
        custom_fields=item.get("subscriber_custom_field_id"),
    )
    try:
        value = fields.text(item.get("value"))
    except ValueError:
        raise Rejected(422, "Value is invalid") from None
    subscriber_records.set_value(call.account, subscriber, field, value)
    ids = {"subscriber_id": subscriber["id"], "subscriber_custom_field_id": field["id"]}
    return 0, {**ids, "value": value}


CREATE_TAGS = Bulk("tags", "tag", "name", _create(TAGS), "tags")
DELETE_TAGS = Bulk("tags", "tag", "id", _delete_tag)
TAG_SUBSCRIBERS = Bulk(
    *("taggings", "tagging", "tag_id subscriber_id"), _link(TAG_MEMBERS), "subscribers"
)
UNTAG_SUBSCRIBERS = Bulk("taggings", "tagging", "tag_id subscriber_id", _untag)
ADD_TO_FORMS = Bulk(
    *("additions", "subscription", "form_id subscriber_id referrer"),
    *(_link(FORM_MEMBERS), "subscribers"),
)
CREATE_SUBSCRIBERS = Bulk(
    *("subscribers", "subscriber", "first_name email_address state created_at"),
    *(_create_subscriber, "subscribers", _check_subscribers),
)
CREATE_CUSTOM_FIELDS = Bulk(
    "custom_fields", "custom_field", "label", _create(CUSTOM_FIELDS, "created_at"), "custom_fields"
)
SET_VALUES = Bulk(
    *(
        "custom_field_values",
        "custom_field_value",
        "subscriber_id subscriber_custom_field_id value",
    ),
    _set_value,
    "custom_field_values",
)
