"""The operations that every resource of the table has: list, get, create, update, delete."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from plugin_server.sandbox.kit.calls import DELETED, Call, Reply
from plugin_server.sandbox.kit.fields import read_fields
from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.pagination import paginate
from plugin_server.sandbox.kit.rejection import Rejected, not_found
from plugin_server.sandbox.kit.resource import Resource, visible
from plugin_server.sandbox.kit.tables import Table

Handler = Callable[[Call], Reply]


@dataclass(frozen=True)
class Operations:
    """The operations of one resource."""

    resource: Resource

    def list(self, call: Call) -> Reply:
        """Return one page."""
        resource = self.resource
        records: Sequence[Record] = self._table(call)
        if resource.parent:
            name, id_ = self._parent(call)
            records = sorted(
                (each for each in records if each[name] == id_), key=resource.order.key
            )
        match = visible(call, resource.selected(call))
        page, pagination = paginate(records, call.query, match=match, order=resource.order)
        return {resource.plural: self.shown(call, page), "pagination": pagination}, 200

    def shown(self, call: Call, page: Sequence[Record]) -> Sequence[Record]:
        """Return records as a list has them."""
        how: dict[str, Any] = {
            "whole": call.flag("include_content"),
            "slim": call.flag("slim"),
            "include": call.included(),
        }
        return [self.resource.show(call.account, each, **how) for each in page]

    def get(self, call: Call) -> Reply:
        """Return one record."""
        return self._show(call, self.find(call), 200)

    def create(self, call: Call) -> Reply:
        """Create a record: 201; or return (200) the one that it would be a copy of."""
        parent = dict([self._parent(call)]) if self.resource.parent else {}
        values = read_fields(self.resource.fields, call.body)
        if existing := self.same(call, values):
            return self._show(call, existing, 200)
        return self._show(call, self.add(call, {**parent, **values}), 201)

    def add(self, call: Call, values: Record) -> Record:
        """Create a record from values that are valid one by one."""
        resource, account = self.resource, call.account
        resource.check(account, values, None)
        record = self._table(call).add({**values, "created_at": account.now()})
        resource.created(account, record)
        if resource.events:
            account.emit(f"{resource.one}.created", **{resource.one: record})
        return record

    def update(self, call: Call) -> Reply:
        """Change the members of a record that the request names."""
        resource, record = self.resource, self.find(call)
        values = read_fields(resource.fields, call.body, partial=True)
        if (same := self.same(call, values)) and same is not record:
            raise Rejected(422, f"{resource.unique.capitalize()} has already been taken")
        resource.check(call.account, values, record)
        record = self._table(call).change(record["id"], values)
        resource.changed(call.account, record)
        return self._show(call, record, 200)

    def delete(self, call: Call) -> Reply:
        """Delete a record: 204."""
        self.remove(call, self.find(call))
        return DELETED

    def remove(self, call: Call, record: Record) -> None:
        """Delete a record and what depends on it."""
        resource, account = self.resource, call.account
        resource.deleted(account, record)
        self._table(call).remove(record["id"])
        if resource.events:
            account.emit(f"{resource.one}.deleted", **{resource.one: record})

    def same(self, call: Call, values: Record) -> Record | None:
        """Return the record that a new one with these values would be a copy of."""
        value = values.get(self.resource.unique)
        return self._table(call).find_by(self.resource.unique, value) if value else None

    def find(self, call: Call) -> Record:
        """Return the record that the path names; raises Rejected (404)."""
        found = self._table(call).get(call.ids[-1])
        if self.resource.parent:
            name, id_ = self._parent(call)
            if found[name] != id_:
                raise not_found()
        return found

    def _show(self, call: Call, record: Record, status: int) -> Reply:
        shown = self.resource.show(call.account, record, include=call.included())
        return {self.resource.one: shown}, status

    def _table(self, call: Call) -> Table:
        table = call.account.collections.get(self.resource.stored)
        if table is None:
            raise not_found()
        return table

    def _parent(self, call: Call) -> tuple[str, int]:
        """Return the member with the id of what records belong to, and the id; raises Rejected (404)."""
        parent = self.resource.parent
        call.account.collections[parent].get(call.ids[0])
        return f"{parent.removesuffix('s')}_id", call.ids[0]
