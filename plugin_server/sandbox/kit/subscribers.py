"""Subscribers: lists, writes, statistics and locations. Source: https://developers.kit.com/api-reference"""

from collections.abc import Sequence
from typing import Any

from plugin_server.sandbox.kit import fields, subscriber_records
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.calls import DELETED, Call, Reply
from plugin_server.sandbox.kit.fields import SUBSCRIBER_STATES, Field, read_fields
from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.pagination import BY_ID, Match, Order, paginate
from plugin_server.sandbox.kit.rejection import Rejected, not_found
from plugin_server.sandbox.kit.resource import between, chosen, every, visible
from plugin_server.sandbox.kit.subscriber_records import find_subscriber, show_subscriber

_ENGAGEMENT = ("sent", "opens", "clicks", "open_rate", "click_rate")
_COUNTED = {"sent": "sent", "opens": "opened", "clicks": "clicked"}
_SORT_FIELDS = (
    *("id", "created_at", "updated_at", "cancelled_at", "canceled_at"),
    *(f"engagement__{name}" for name in _ENGAGEMENT),
)
_NEW = {
    "email_address": Field(fields.email, required="Email address is invalid"),
    "first_name": Field(fields.text),
    "state": Field(fields.one_of("state", *SUBSCRIBER_STATES), default="active"),
    "fields": Field(fields.as_is),
}
_CHANGED = {name: Field(_NEW[name].rule) for name in ("email_address", "first_name", "fields")}
_LOCATION = {
    "city": Field(fields.text, required="city can't be blank"),
    "state_province": Field(fields.text, required="state_province can't be blank"),
    "country_code": Field(fields.text, required="country_code can't be blank"),
    "latitude": Field(fields.as_is, required="latitude can't be blank"),
    "longitude": Field(fields.as_is, required="longitude can't be blank"),
    "timezone": Field(fields.time_zone, required="timezone can't be blank"),
}
_BY_LINK = Order(lambda tag: [tag["link"]])


def status_match(call: Call) -> Match | None:
    """Return which subscribers are in the ``status`` of a query, by default the active ones."""
    status = chosen(call, "status", (*SUBSCRIBER_STATES, "all"), "active")
    return None if status == "all" else lambda subscriber: subscriber["state"] == status


def list_subscribers(call: Call) -> Reply:
    """Return one page of subscribers."""
    account, include = call.account, call.included()
    if unknown := include - {*subscriber_records.INCLUDES}:
        raise Rejected(422, f"Include does not know {', '.join(sorted(unknown))}")
    sort = chosen(call, "sort_field", _SORT_FIELDS, "id").replace("cancelled", "canceled")
    descending = chosen(call, "sort_order", ("asc", "desc"), "desc") == "desc"
    if call.query.get("status") != "cancelled":
        for name, values in (("sort_field", {sort}), ("include", include)):
            if "canceled_at" in values:
                text = f"The status param must be `cancelled` if {name} is `cancelled_at`"
                raise Rejected(422, text)
    match = every(
        visible(call, status_match(call)),
        between(call, "created", "created_at"),
        between(call, "updated", "updated_at"),
    )
    records: Sequence[Record] = account.subscribers
    if emails := call.query.get("email_address"):
        records = _with_emails(account, emails)
    order = Order(BY_ID.values, descending=descending) if sort == "id" else _order(sort, descending)
    if sort != "id" or not descending:
        records = sorted(filter(match, records), key=order.key)
        match = None
    page, pagination = paginate(records, call.query, match=match, order=order)
    keys = None if call.flag("slim") else subscriber_records.keys_of(account)
    shown = [show_subscriber(account, subscriber, keys, include) for subscriber in page]
    return {"subscribers": shown, "pagination": pagination}, 200


def _with_emails(account: Account, emails: str) -> list[Record]:
    found = {}
    for each in emails.split(","):
        try:
            subscriber = account.subscriber_with(fields.email(each))
        except ValueError as error:
            raise Rejected(422, str(error)) from None
        if subscriber:
            found[subscriber["id"]] = subscriber
    return sorted(found.values(), key=BY_ID.key)


def engagement(subscriber: Record, name: str) -> float:
    """Return a number of a subscriber's emails: ``sent``, ``opens``, ``clicks`` or a rate of 0 to 1."""
    stats = subscriber.get("stats", {})
    if name in _COUNTED:
        return int(stats.get(_COUNTED[name], 0))
    opened = stats.get(_COUNTED[name.replace("_rate", "s")], 0)
    return opened / stats["sent"] if stats.get("sent") else 0.0


def _order(sort: str, descending: bool) -> Order:
    if sort.startswith("engagement__"):
        name = sort.removeprefix("engagement__")
        return Order(
            lambda subscriber: [float(engagement(subscriber, name)), subscriber["id"]],
            (float, int),
            descending,
        )
    return Order(
        lambda subscriber: [subscriber[sort] or "", subscriber["id"]], (str, int), descending
    )


