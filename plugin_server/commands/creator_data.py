"""A creator's stored data, in the database and in Redis: listing, exporting and deleting it.

Running servers also cache Kit's data in memory. That is evicted within a minute after the account is deleted,
and cannot be requested in the meantime.
"""

from datetime import UTC, datetime
from typing import Any

from plugin_server.kit.cache.shared import SharedCache
from plugin_server.observe.audit import audit
from plugin_server.store.base import Store


class UnknownAccount(Exception):
    """Nothing is stored for an account; the text says what to do."""

    def __init__(self, account_id: str) -> None:
        """Take the requested id."""
        super().__init__(
            f"Nothing is stored for an account {account_id}. `plugin-server data list` shows all accounts."
        )


class CannotDelete(Exception):
    """Something could not be deleted, so nothing was; the text says what to do."""


def table(store: Store) -> list[str]:
    """Return a heading line and a line for each creator."""
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
    """Return all stored data of a creator as JSON; times are ISO 8601, in UTC.

    Raises:
        UnknownAccount: nothing is stored for this account.
    """
    data = store.find_data(account_id=account_id)
    if not data["accounts"]:
        raise UnknownAccount(account_id)
    copies = [
        {"resource": name, "loaded_at": _moment(loaded_at)}
        for name, loaded_at in sorted(shared.list(account_id).items())
    ]
    tables = {name: [_readable(row) for row in rows] for name, rows in data.items()}
    return {**tables, "copies_of_kit_data": copies}


def delete(store: Store, shared: SharedCache, account_id: str) -> int:
    """Delete all stored data of a creator; return the number of records.

    Raises:
        UnknownAccount: nothing is stored for this account.
        CannotDelete: Redis does not respond.
    """
    if store.find_account(account_id=account_id) is None:
        raise UnknownAccount(account_id)
    if not shared.is_available():
        raise CannotDelete(
            "Redis does not respond, and has copies of the creator's data. Nothing was deleted; "
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
