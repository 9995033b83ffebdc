"""What is kept of a creator, for an operator who is asked for it: in the database and in Redis.

What a running server holds in memory beside that, its processes' own and what they share without Redis, is
a copy of Kit's data, and goes by itself within a minute after the account has gone; nobody can ask for it in
the meantime.
"""

from datetime import UTC, datetime
from typing import Any

from plugin_server.kit.cache.shared import SharedCache
from plugin_server.observe.audit import audit
from plugin_server.store.base import Store


class UnknownAccount(Exception):
    """Nothing is kept of an account; the text says what to do."""

    def __init__(self, account_id: str) -> None:
        """Take the id that was asked for."""
        super().__init__(
            f"Nothing is kept of an account {account_id}. `plugin-server data list` shows who is there."
        )


class CannotDelete(Exception):
    """Not all of it could be deleted, so nothing was; the text says what to do."""


def table(store: Store) -> list[str]:
    """Return a line for each creator, below a line of headings."""
    rows: list[tuple[str, ...]] = [("account", "last seen", "installed", "connected", "name")]
    rows += [
        (
            each.id,
            _moment(each.seen_at)[:10],
            *map(_yes, (each.installed, each.connected)),
            each.name,
        )
        for each in store.find_creators()
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]])
        for row in rows
    ]


def export(store: Store, shared: SharedCache, account_id: str) -> dict[str, Any]:
    """Return all that is kept of a creator as JSON; moments are ISO 8601, in UTC.

    Raises:
        UnknownAccount: there is nothing.
    """
    data = store.find_data(account_id=account_id)
    if not data["accounts"]:
        raise UnknownAccount(account_id)
    kept = [
        {"resource": name, "loaded_at": _moment(loaded_at)}
        for name, loaded_at in sorted(shared.list(account_id).items())
    ]
    told = {name: [_readable(row) for row in rows] for name, rows in data.items()}
    return {**told, "copies_of_kit_data": kept}


def delete(store: Store, shared: SharedCache, account_id: str) -> int:
    """Delete it; return how many records went.

    Raises:
        UnknownAccount: there is nothing.
        CannotDelete: Redis does not answer.
    """
    if store.find_account(account_id=account_id) is None:
        raise UnknownAccount(account_id)
    if not shared.is_available():
        raise CannotDelete(
            "Redis does not answer, and holds copies of the creator's data. Nothing was deleted; "
            "start Redis and try again."
        )
    count = store.delete_account(account_id=account_id)
    shared.evict(account_id)
    audit("account_deleted", account=account_id, records=count)
    return count


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _moment(value) if name.endswith("_at") and value is not None else value
        for name, value in row.items()
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _yes(value: bool) -> str:
    return "yes" if value else "no"
