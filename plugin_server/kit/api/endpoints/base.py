"""What every endpoint is made of: one record, a record that may be absent, or a list."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from plugin_server.errors import KitNotFound
from plugin_server.kit.api.listing import MAX_PAGE_SIZE, TOTAL_COUNT, Listing
from plugin_server.kit.api.records import Record, parse_record


@dataclass(frozen=True)
class Paging:
    """Where a list begins and how it is cut.

    Attributes:
        per_page: records a page, 1 to 1000.
        after: the ``end_cursor`` of a page, to go on behind it.
        include_total_count: whether the first page counts the whole list, which is slow.
    """

    per_page: int
    after: str | None
    include_total_count: bool

    def query(self) -> dict[str, str]:
        """Return it as Kit's query parameters; raises ValueError when the page size is none."""
        if not 1 <= self.per_page <= MAX_PAGE_SIZE:
            raise ValueError(f"per_page must be 1 to {MAX_PAGE_SIZE}, not {self.per_page}")
        query = {"per_page": str(self.per_page)}
        if self.after:
            query["after"] = self.after
        if self.include_total_count:
            query[TOTAL_COUNT] = "true"
        return query


class Endpoints(ABC):
    """Reads one account. A subclass says how an answer is got."""

    @abstractmethod
    def _get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the JSON object at ``path``, or raise a KitError."""

    def _one(
        self, path: str, member: str, record: type[Record], query: Mapping[str, str] | None = None
    ) -> Record:
        return parse_record(record, self._get(path, query).get(member))

    def _find(
        self, path: str, member: str, record: type[Record], query: Mapping[str, str] | None = None
    ) -> Record | None:
        try:
            return self._one(path, member, record, query)
        except KitNotFound:
            return None

    def _list(
        self,
        path: str,
        member: str,
        record: type[Record],
        paging: Paging,
        **filters: str | date | None,
    ) -> Listing[Record]:
        """Return the list at ``path``; filters that are ``None`` are not sent."""
        query = paging.query()
        query |= {name: _text(value) for name, value in filters.items() if value is not None}
        return Listing(self._get, path, member, record, query)


def _text(value: str | date) -> str:
    """Return a parameter as Kit reads it: times in UTC, dates as they are (ISO 8601)."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a time without a zone could mean any of 24 hours")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if isinstance(value, date) else value
