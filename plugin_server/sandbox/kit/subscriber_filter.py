"""``POST /v4/subscribers/filter``: subscribers by conditions that must all hold.

The sandbox knows how many emails a subscriber got, opened and clicked, and when the last time was: a period
in a condition is compared with that time.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from math import asin, cos, radians, sin, sqrt
from typing import Any

from plugin_server.sandbox.kit import subscriber_records
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.calls import Call, Reply
from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.pagination import Match, Order, paginate
from plugin_server.sandbox.kit.rejection import Rejected
from plugin_server.sandbox.kit.subscribers import engagement

_LIMITS = (100, 100)
_EARTH_MILES = 3958.8
_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "count_greater_than": lambda count, bound: count > bound,
    "count_greater_than_or_equal": lambda count, bound: count >= bound,
    "count_less_than": lambda count, bound: count < bound,
    "count_less_than_or_equal": lambda count, bound: count <= bound,
}
_VALUE: dict[str, Callable[[str, str], bool]] = {
    "has_value": lambda value, _wanted: value != "",
    "is": lambda value, needed: value == needed,
    "is_not": lambda value, needed: value != needed,
    "contains": lambda value, needed: needed in value,
    "starts_with": lambda value, needed: value.startswith(needed),
    "ends_with": lambda value, needed: value.endswith(needed),
    "greater_than": lambda value, needed: _number(value) > _number(needed),
    "less_than": lambda value, needed: _number(value) < _number(needed),
}
_LAST = {"opens": "last_opened", "clicks": "last_clicked", "sent": "last_sent"}
_INCLUDED = {*subscriber_records.INCLUDES, "custom_fields", "stats"}

Condition = Mapping[str, Any]


def filter_subscribers(call: Call) -> Reply:
    """Return one page of the subscribers for whom every condition of ``all`` holds."""
    account, body = call.account, call.body
    matches = [_read(account, each) for each in _list(body, "all")]
    include = [each.get("type") for each in _list(body, "include") if isinstance(each, dict)]
    if unknown := [name for name in include if name not in _INCLUDED]:
        raise Rejected(422, f"Include does not know {', '.join(map(str, unknown))}")
    order = _order(body)
    found = [each for each in account.subscribers if all(match(each) for match in matches)]
    found.sort(key=order.key)
    # The body wins: some clients send the paging there, others in the query.
    query = {**call.query, **{name: body[name] for name in _paging(body)}}
    page, pagination = paginate(found, query, order=order, limits=_LIMITS)
    if query.get("before"):
        # Kit says this of its first page when a cursor leads back to it.
        pagination["has_previous_page"], pagination["has_next_page"] = True, False
    shown = [_show(account, subscriber, include) for subscriber in page]
    return {"subscribers": shown, "pagination": pagination}, 200


def _paging(body: Mapping[str, Any]) -> list[str]:
    names = ("after", "before", "per_page", "include_total_count")
    return [name for name in names if body.get(name) not in (None, "")]


def _list(body: Mapping[str, Any], name: str) -> list[Any]:
    value = body.get(name) or []
    if not isinstance(value, list):
        raise Rejected(422, f"{name} must be an array")
    return value


def _order(body: Mapping[str, Any]) -> Order:
    sort = body.get("sort_field") or "created_at"
    descending = body.get("sort_order") != "asc"
    if sort == "id":
        return Order(lambda subscriber: [subscriber["id"]], descending=descending)
    if isinstance(sort, str) and sort.startswith("engagement__"):
        name = sort.removeprefix("engagement__")
        if name in {"sent", "opens", "clicks", "open_rate", "click_rate"}:
            return Order(
                lambda each: [float(engagement(each, name)), each["id"]], (float, int), descending
            )
    if sort not in {"created_at", "first_name", "email_address", "location__distance"}:
        raise Rejected(422, f"sort_field {sort} is not supported")
    name = "created_at" if sort == "location__distance" else sort
    return Order(
        lambda subscriber: [subscriber[name] or "", subscriber["id"]], (str, int), descending
    )


def _read(account: Account, condition: Any) -> Match:
    kind = condition.get("type") if isinstance(condition, dict) else None
    if kind not in _CONDITIONS:
        # As Kit does, whose own test suite expects it.
        raise Rejected(500, "Internal Server Error")
    return _CONDITIONS[kind](account, condition)


def _counted(_account: Account, condition: Condition) -> Match:
    kind = "sent" if condition["type"] == "delivered" else condition["type"]
    after, before = _bound(condition, "after"), _bound(condition, "before")
    bounds = [(_COMPARED[name], condition[name]) for name in _COMPARED if name in condition]

    def match(subscriber: Record) -> bool:
        last = subscriber.get("stats", {}).get(_LAST[kind])
        in_period = last is not None and (after or "") <= last and (not before or last < before)
        count = engagement(subscriber, kind) if in_period or not (after or before) else 0
        return all(holds(count, _number(bound)) for holds, bound in bounds)

    return match


def _subscribed(_account: Account, condition: Condition) -> Match:
    after, before = _bound(condition, "after"), _bound(condition, "before")
    return lambda subscriber: (
        (after or "") <= subscriber["created_at"]
        and (not before or subscriber["created_at"] < before)
    )


def _state(_account: Account, condition: Condition) -> Match:
    states = {*map(str, condition.get("states") or [])}
    return lambda subscriber: subscriber["state"] in states


def _tags(account: Account, condition: Condition) -> Match:
    needed = _ids(condition, "ids")
    links = account.links("tags")
    return lambda subscriber: any(links.find(tag, subscriber["id"]) for tag in needed)


def _attribution(account: Account, condition: Condition) -> Match:
    forms, links = _ids(condition, "forms"), account.links("forms")
    return lambda subscriber: any(links.find(form, subscriber["id"]) for form in forms)


def _custom_field(_account: Account, condition: Condition) -> Match:
    field = int(_number(condition.get("subscriber_custom_field_id")))
    holds = _VALUE.get(str(condition.get("comparison") or "is"))
    if holds is None:
        raise Rejected(422, f"comparison must be one of: {', '.join(_VALUE)}")
    needed = str(condition.get("value") or "")
    return lambda subscriber: holds(str(subscriber["values"].get(field) or ""), needed)


def _location(_account: Account, condition: Condition) -> Match:
    here = tuple(_number(condition.get(name)) for name in ("latitude", "longitude"))
    radius = _number(condition.get("radius", 50))

    def match(subscriber: Record) -> bool:
        place = subscriber.get("location") or subscriber.get("inferred_location")
        if not place or place.get("latitude") is None:
            return False
        return _miles(here, (place["latitude"], place["longitude"])) <= radius

    return match


_CONDITIONS: dict[str, Callable[[Account, Condition], Match]] = {
    **dict.fromkeys(("opens", "clicks", "sent", "delivered"), _counted),
    "subscribed": _subscribed,
    "subscriber_state": _state,
    "tags": _tags,
    "attribution": _attribution,
    "custom_field": _custom_field,
    "location": _location,
}


def _ids(condition: Condition, kind: str) -> set[int]:
    groups = [each for each in condition.get("any") or [] if isinstance(each, dict)]
    return {
        int(_number(id_))
        for group in groups
        if group.get("type") == kind
        for id_ in group.get("matching") or group.get("ids") or []
    }


def _bound(condition: Condition, name: str) -> str | None:
    value = condition.get(name)
    if not value:
        return None
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        raise Rejected(422, f"{name} is not a valid date") from None
    return str(value)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise Rejected(422, f"{value} is not a number") from None


def _miles(here: tuple[float, ...], there: tuple[float, ...]) -> float:
    (y1, x1), (y2, x2) = (tuple(map(radians, place)) for place in (here, there))
    chord = sin((y2 - y1) / 2) ** 2 + cos(y1) * cos(y2) * sin((x2 - x1) / 2) ** 2
    return 2 * _EARTH_MILES * asin(sqrt(chord))


def _show(account: Account, subscriber: Record, include: list[Any]) -> Record:
    tags = subscriber_records.show_part(account, subscriber, "tags")
    shown = {
        "id": str(subscriber["id"]),
        "first_name": subscriber["first_name"],
        "email_address": subscriber["email_address"],
        "created_at": subscriber["created_at"],
        "tag_names": [tag["name"] for tag in tags],
        "tag_ids": [str(tag["id"]) for tag in tags],
    }
    for name in include:
        if name == "custom_fields":
            keys = subscriber_records.keys_of(account)
            shown[name] = {key: subscriber["values"].get(id_) for id_, key in keys}
        elif name == "stats":
            stats = subscriber.get("stats", {})
            shown[name] = {each: stats.get(each, 0) for each in ("sent", "opened", "clicked")}
        else:
            shown[name] = subscriber_records.show_part(account, subscriber, name)
    return shown
