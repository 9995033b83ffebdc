"""Kit's cursor pagination. Source: https://developers.kit.com/api-reference/pagination"""

import base64
import binascii
import json
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

DEFAULT_PER_PAGE = 500
MAX_PER_PAGE = 1000


class BadPage(ValueError):
    """A query parameter of a list is invalid; the response is 422 with the message."""


def paginate(
    records: Sequence[Mapping[str, Any]], query: Mapping[str, str]
) -> tuple[list[Mapping[str, Any]], dict[str, Any]]:
    """Return one page of ``records`` and its ``pagination`` member.

    Args:
        records: the whole collection, ordered by descending ``id``.
        query: ``after``, ``before``, ``per_page`` and ``include_total_count`` as received.

    Raises:
        BadPage: a cursor or the page size is invalid; the response is 422. Kit does not document
            what it does with a page size out of range: rejecting makes it visible.
    """
    size = _page_size(query.get("per_page"))
    first, last = 0, len(records)
    if query.get("after"):
        after = _id(query["after"])
        first = bisect_right(records, -after, key=_descending)
    if query.get("before"):
        before = _id(query["before"])
        last = max(first, bisect_left(records, -before, key=_descending))
        # The previous page ends just before the cursor.
        first = first if query.get("after") else max(first, last - size)
    page = list(records[first : min(last, first + size)])
    pagination: dict[str, Any] = {
        "has_previous_page": first > 0,
        "has_next_page": first + len(page) < len(records),
        "start_cursor": _cursor(page[0]["id"]) if page else None,
        "end_cursor": _cursor(page[-1]["id"]) if page else None,
        "per_page": size,
    }
    if query.get("include_total_count") == "true":
        pagination["total_count"] = len(records)
    return page, pagination


def find_record(records: Sequence[Mapping[str, Any]], id_: int) -> Mapping[str, Any] | None:
    """Return the record with an id from a collection ordered by descending ``id``, or ``None``."""
    index = bisect_left(records, -id_, key=_descending)
    found = records[index] if index < len(records) else None
    return found if found and found["id"] == id_ else None


def _descending(record: Mapping[str, Any]) -> int:
    return -int(record["id"])


def _page_size(text: str | None) -> int:
    if not text:
        return DEFAULT_PER_PAGE
    digits = text.isascii() and text.isdigit() and len(text) < 5
    if not digits or not 1 <= int(text) <= MAX_PER_PAGE:
        raise BadPage(f"Per page must be an integer between 1 and {MAX_PER_PAGE}")
    return int(text)


def _cursor(id_: int) -> str:
    return base64.b64encode(json.dumps([id_]).encode()).decode()


def _id(cursor: str) -> int:
    try:
        (id_,) = json.loads(base64.b64decode(cursor, validate=True))
    except (binascii.Error, ValueError, TypeError):
        id_ = None
    if not isinstance(id_, int) or isinstance(id_, bool):
        raise BadPage("Cursor is invalid")
    return id_
