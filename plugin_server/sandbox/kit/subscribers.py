"""Subscribers: lists, writes, statistics and locations. Source: https://developers.kit.com/api-reference"""

from collections.abc import Sequence
from typing import Any

from plugin_server.sandbox.kit import fields, subscriber_records
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.calls import DELETED, Call, Reply
from plugin_server.sandbox.kit.crud import Operations
from plugin_server.sandbox.kit.fields import Field, read_fields
from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.pagination import BY_ID, Order, paginate
from plugin_server.sandbox.kit.rejection import Rejected, not_found
from plugin_server.sandbox.kit.resource import between, chosen, visible
from plugin_server.sandbox.kit.subscriber_records import SUBSCRIBERS
from plugin_server.sandbox.kit.texts import words

# The number that each counts, in a subscriber's stats.
_COUNTED = {"sent": "sent", "opens": "opened", "clicks": "clicked"}
BY_ENGAGEMENT = words(
    "engagement__sent engagement__opens engagement__clicks"
    " engagement__open_rate engagement__click_rate"
)
_SORT_FIELDS = (*words("id created_at updated_at cancelled_at canceled_at"), *BY_ENGAGEMENT)
_CHANGED = {name: field for name, field in SUBSCRIBERS.fields.items() if name != "state"}
_LOCATION = {
    name: Field(rule, required=f"{name} can't be blank")
    for name, rule in {
        **dict.fromkeys(("city", "state_province", "country_code"), fields.text),
        **dict.fromkeys(("latitude", "longitude"), fields.number),
        "timezone": fields.time_zone,
    }.items()
}
_BY_LINK = Order(lambda tag: [tag["link"]])


def list_subscribers(call: Call) -> Reply:
    """Return one page of subscribers."""
    include = call.included()
    if unknown := include - {*SUBSCRIBERS.includes}:
        raise Rejected(422, f"Include does not know {', '.join(sorted(unknown))}")
    sort = chosen(call, "sort_field", _SORT_FIELDS, "id").replace("cancelled", "canceled")
    descending = chosen(call, "sort_order", ("asc", "desc"), "desc") == "desc"
    if call.query.get("status") != "cancelled":
        for name, values in (("sort_field", {sort}), ("include", include)):
            if "canceled_at" in values:
                text = f"The status param must be `cancelled` if {name} is `cancelled_at`"
                raise Rejected(422, text)
    records: Sequence[Record] = call.account.subscribers
    if emails := call.query.get("email_address"):
        records = _with_emails(call.account, emails)
    match = visible(call, SUBSCRIBERS.selected(call))
    order = sort_order(sort, descending)
    if order is not BY_ID:
        records, match = sorted(filter(match, records), key=order.key), None
    page, pagination = paginate(records, call.query, match=match, order=order)
    return {"subscribers": Operations(SUBSCRIBERS).shown(call, page), "pagination": pagination}, 200


def _with_emails(account: Account, emails: str) -> list[Record]:
    try:
        found = [account.subscriber_with(fields.email(each)) for each in emails.split(",")]
    except ValueError as error:
        raise Rejected(422, str(error)) from None
    by_id = {each["id"]: each for each in found if each}
    return sorted(by_id.values(), key=BY_ID.key)


def engagement(subscriber: Record, name: str) -> float:
    """Return a number of a subscriber's emails: ``sent``, ``opens``, ``clicks`` or a rate of 0 to 1."""
    stats = subscriber.get("stats", {})
    if name in _COUNTED:
        return int(stats.get(_COUNTED[name], 0))
    opened = stats.get(_COUNTED[name.replace("_rate", "s")], 0)
    return opened / stats["sent"] if stats.get("sent") else 0.0


def sort_order(sort: str, descending: bool) -> Order:
    """Return the order of subscribers by ``id``, one of ``BY_ENGAGEMENT``, or a text of theirs."""
    if sort == "id":
        return BY_ID if descending else Order(BY_ID.values, descending=False)
    if sort in BY_ENGAGEMENT:
        name = sort.removeprefix("engagement__")
        return Order(
            lambda each: [float(engagement(each, name)), each["id"]], (float, int), descending
        )
    return Order(lambda each: [each[sort] or "", each["id"]], (str, int), descending)


def get_subscriber(call: Call) -> Reply:
    """Return one subscriber."""
    include = ("canceled_at", "location")
    return {"subscriber": SUBSCRIBERS.show(call.account, _find(call), include=include)}, 200


