"""Kit's lists, read page by page. Source: https://developers.kit.com/api-reference/pagination"""

import logging
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Generic

from plugin_server.errors import KitUnreadable
from plugin_server.kit.api.records import Pagination, Record, member_of, parse_record, read_record

log = logging.getLogger(__name__)

TOTAL_COUNT = "include_total_count"


@dataclass(frozen=True)
class Page(Generic[Record]):
    """One page of a list.

    ``end_cursor`` is the value of ``after`` that continues here, ``None`` on an empty page.
    ``total_count`` counts the whole list; it is set on the first page only, where it was requested.
    """

    records: list[Record]
    is_last: bool
    end_cursor: str | None = None
    total_count: int | None = None


@dataclass(frozen=True)
class Listing(Generic[Record]):
    """A list at Kit, to be iterated record by record, or page by page with ``pages()``.

    A page is requested only when it is reached, and each iteration requests the list again. A record that
    cannot be read is left out: it must not hide the others.

    Raises:
        KitError: while iterating. KitNotFound (502) when there is no such list in this account,
            KitUnreadable (502) when the response is not a list, and whatever the request itself raises.
    """

    get: Callable[[str, Mapping[str, str]], dict[str, Any]] = field(repr=False)
    path: str
    member: str
    record: type[Record]
    query: Mapping[str, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Record]:
        for page in self.pages():
            yield from page.records
            del page  # as in pages()

    def pages(self) -> Iterator[Page[Record]]:
        """Yield the pages in Kit's order; there is always at least one, which may be empty."""
        query = self.query
        seen = {query.get("after")}
        while True:
            page = self._read(query, seen)
            cursor = None if page.is_last else page.end_cursor
            yield page
            # Otherwise this page would stay in memory while the next one is read.
            del page
            if cursor is None:
                return
            seen.add(cursor)
            # Counting is slow at Kit, and the count is known by now.
            others = {name: value for name, value in query.items() if name != TOTAL_COUNT}
            query = {**others, "after": cursor}

    def _read(self, query: Mapping[str, str], seen: Set[str | None]) -> Page[Record]:
        body = self.get(self.path, query)
        records = self._records(member_of(body, self.member))
        pagination = parse_record(Pagination, body.get("pagination"))
        cursor = pagination.end_cursor
        # A cursor that was seen before would lead in a circle.
        is_last = not pagination.has_next_page or not cursor or cursor in seen
        return Page(records, is_last, cursor, pagination.total_count)

    def _records(self, values: object) -> list[Record]:
        if not isinstance(values, list):
            raise KitUnreadable
        read = [read_record(self.record, value) for value in values]
        records = [record for record in read if record is not None]
        if unreadable := len(read) - len(records):
            log.warning("Left out %d records of %s that could not be read", unreadable, self.path)
        return records
