"""Statements that several methods of the store share."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection as SqlConnection
from sqlalchemy import Table
from sqlalchemy.sql import Insert

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite


def changed_one(db: SqlConnection, statement: Any) -> bool:
    """Execute a statement; return whether it changed exactly one row."""
    return bool(db.execute(statement).rowcount == 1)


def insert_returning_id(db: SqlConnection, table: Table, **values: Any) -> int:
    """Insert a row; return its id."""
    return int(db.execute(table.insert().values(values).returning(table.c.id)).scalar_one())


def or_update(
    statement: "sqlite.Insert | postgresql.Insert", *conflict: Any, **values: Any
) -> Insert:
    """Return an insert that updates these values where the columns of ``conflict`` exist already."""
    return statement.on_conflict_do_update(index_elements=list(conflict), set_=values)
