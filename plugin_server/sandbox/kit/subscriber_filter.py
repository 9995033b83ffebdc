"""``POST /v4/subscribers/filter``: subscribers by conditions that must all hold.

The sandbox knows how many emails a subscriber got, opened and clicked, and when the last time was: a period
in a condition is compared with that time.
"""

import operator
from collections.abc import Callable, Mapping
from math import asin, cos, radians, sin, sqrt
from typing import Any

from plugin_server.sandbox.kit import fields
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.calls import Call, Reply
from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.moments import read_moment
from plugin_server.sandbox.kit.pagination import Match, paginate
from plugin_server.sandbox.kit.rejection import Rejected
from plugin_server.sandbox.kit.resource import Show, within
from plugin_server.sandbox.kit.subscriber_records import SUBSCRIBERS, shown_fields, tags_of
from plugin_server.sandbox.kit.subscribers import BY_ENGAGEMENT, engagement, sort_order

_LIMITS = (100, 100)
_EARTH_MILES = 3958.8
_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "count_greater_than": operator.gt,
    "count_greater_than_or_equal": operator.ge,
    "count_less_than": operator.lt,
    "count_less_than_or_equal": operator.le,
}
_VALUE: dict[str, Callable[[str, str], bool]] = {
    "has_value": lambda value, _needed: value != "",
    "is": operator.eq,
    "is_not": operator.ne,
    "contains": operator.contains,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
    "greater_than": lambda value, needed: _number(value) > _number(needed),
    "less_than": lambda value, needed: _number(value) < _number(needed),
}
_LAST = {"opens": "last_opened", "clicks": "last_clicked", "sent": "last_sent"}
# What ``include`` adds, beside what it adds to a subscriber everywhere.
_INCLUDES: dict[str, Show] = {
    **SUBSCRIBERS.includes,
    "custom_fields": shown_fields,
    "stats": lambda _account, subscriber: {
        name: subscriber.get("stats", {}).get(name, 0) for name in ("sent", "opened", "clicked")
    },
}

Condition = Mapping[str, Any]


def filter_subscribers(call: Call) -> Reply:
    """Return one page of the subscribers for whom every condition of ``all`` holds."""
    account, body = call.account, call.body
    matches = [_read(account, each) for each in _list(body, "all")]
    include = [str(each.get("type")) for each in _list(body, "include") if isinstance(each, dict)]
    if unknown := [name for name in include if name not in _INCLUDES]:
        raise Rejected(422, f"Include does not know {', '.join(unknown)}")
    sort = str(body.get("sort_field") or "created_at")
    if sort == "location__distance":
        sort = "created_at"
    if sort not in {"id", "created_at", "first_name", "email_address", *BY_ENGAGEMENT}:
        raise Rejected(422, f"sort_field {sort} is not supported")
    order = sort_order(sort, descending=body.get("sort_order") != "asc")
    found = [each for each in account.subscribers if all(match(each) for match in matches)]
    found.sort(key=order.key)
    # The body wins: some clients send the paging there, others in the query.
    names = ("after", "before", "per_page", "include_total_count")
    query = {**call.query, **{n: body[n] for n in names if body.get(n) not in (None, "")}}
    page, pagination = paginate(found, query, order=order, limits=_LIMITS)
    if query.get("before"):
        # Kit says this of its first page when a cursor leads back to it.
        pagination["has_previous_page"], pagination["has_next_page"] = True, False
    shown = [_show(account, subscriber, include) for subscriber in page]
    return {"subscribers": shown, "pagination": pagination}, 200


def _list(body: Mapping[str, Any], name: str) -> list[Any]:
    value = body.get(name) or []
    if not isinstance(value, list):
        raise Rejected(422, f"{name} must be an array")
    return value


def _read(account: Account, condition: Any) -> Match:
    kind = str(condition.get("type")) if isinstance(condition, dict) else ""
    if kind not in _CONDITIONS:
        # As Kit does, whose own test suite expects it.
        raise Rejected(500, "Internal Server Error")
    return _CONDITIONS[kind](account, condition)


def _counted(_account: Account, condition: Condition) -> Match:
    kind = "sent" if condition["type"] == "delivered" else condition["type"]
    in_period = _period(condition)
    bounds = [(_COMPARED[n], _number(condition[n])) for n in _COMPARED if n in condition]

    def match(subscriber: Record) -> bool:
        last = subscriber.get("stats", {}).get(_LAST[kind])
        count = engagement(subscriber, kind) if in_period is None or in_period(last) else 0
        return all(holds(count, bound) for holds, bound in bounds)

    return match


def _subscribed(_account: Account, condition: Condition) -> Match:
    in_period = _period(condition)
    return lambda subscriber: in_period is None or in_period(subscriber["created_at"])


def _state(_account: Account, condition: Condition) -> Match:
    states = {*map(str, condition.get("states") or [])}
    return lambda subscriber: subscriber["state"] in states


def _linked(name: str, kind: str) -> Callable[[Account, Condition], Match]:
    def read(account: Account, condition: Condition) -> Match:
        groups = [each for each in condition.get("any") or [] if isinstance(each, dict)]
        same = [group for group in groups if group.get("type") == kind]
        ids = {
            int(_number(i)) for each in same for i in each.get("matching") or each.get("ids") or []
        }
        links = account.links(name)
        return lambda subscriber: any(links.find(id_, subscriber["id"]) for id_ in ids)

    return read


def _custom_field(account: Account, condition: Condition) -> Match:
    id_ = int(_number(condition.get("subscriber_custom_field_id")))
    key = (account.collections["custom_fields"].find(id_) or {}).get("key")
    holds = _VALUE.get(str(condition.get("comparison") or "is"))
    if holds is None:
        raise Rejected(422, f"comparison must be one of: {', '.join(_VALUE)}")
    needed = str(condition.get("value") or "")
    return lambda subscriber: holds(str(subscriber["fields"].get(key) or ""), needed)


def _location(_account: Account, condition: Condition) -> Match:
    here = (_number(condition.get("latitude")), _number(condition.get("longitude")))
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
    "tags": _linked("tags", "ids"),
    "attribution": _linked("forms", "forms"),
    "custom_field": _custom_field,
    "location": _location,
}


def _period(condition: Condition) -> Callable[[str | None], bool] | None:
    return within(_bound(condition, "after"), _bound(condition, "before"))


def _bound(condition: Condition, name: str) -> str:
    try:
        return read_moment(condition[name]) if condition.get(name) else ""
    except ValueError:
        raise Rejected(422, f"{name} is not a valid date") from None


def _number(value: Any) -> float:
    try:
        return fields.number(value)
    except ValueError:
        raise Rejected(422, f"{value} is not a number") from None


def _miles(here: tuple[float, float], there: tuple[float, float]) -> float:
    (y1, x1), (y2, x2) = (tuple(map(radians, place)) for place in (here, there))
    chord = sin((y2 - y1) / 2) ** 2 + cos(y1) * cos(y2) * sin((x2 - x1) / 2) ** 2
    return 2 * _EARTH_MILES * asin(sqrt(chord))


def _show(account: Account, subscriber: Record, include: list[Any]) -> Record:
    tags = [tag for tag, _ in tags_of(account, subscriber)]
    return {
        "id": str(subscriber["id"]),
        "first_name": subscriber["first_name"],
        "email_address": subscriber["email_address"],
        "created_at": subscriber["created_at"],
        "tag_names": [tag["name"] for tag in tags],
        "tag_ids": [str(tag["id"]) for tag in tags],
        **{name: _INCLUDES[name](account, subscriber) for name in include},
    }
