"""Tables of records in memory: ordered by id, read newest first, changed by Kit's API."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, overload

from typing_extensions import override

from plugin_server.sandbox.kit.generated_posts import GeneratedPosts, Record


class Table(Sequence[Record]):
    """Records by their ``id``. As a sequence it starts with the newest, whose id is the highest."""

    def __init__(
        self,
        records: Iterable[Record] | Callable[[], Iterable[Record]] = (),
        described: Record | None = None,
    ) -> None:
        """Hold records; those of a function, or of ``GeneratedPosts``, are made when they are needed.

        ``described`` are the numbers that generated posts are made from.
        """
        self._source, self.described = records, described
        self._ids: list[int] | None = None
        self._records: dict[int, Record] = {}
        self._generated: GeneratedPosts | None = None
        self._last = 0

    def _load(self) -> list[int]:
        if self._ids is None:
            source = self._source
            if isinstance(source, GeneratedPosts):
                self._generated, self._ids = source, list(source.ids)
            else:
                records = source() if callable(source) else source
                self._records = {int(record["id"]): record for record in records}
                self._ids = sorted(self._records)
            self._source = ()
            self._last = self._ids[-1] if self._ids else 0
        return self._ids

    @override
    def __len__(self) -> int:
        return len(self._load())

    @overload
    def __getitem__(self, index: int) -> Record: ...

    @overload
    def __getitem__(self, index: slice) -> list[Record]: ...

    @override
    def __getitem__(self, index: int | slice) -> Record | list[Record]:
        ids = self._load()
        if isinstance(index, slice):
            return [self._record(id_) for id_ in ids[::-1][index]]
        return self._record(ids[range(len(ids))[-1 - index]])

    @override
    def __iter__(self) -> Iterator[Record]:
        return map(self._record, reversed(self._load()))

    def find(self, id_: int) -> Record | None:
        """Return one record; ``None`` when there is none with this id (any more)."""
        ids = self._load()
        at = bisect_left(ids, id_)
        return self._record(id_) if at < len(ids) and ids[at] == id_ else None

    def add(self, record: Record) -> Record:
        """Add a record, under a new id unless it has one, and return it. Ids are never used again."""
        ids = self._load()
        id_ = record.setdefault("id", self._last + 1)
        # The id comes first, as Kit has it.
        self._records[id_] = {"id": id_, **record}
        insort(ids, id_)
        self._last = max(self._last, id_)
        return self._records[id_]

    def put(self, record: Record) -> None:
        """Add a record, or replace the one with its id."""
        if self.find(record["id"]) is not None:
            self._records[record["id"]] = record
        else:
            self.add(record)

    def change(self, id_: int, changes: Record) -> Record:
        """Change members of a record and return it."""
        self._records[id_] = record = self._record(id_)
        record.update(changes)
        return record

    def remove(self, id_: int) -> None:
        """Remove a record that is in the table."""
        ids = self._load()
        del ids[bisect_right(ids, id_) - 1]
        self._records.pop(id_, None)

    def count_until(self, member: str, last: str) -> int:
        """Return how many records there are up to a value of a member that grows with the ids."""
        return bisect_right(self._load(), last, key=lambda id_: self._record(id_)[member])

    def written(self) -> list[Record]:
        """Return the records that are held and not generated, oldest first."""
        return [self._records[id_] for id_ in self._load() if id_ in self._records]

    def _record(self, id_: int) -> Record:
        found = self._records.get(id_)
        if found is None:
            assert self._generated is not None  # noqa: S101 (every other record is held)
            found = self._generated.record(id_)
        return found


class Links:
    """Which subscribers are in what: in tags, forms or sequences. A link is a record with its time."""

    def __init__(self, *, numbered: bool) -> None:
        """Start empty. Members of a tag are ordered by the numbers of their taggings, others by id."""
        self._numbered, self._last = numbered, 0
        self._members: dict[int, Table] = {}
        self._of: dict[int, dict[int, Record]] = {}

    def members(self, parent: int) -> Table:
        """Return the links of a tag, form or sequence."""
        return self._members.get(parent) or Table()

    def of(self, subscriber: int) -> list[Record]:
        """Return a subscriber's links, newest first."""
        return list(self._of.get(subscriber, {}).values())[::-1]

    def find(self, parent: int, subscriber: int) -> Record | None:
        """Return the link between the two, ``None`` when there is none."""
        return self._of.get(subscriber, {}).get(parent)

    def add(self, parent: int, subscriber: int, at: str, **more: Any) -> Record:
        """Link the two, which are not linked, at a time."""
        self._last += 1
        link = {
            "id": self._last if self._numbered else subscriber,
            **{"parent": parent, "subscriber": subscriber, "at": at, **more},
        }
        if parent not in self._members:
            self._members[parent] = Table()
        self._of.setdefault(subscriber, {})[parent] = self._members[parent].add(link)
        return link

    def remove(self, parent: int, subscriber: int) -> None:
        """Unlink the two, if they are linked."""
        link = self._of.get(subscriber, {}).pop(parent, None)
        if link is not None:
            self._members[parent].remove(link["id"])

    def drop(self, parent: int) -> None:
        """Unlink everybody from what is deleted."""
        for link in self._members.pop(parent, ()):
            del self._of[link["subscriber"]][parent]

    def all(self) -> list[Record]:
        """Return every link, by what is linked."""
        return [link for table in self._members.values() for link in table.written()]
