"""Kit's cursor pagination. Source: https://developers.kit.com/api-reference/pagination

A cursor is a base64 JSON array of what the list is ordered by: ``[id]`` in most lists.
"""

import base64
import binascii
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import total_ordering
from itertools import islice
from typing import Any

from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.rejection import Rejected

DEFAULT_PER_PAGE = 500
MAX_PER_PAGE = 1000

# Everything else is true: clients in PHP send 1, those in JavaScript true.
_FALSE = frozenset({"", "0", "f", "false", "n", "no", "off"})

Match = Callable[[Record], bool]


@total_ordering
@dataclass(frozen=True)
class _Descending:
    """A value that is ordered the other way round."""

    value: Any

    def __lt__(self, other: "_Descending") -> bool:
        return bool(other.value < self.value)


@dataclass(frozen=True)
class Order:
    """What a list is ordered by: the values of a record, of which the last is unique.

    Attributes:
        values: returns what a cursor holds, such as ``[id]``.
        types: of these values.
        descending: the direction.
    """

    values: Callable[[Record], list[Any]]
    types: tuple[type, ...] = (int,)
    descending: bool = True

    def key(self, record: Record) -> Any:
        """Return what sorts a record into the list."""
        return self._key(self.values(record))

    def cursor(self, record: Record) -> str:
        """Return the cursor of a record."""
        return base64.b64encode(json.dumps(self.values(record)).encode()).decode()

    def read(self, cursor: str) -> Any:
        """Return the ``key`` of a cursor; raises Rejected (422) for what is not one."""
        try:
            values = json.loads(base64.b64decode(str(cursor), validate=True))
        except (binascii.Error, ValueError):
            values = None
        if not isinstance(values, list) or [type(each) for each in values] != [*self.types]:
            raise Rejected(422, "Cursor is invalid")
        return self._key(values)

    def _key(self, values: list[Any]) -> Any:
        if not self.descending:
            return values
        return -values[0] if self.types == (int,) else _Descending(values)


BY_ID = Order(lambda record: [record["id"]])


def is_true(value: Any) -> bool:
    """Return whether a boolean of a query or a body is true; absent ones are not."""
    return value is not None and str(value).lower() not in _FALSE


def paginate(
    records: Sequence[Record],
    query: Mapping[str, Any],
    *,
    match: Match | None = None,
    order: Order = BY_ID,
    limits: tuple[int, int] = (DEFAULT_PER_PAGE, MAX_PER_PAGE),
) -> tuple[list[Record], dict[str, Any]]:
    """Return one page and its ``pagination`` member.

    Args:
        records: the whole collection in its ``order``.
        query: ``after``, ``before``, ``per_page`` and ``include_total_count`` as received.
        match: which records are in the list; all of them without.
        order: of ``records``.
        limits: the default and the highest page size.

    Raises:
        Rejected: a cursor or the page size is invalid (422). Kit does not document what it does with
            a page size out of range: rejecting makes it visible.
    """
    size = _page_size(query.get("per_page"), *limits)
    after, before = query.get("after") or None, query.get("before") or None
    first, last = 0, len(records)
    if after:
        first = bisect_right(records, order.read(after), key=order.key)
    if before:
        last = max(first, bisect_left(records, order.read(before), key=order.key))

    def matching(indexes: range) -> Iterator[Record]:
        found = map(records.__getitem__, indexes)
        return found if match is None else filter(match, found)

    # With ``before`` alone the page ends just before the cursor.
    is_backwards = before is not None and after is None
    indexes = range(first, last)
    page = [*islice(matching(indexes[::-1] if is_backwards else indexes), size + 1)]
    has_more = len(page) > size
    page = page[:size][:: -1 if is_backwards else 1]
    has_others = any(True for _ in matching(range(last, len(records))))
    if is_backwards:
        has_previous, has_next = has_more, has_others
    else:
        has_previous = any(True for _ in matching(range(first)[::-1]))
        has_next = has_more or has_others
    pagination: dict[str, Any] = {
        "has_previous_page": has_previous,
        "has_next_page": has_next,
        "start_cursor": order.cursor(page[0]) if page else None,
        "end_cursor": order.cursor(page[-1]) if page else None,
        "per_page": size,
    }
    if is_true(query.get("include_total_count")):
        pagination["total_count"] = sum(map(match, records)) if match else len(records)
    return page, pagination


def _page_size(value: Any, default: int, most: int) -> int:
    text = "" if value is None else str(value)
    if not text:
        return default
    digits = text.isascii() and text.isdigit() and len(text) < 5
    if not digits or not 1 <= int(text) <= most:
        raise Rejected(422, f"Per page must be an integer between 1 and {most}")
    return int(text)