def get_subscriber(call: Call) -> Reply:
    """Return one subscriber."""
    account, subscriber = call.account, find_subscriber(call.account, call.ids[0])
    keys = subscriber_records.keys_of(account)
    shown = show_subscriber(account, subscriber, keys, ("canceled_at", "location"))
    return {"subscriber": shown}, 200


def _show(account: Account, subscriber: Record, status: int, **more: Any) -> Reply:
    shown = show_subscriber(account, subscriber, subscriber_records.keys_of(account))
    return {"subscriber": shown, **more}, status


def create_subscriber(call: Call) -> Reply:
    """Create a subscriber: 201; or change (200) the one with this email address.

    With more than ten custom fields the response is 202, before their values are there.
    """
    account = call.account
    values = read_fields(_NEW, call.body, partial=False)
    given, warnings = subscriber_records.read_values(account, values["fields"])
    subscriber = account.subscriber_with(values["email_address"])
    status = 200 if subscriber else 201
    if subscriber is None:
        subscriber = subscriber_records.add_subscriber(
            account, values["email_address"], first_name=values["first_name"], state=values["state"]
        )
    elif values["first_name"] is not None:
        subscriber_records.change_subscriber(account, subscriber, first_name=values["first_name"])
    return _with_values(account, subscriber, given, warnings, status)


def _with_values(
    account: Account, subscriber: Record, given: list[Any], warnings: list[str], status: int
) -> Reply:
    more = {"warnings": warnings} if warnings else {}
    if len(given) > subscriber_records.MANY_FIELDS:
        reply = _show(account, subscriber, 202, **more)
    for field, value in given:
        subscriber_records.set_value(account, subscriber, field, value)
    if len(given) > subscriber_records.MANY_FIELDS:
        return reply
    return _show(account, subscriber, status, **more)


def update_subscriber(call: Call) -> Reply:
    """Change a subscriber."""
    account, subscriber = call.account, find_subscriber(call.account, call.ids[0])
    values = read_fields(_CHANGED, call.body, partial=True)
    given, warnings = subscriber_records.read_values(account, values.pop("fields", None))
    if "email_address" in values:
        other = account.subscriber_with(values["email_address"])
        if other is not None and other is not subscriber:
            raise Rejected(422, "Email address has already been taken")
    if values:
        subscriber_records.change_subscriber(account, subscriber, **values)
    return _with_values(account, subscriber, given, warnings, 200)


def unsubscribe(call: Call) -> Reply:
    """Cancel a subscription: 204, also for those that are cancelled already."""
    subscriber_records.unsubscribe(call.account, find_subscriber(call.account, call.ids[0]))
    return DELETED


def show_stats(call: Call) -> Reply:
    """Return the numbers of a subscriber's emails; rates are from 0 to 1."""
    subscriber = find_subscriber(call.account, call.ids[0])
    between(call, "email_sent", "created_at")
    stats = subscriber.get("stats", {})
    shown = {
        **{name: stats.get(name, 0) for name in ("sent", "opened", "clicked", "bounced")},
        "open_rate": engagement(subscriber, "open_rate"),
        "click_rate": engagement(subscriber, "click_rate"),
        **{name: stats.get(name) for name in ("last_sent", "last_opened", "last_clicked")},
        "sends_since_last_open": stats.get("sends_since_last_open", 0),
        "sends_since_last_click": stats.get("sends_since_last_click", 0),
    }
    return {"subscriber": {"id": subscriber["id"], "stats": shown}}, 200


def list_tags(call: Call) -> Reply:
    """Return one page of a subscriber's tags, the last one first."""
    account, subscriber = call.account, find_subscriber(call.account, call.ids[0])
    tags = []
    for link in account.links("tags").of(subscriber["id"]):
        tag = account.collections["tags"].find(link["parent"])
        if tag is not None:
            tags.append({**tag, "tagged_at": link["at"], "link": link["id"]})
    page, pagination = paginate(tags, call.query, order=_BY_LINK)
    shown = [{name: tag[name] for name in ("id", "name", "tagged_at")} for tag in page]
    return {"tags": shown, "pagination": pagination}, 200


def set_location(call: Call) -> Reply:
    """Set where a subscriber lives, in place of what Kit infers."""
    subscriber = find_subscriber(call.account, call.ids[0])
    given = call.body.get("location")
    values = read_fields(_LOCATION, given if isinstance(given, dict) else {}, partial=False)
    if not all(isinstance(values[name], (int, float)) for name in ("latitude", "longitude")):
        raise Rejected(422, "latitude and longitude must be numbers")
    location = {
        **{name: values[name] for name in ("city", "latitude", "longitude", "timezone")},
        "state": values["state_province"],
        "country": values["country_code"],
    }
    call.account.subscribers.change(subscriber["id"], {"location": location})
    # Here, and nowhere else, Kit returns it with the names that the request has.
    return {"subscriber": {"id": subscriber["id"], "location": values}}, 200


def remove_location(call: Call) -> Reply:
    """Return to the location that Kit infers: 204."""
    subscriber = find_subscriber(call.account, call.ids[0])
    if subscriber.pop("location", None) is None:
        raise not_found()
    return DELETED
