"""All stored records of one creator: finding, exporting and deleting them."""

from typing import Any

from sqlalchemy import Column, ColumnElement, LargeBinary, Table, func, select
from sqlalchemy import Connection as SqlConnection

from plugin_server.store.records import Creator
from plugin_server.store.tables import (
    accounts,
    authorization_codes,
    connections,
    installations,
    refresh_leases,
    token_families,
    tokens,
    webhook_endpoints,
)

NOT_SHOWN = "kept, not shown"
# Columns that could be used as a token, or to guess one.
_SECRET = {"access_digest", "refresh_digest", "digest", "code_challenge", "key_digest", "owner"}


def find_creators(db: SqlConnection) -> list[Creator]:
    """Return every creator, by id; see ``Store.find_creators``."""
    live = (
        select(installations.c.account_id, func.count().label("families"))
        .join(token_families)
        .where(token_families.c.revoked_at.is_(None))
        .group_by(installations.c.account_id)
        .subquery()
    )
    connected = connections.c.account_id.is_not(None) & connections.c.ended_at.is_(None)
    statement = (
        select(
            accounts.c.id,
            accounts.c.name,
            accounts.c.seen_at,
            live.c.families.is_not(None).label("installed"),
            connected.label("connected"),
        )
        .join_from(accounts, live, live.c.account_id == accounts.c.id, isouter=True)
        .join(connections, connections.c.account_id == accounts.c.id, isouter=True)
        .order_by(accounts.c.id)
    )
    return [
        Creator(row.id, row.name, row.seen_at, bool(row.installed), bool(row.connected))
        for row in db.execute(statement)
    ]


def find_data(db: SqlConnection, account_id: str) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of a creator by table; see ``Store.find_data``."""
    return {
        table.name: [
            {
                column.name: NOT_SHOWN if _is_secret(column) and value is not None else value
                for column, value in zip(table.columns, row, strict=True)
            }
            for row in db.execute(select(table).where(condition))
        ]
        for table, condition in _rows_of_account(account_id)
    }


def delete(db: SqlConnection, account_id: str) -> int:
    """Delete the rows of a locked account; see ``Store.delete_account``."""
    return sum(
        db.execute(table.delete().where(condition)).rowcount
        for table, condition in reversed(_rows_of_account(account_id))
    )


def _rows_of_account(account_id: str) -> list[tuple[Table, ColumnElement[bool]]]:
    """Return each table with the condition for the creator's rows; referenced tables come first."""
    its_installations = select(installations.c.id).where(installations.c.account_id == account_id)
    in_them = token_families.c.installation_id.in_(its_installations)
    its_families = select(token_families.c.id).where(in_them)
    return [
        (accounts, accounts.c.id == account_id),
        (connections, connections.c.account_id == account_id),
        (webhook_endpoints, webhook_endpoints.c.account_id == account_id),
        (refresh_leases, refresh_leases.c.account_id == account_id),
        (installations, installations.c.account_id == account_id),
        (token_families, in_them),
        (tokens, tokens.c.family_id.in_(its_families)),
        (authorization_codes, authorization_codes.c.account_id == account_id),
    ]


def _is_secret(column: Column[Any]) -> bool:
    return isinstance(column.type, LargeBinary) or column.name in _SECRET
