"""Tables of records in memory: ordered by id, read newest first, changed by Kit's API."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, overload

from typing_extensions import override

from plugin_server.sandbox.kit.generated_posts import GeneratedPosts, Record
from plugin_server.sandbox.kit.rejection import not_found


class Table(Sequence[Record]):
    """Records by their ``id``. As a sequence it starts with the newest, whose id is the highest.

    Attributes:
        generated: makes the records that are not written; ``None`` in most tables.
    """

    def __init__(
        self, records: Iterable[Record] | Callable[[], Iterable[Record]] | GeneratedPosts = ()
    ) -> None:
        """Hold records; those of a function, or of ``GeneratedPosts``, are made when they are needed."""
        self.generated = records if isinstance(records, GeneratedPosts) else None
        self._source = records
        self._ids: list[int] | None = None
        self._records: dict[int, Record] = {}
        self._indexes: dict[str, dict[str, int]] = {}
        self._last = 0

    def _load(self) -> list[int]:
        if self._ids is None:
            if isinstance(self._source, GeneratedPosts):
                self._ids = [*self._source.ids]
            else:
                records = self._source() if callable(self._source) else self._source
                self._records = {int(record["id"]): record for record in records}
                self._ids = sorted(self._records)
            self._last = max(self._ids, default=0)
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

    def get(self, id_: int) -> Record:
        """Return one record; raises Rejected (404)."""
        found = self.find(id_)
        if found is None:
            raise not_found()
        return found

    def find_by(self, member: str, text: str) -> Record | None:
        """Return the record with a text in a member that tells records apart, in any case of its letters."""
        if member not in self._indexes:
            self._indexes[member] = {_folded(each[member]): each["id"] for each in self}
        return self.find(self._indexes[member].get(_folded(text), 0))

    def add(self, record: Record) -> Record:
        """Add a record, under a new id unless it has one, and return it. Ids are never used again."""
        ids = self._load()
        id_ = record.setdefault("id", self._last + 1)
        # The id comes first, as Kit has it.
        self._records[id_] = added = {"id": id_, **record}
        insort(ids, id_)
        self._last = max(self._last, id_)
        for member, index in self._indexes.items():
            index[_folded(added[member])] = id_
        return added

    def put(self, record: Record) -> Record:
        """Add a record, or give the one with its id these members, and return it."""
        if self.find(record["id"]) is None:
            return self.add(record)
        return self.change(record["id"], record)

    def change(self, id_: int, changes: Record) -> Record:
        """Change members of a record and return it."""
        self._records[id_] = record = self._record(id_)
        for member in self._indexes.keys() & changes.keys():
            self._indexes[member].pop(_folded(record[member]), None)
            self._indexes[member][_folded(changes[member])] = id_
        record.update(changes)
        return record

    def remove(self, id_: int) -> None:
        """Remove a record that is in the table."""
        ids = self._load()
        record = self._record(id_)
        for member, index in self._indexes.items():
            index.pop(_folded(record[member]), None)
        del ids[bisect_left(ids, id_)]
        self._records.pop(id_, None)

    def count_until(self, member: str, last: str) -> int:
        """Return how many records there are up to a value of a member that grows with the ids."""
        return bisect_right(self._load(), last, key=lambda id_: self._record(id_)[member])

    def written(self) -> list[Record]:
        """Return the records that are held and not generated, oldest first."""
        return [self._records[id_] for id_ in self._load() if id_ in self._records]

    def _record(self, id_: int) -> Record:
        if self.generated is None or id_ in self._records:
            return self._records[id_]
        return self.generated.record(id_)


def _folded(text: Any) -> str:
    return str(text).casefold()


class Links:
    """Which subscribers are in which tags, forms or sequences.

    A link is a record as account files have it: ``tag_id``, ``subscriber_id``, ``at`` (its time), and more.
    """

    def __init__(self, one: str) -> None:
        """Start empty; ``one`` is ``tag``, ``form`` or ``sequence``."""
        self._parent, self._last = f"{one}_id", 0
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

    def add(self, link: Record) -> None:
        """Link two that are not linked."""
        self._last += 1
        parent, subscriber = link[self._parent], link["subscriber_id"]
        # Members of a tag are ordered by the numbers of their taggings, others by id.
        id_ = self._last if self._parent == "tag_id" else subscriber
        added = self._members.setdefault(parent, Table()).add({**link, "id": id_})
        self._of.setdefault(subscriber, {})[parent] = added

    def remove(self, link: Record) -> None:
        """Remove a link."""
        del self._of[link["subscriber_id"]][link[self._parent]]
        self._members[link[self._parent]].remove(link["id"])

    def drop(self, parent: int) -> None:
        """Unlink everybody from what is deleted."""
        for link in self._members.pop(parent, ()):
            del self._of[link["subscriber_id"]][parent]

    def all(self) -> list[Record]:
        """Return every link as account files have it, by what is linked."""
        links = (link for table in self._members.values() for link in table.written())
        return [{name: link[name] for name in link if name != "id"} for link in links]
