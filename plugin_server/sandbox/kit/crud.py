"""The operations that every resource of the table has: list, get, create, update, delete."""

from collections.abc import Callable
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

NEEDS_OAUTH = "This resource needs OAuth and cannot be used with an API key"


@dataclass(frozen=True)
class Operations:
    """The operations of one resource."""

    resource: Resource

    def list(self, call: Call) -> Reply:
        """Return one page."""
        resource = self.resource
        records: Any = self._table(call)
        if resource.parent:
            parent = self._parent(call)
            records = sorted(
                (each for each in records if each[f"{parent[0]}_id"] == parent[1]),
                key=resource.order.key,
            )
        match = visible(call, resource.matches(call))
        page, pagination = paginate(records, call.query, match=match, order=resource.order)
        how: dict[str, Any] = {
            "whole": call.flag("include_content"),
            "slim": call.flag("slim"),
            "include": call.included(),
        }
        shown = [resource.show(call.account, each, **how) for each in page]
        return {resource.many: shown, "pagination": pagination}, 200

    def get(self, call: Call) -> Reply:
        """Return one record."""
        return self._show(call, self._find(call), 200)

    def create(self, call: Call) -> Reply:
        """Create a record: 201; or return (200) the one that it would be a copy of."""
        resource = self.resource
        more = {}
        if resource.parent:
            name, id_ = self._parent(call)
            more = {f"{name}_id": id_}
        values = read_fields(resource.fields, call.body, partial=False)
        if existing := self._same(call, values):
            return self._show(call, existing, 200)
        return self._show(call, self.add(call, {**more, **values}), 201)

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
        resource, record = self.resource, self._find(call)
        values = read_fields(resource.fields, call.body, partial=True)
        if (same := self._same(call, values)) and same is not record:
            raise Rejected(422, f"{resource.unique.capitalize()} has already been taken")
        resource.check(call.account, values, record)
        record = self._table(call).change(record["id"], values)
        resource.changed(call.account, record)
        return self._show(call, record, 200)

    def delete(self, call: Call) -> Reply:
        """Delete a record: 204."""
        self.remove(call, self._find(call))
        return DELETED

    def remove(self, call: Call, record: Record) -> None:
        """Delete a record and what depends on it."""
        resource, account = self.resource, call.account
        resource.deleted(account, record)
        self._table(call).remove(record["id"])
        if resource.events:
            account.emit(f"{resource.one}.deleted", **{resource.one: record})

    def same(self, call: Call, value: str) -> Record | None:
        """Return the record with a value of ``unique``, in any case of its letters."""
        needed = value.casefold()
        name = self.resource.unique
        found = (each for each in self._table(call) if each[name].casefold() == needed)
        return next(found, None)

    def _same(self, call: Call, values: Record) -> Record | None:
        value = values.get(self.resource.unique)
        return self.same(call, value) if value else None

    def _show(self, call: Call, record: Record, status: int) -> Reply:
        shown = self.resource.show(call.account, record, include=call.included())
        return {self.resource.one: shown}, status

    def _table(self, call: Call) -> Table:
        if self.resource.oauth_only and not call.is_oauth:
            raise Rejected(401, NEEDS_OAUTH)
        table = call.account.collections.get(self.resource.stored)
        if table is None:
            raise not_found()
        return table

    def _parent(self, call: Call) -> tuple[str, int]:
        """Return the singular and the id of what the records belong to; raises Rejected (404)."""
        parent = self.resource.parent
        if call.account.collections[parent].find(call.ids[0]) is None:
            raise not_found()
        return parent.removesuffix("s"), call.ids[0]

    def _find(self, call: Call) -> Record:
        found = self._table(call).find(call.ids[-1])
        if found is not None and self.resource.parent:
            name, id_ = self._parent(call)
            found = found if found[f"{name}_id"] == id_ else None
        if found is None:
            raise not_found()
        return found
