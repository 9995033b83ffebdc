"""Kit's tokens in the database: encrypted when they are written, decrypted when they are read."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection as SqlConnection
from sqlalchemy import Row, bindparam, select

from plugin_server.store.encryption import Cipher, DecryptionError
from plugin_server.store.records import Connection
from plugin_server.store.tables import connections

log = logging.getLogger(__name__)

# The connection of an account, by ``account_id``.
CONNECTION = select(connections).where(connections.c.account_id == bindparam("account_id"))


def to_columns(connection: Connection, cipher: Cipher) -> dict[str, Any]:
    """Return the columns of a connection, without its account and version."""
    owner = connection.account_id
    return {
        "access_token": cipher.encrypt(connection.access_token, owner=owner),
        "refresh_token": cipher.encrypt(connection.refresh_token, owner=owner),
        "expires_at": connection.expires_at,
        "scope": connection.scope,
        "saved_at": connection.saved_at,
        "ended_at": connection.ended_at,
    }


def from_row(row: Mapping[str, Any], cipher: Cipher) -> Connection:
    """Return the connection of a row.

    Raises:
        DecryptionError: the key that encrypted it is missing.
    """
    owner = row["account_id"]
    tokens = {
        name: cipher.decrypt(row[name], owner=owner) for name in ("access_token", "refresh_token")
    }
    return Connection(**{**row, **tokens})


def lock(db: SqlConnection, account_id: str) -> list[Row[Any]]:
    """Lock and return the rows of an account until the transaction ends."""
    locked = select(connections).where(connections.c.account_id == account_id).with_for_update()
    return list(db.execute(locked))


def deleted_connections(rows: Iterable[Row[Any]], cipher: Cipher) -> Iterator[Connection]:
    """Yield the connections of deleted rows; one that cannot be decrypted is logged and left out."""
    for row in rows:
        try:
            yield from_row(row._asdict(), cipher)
        except DecryptionError as error:
            log.error("The deleted connection of account %s: %s", row.account_id, error)
