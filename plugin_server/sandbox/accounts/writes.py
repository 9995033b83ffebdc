"""Changes of an account's records: by the operations of Kit's API where they exist, and else by hand.

Either way the change is delivered to webhooks, and stored, and shows in every list and number.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from plugin_server.sandbox.accounts.kinds import PRODUCTS, Kind
from plugin_server.sandbox.kit.account_files import put_record
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.api import OPERATIONS
from plugin_server.sandbox.kit.broadcasts import settle
from plugin_server.sandbox.kit.calls import Call, Reply
from plugin_server.sandbox.kit.context import sandbox
from plugin_server.sandbox.kit.crud import Operations
from plugin_server.sandbox.kit.fields import read_fields
from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.rejection import Rejected
from plugin_server.sandbox.kit.subscriber_records import SUBSCRIBERS, delete_subscriber, set_state

_OPERATIONS = {(each.method, each.path): each for each in OPERATIONS}


@contextmanager
def changing(account: Account) -> Iterator[None]:
    """Lock an account for a change, which is then delivered and stored, as after a request to Kit's API.

    A change that is refused is not one, but what has become due before it is delivered.
    """
    with account.lock:
        settle(account)
        try:
            yield
        finally:
            sandbox().webhooks.flush(account)
        sandbox().changed(account)


def perform(
    account: Account,
    method: str,
    path: str,
    *ids: int,
    body: Record | None = None,
    is_oauth: bool = True,
) -> Reply:
    """Do an operation of Kit's API as a request does, whatever the account's plan; raises Rejected."""
    call = Call(account, ids, {}, body or {}, is_oauth)
    with changing(account):
        return _OPERATIONS[method, path].handle(call)


def create(account: Account, kind: Kind, body: Record) -> int:
    """Create a record and return its id; raises Rejected with Kit's sentences."""
    if ("POST", kind.path) not in _OPERATIONS:
        return _put_by_hand(account, kind, None, body)
    ids = _parent(account, kind, body)
    with changing(account):
        reply, _ = perform(account, "POST", kind.path, *ids, body=body)
        return int(reply[kind.resource.one]["id"])


def update(account: Account, kind: Kind, record: Record, body: Record) -> None:
    """Change a record; raises Rejected with Kit's sentences."""
    if kind.resource is PRODUCTS:
        _update_product(account, kind, record, body)
    elif kind.resource is SUBSCRIBERS:
        _update_subscriber(account, kind, record, body)
    elif ("PUT", f"{kind.path}/{{id}}") in _OPERATIONS:
        ids = [record[f"{kind.resource.parent[:-1]}_id"]] if kind.resource.parent else []
        perform(account, "PUT", f"{kind.path}/{{id}}", *ids, record["id"], body=body)
    else:
        _put_by_hand(account, kind, record, body)


def delete(account: Account, kind: Kind, record: Record) -> None:
    """Delete a record; raises Rejected with Kit's sentences."""
    with changing(account):
        if kind.resource is SUBSCRIBERS:
            delete_subscriber(account, record)
            return
        call = Call(account, (record["id"],), {}, {}, is_oauth=True)
        Operations(kind.resource).remove(call, record)


def link(account: Account, name: str, parent: int, subscriber: int, *, linked: bool) -> None:
    """Put a subscriber in a tag, form or sequence, or take one out of a tag; raises Rejected."""
    method = "POST" if linked else "DELETE"
    perform(account, method, f"{name}/{{id}}/subscribers/{{id}}", parent, subscriber)


def _parent(account: Account, kind: Kind, body: Record) -> tuple[int, ...]:
    """Return the ids of what a new record belongs to, which its form names."""
    if not kind.resource.parent:
        return ()
    name = f"{kind.resource.parent[:-1]}_id"
    given = read_fields({name: kind.fields(new=True)[name]}, body, partial=False)[name]
    if account.collections[kind.resource.parent].find(given) is None:
        raise Rejected(422, f"{name} is not one of the account's {kind.resource.parent}")
    return (given,)


def _put_by_hand(account: Account, kind: Kind, record: Record | None, body: Record) -> int:
    new = record is None
    values = read_fields(kind.fields(new=new), body, partial=not new)
    table = account.collections.get(kind.name)
    if table is None:
        raise Rejected(422, f"This account has no {kind.title.lower()}, as in Kit's older API")
    with changing(account):
        stored: Record = {**(record or {}), **values}
        kind.complete(account, stored)
        stored.setdefault("id", table[0]["id"] + 1 if table else 1)
        return int(put_record(account, kind.name, stored)["id"])


def _update_subscriber(account: Account, kind: Kind, record: Record, body: Record) -> None:
    given = {name: value for name, value in body.items() if name != "state"}
    states = {"state": kind.resource.fields["state"]}
    state = read_fields(states, body, partial=True).get("state")
    with changing(account):
        perform(account, "PUT", "subscribers/{id}", record["id"], body=given)
        if state is not None:
            set_state(account, record, state)


def _update_product(account: Account, kind: Kind, product: Record, body: Record) -> None:
    values: dict[str, Any] = read_fields(kind.fields(new=False), body, partial=True)
    with changing(account):
        table = account.collections["purchases"]
        for purchase in table:
            lines = purchase["products"]
            if any(line["pid"] == product["pid"] for line in lines):
                changed = [
                    {**each, **values} if each["pid"] == product["pid"] else each for each in lines
                ]
                table.change(purchase["id"], {"products": changed})
