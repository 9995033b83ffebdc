"""Token families: their scopes, and how they are revoked."""

from typing import Any

from sqlalchemy import Connection as SqlConnection
from sqlalchemy import Row, ScalarSelect, exists, select, update

from plugin_server.store.tables import (
    accounts,
    authorization_codes,
    connections,
    installations,
    token_families,
)


def merge_scopes(one: str, other: str) -> str:
    """Return every word of two scopes once, in order."""
    return " ".join(dict.fromkeys([*one.split(), *other.split()]))


def live_scope(db: SqlConnection, account_id: str, client_id: str) -> str:
    """Return the scope of an installation with a valid family; else ``""``."""
    found = db.execute(
        select(installations.c.scope)
        .join(token_families)
        .where(
            installations.c.account_id == account_id,
            installations.c.client_id == client_id,
            token_families.c.revoked_at.is_(None),
        )
    ).scalar()
    return found or ""


def lock_account(db: SqlConnection, account_id: str | ScalarSelect[str]) -> None:
    """Lock an account, so that transactions that start or end its families run one after another.

    It comes first in a transaction: what is read after it is current, and a transaction that waits for the
    account holds no other lock, so that there are no deadlocks.
    """
    locked = select(accounts.c.id).where(accounts.c.id == account_id)
    db.execute(locked.with_for_update(key_share=True))


def end_family(db: SqlConnection, family_id: int, now: int) -> tuple[str, list[Row[Any]]]:
    """Revoke a family of a locked account; return the account's id and the connections deleted with it.

    Kit's tokens are deleted with the account's last family, unless there is an unused code that can start
    another one.
    """
    family = token_families.c
    live = family.revoked_at.is_(None)
    account_id: str = db.execute(
        select(installations.c.account_id).join(token_families).where(family.id == family_id)
    ).scalar_one()
    db.execute(update(token_families).where(family.id == family_id, live).values(revoked_at=now))
    others = exists(
        select(family.id).join(installations).where(installations.c.account_id == account_id, live)
    )
    code = authorization_codes.c
    open_code = exists().where(
        code.account_id == account_id, code.used_at.is_(None), code.expires_at > now
    )
    deleted = db.execute(
        connections.delete()
        .where(connections.c.account_id == account_id, ~others, ~open_code)
        .returning(*connections.c)
    )
    return account_id, list(deleted)