def create_subscriber(call: Call) -> Reply:
    """Create a subscriber: 201; or change (200) the one with this email address.

    With more than ten custom fields the response is 202, before their values are there.
    """
    account = call.account
    values = read_fields(SUBSCRIBERS.fields, call.body)
    given, warnings = subscriber_records.read_values(account, values["fields"])
    subscriber, is_new = put_subscriber(account, values)
    return _with_values(account, subscriber, given, warnings, 201 if is_new else 200)


def put_subscriber(account: Account, values: Record) -> tuple[Record, bool]:
    """Create a subscriber, or change the first name of the one with this email address.

    Returns the subscriber, and whether it is new.
    """
    name, existing = values["first_name"], account.subscriber_with(values["email_address"])
    if existing is None:
        email, state = values["email_address"], values["state"]
        return subscriber_records.add_subscriber(account, email, first_name=name, state=state), True
    if name is not None:
        subscriber_records.change_subscriber(account, existing, first_name=name)
    return existing, False


def update_subscriber(call: Call) -> Reply:
    """Change a subscriber."""
    account, subscriber = call.account, _find(call)
    values = read_fields(_CHANGED, call.body, partial=True)
    given, warnings = subscriber_records.read_values(account, values.pop("fields", None))
    other = account.subscriber_with(values.get("email_address", ""))
    if other is not None and other is not subscriber:
        raise Rejected(422, "Email address has already been taken")
    if values:
        subscriber_records.change_subscriber(account, subscriber, **values)
    return _with_values(account, subscriber, given, warnings, 200)


def _with_values(
    account: Account, subscriber: Record, given: list[Any], warnings: list[str], status: int
) -> Reply:
    is_late = len(given) > subscriber_records.MANY_FIELDS
    shown = SUBSCRIBERS.show(account, subscriber)
    for field, value in given:
        subscriber_records.set_value(account, subscriber, field, value)
    reply: Record = {"subscriber": shown if is_late else SUBSCRIBERS.show(account, subscriber)}
    if warnings:
        reply["warnings"] = warnings
    return reply, 202 if is_late else status


def unsubscribe(call: Call) -> Reply:
    """Cancel a subscription: 204, also for those that are cancelled already."""
    subscriber_records.unsubscribe(call.account, _find(call))
    return DELETED


def show_stats(call: Call) -> Reply:
    """Return the numbers of a subscriber's emails; rates are from 0 to 1."""
    subscriber = _find(call)
    between(call, "email_sent", "created_at")
    stats = subscriber.get("stats", {})
    shown = {
        **{name: stats.get(name, 0) for name in words("sent opened clicked bounced")},
        "open_rate": engagement(subscriber, "open_rate"),
        "click_rate": engagement(subscriber, "click_rate"),
        **{name: stats.get(name) for name in words("last_sent last_opened last_clicked")},
        "sends_since_last_open": stats.get("sends_since_last_open", 0),
        "sends_since_last_click": stats.get("sends_since_last_click", 0),
    }
    return {"subscriber": {"id": subscriber["id"], "stats": shown}}, 200


def list_tags(call: Call) -> Reply:
    """Return one page of a subscriber's tags, the last one first."""
    tags = [
        {"id": tag["id"], "name": tag["name"], "tagged_at": link["at"], "link": link["id"]}
        for tag, link in subscriber_records.tags_of(call.account, _find(call))
    ]
    page, pagination = paginate(tags, call.query, order=_BY_LINK)
    for tag in page:
        del tag["link"]
    return {"tags": page, "pagination": pagination}, 200


def set_location(call: Call) -> Reply:
    """Set where a subscriber lives, in place of what Kit infers."""
    subscriber = _find(call)
    given = call.body.get("location")
    values = read_fields(_LOCATION, given if isinstance(given, dict) else {})
    subscriber["location"] = {
        **{name: values[name] for name in words("city latitude longitude timezone")},
        **{"state": values["state_province"], "country": values["country_code"]},
    }
    # Here, and nowhere else, Kit returns it under the names that the request has.
    return {"subscriber": {"id": subscriber["id"], "location": values}}, 200


def remove_location(call: Call) -> Reply:
    """Return to the location that Kit infers: 204."""
    if _find(call).pop("location", None) is None:
        raise not_found()
    return DELETED


def _find(call: Call) -> Record:
    return call.account.subscribers.get(call.ids[0])
