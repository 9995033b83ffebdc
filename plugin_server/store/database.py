"""Transactions, prepared look-ups, and the translation of database errors to ours."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from importlib import import_module
from sqlite3 import Connection as DriverConnection
from sqlite3 import Error as DriverError
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sqlalchemy import Connection as SqlConnection
from sqlalchemy import Engine, RowMapping, Table
from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from sqlalchemy.sql import Select

from plugin_server.blocking import before_blocking
from plugin_server.errors import StoreUnavailable

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

# Errors of the database's state, not of our statements.
_TRANSIENT = (OperationalError, InterfaceError, InternalError, NoConnectionLeft)

# Words of SQLite's messages and PostgreSQL's SQLSTATEs, and what the operator can do.
_ADVICE = (
    (("disk is full", "53100"), "Free some space on its disk."),
    (("readonly", "25006"), "Make it writable for this server."),
    (("disk I/O error",), "Check its disk, which may be full."),
    (("database is locked",), "Another process has locked it for too long."),
    (("53300", "QueuePool"), "Allow more connections there, or lower WEB_CONCURRENCY."),
)


# SQLSTATEs of a transaction that PostgreSQL rolled back because of another one: it can be retried.
_CONFLICTS = ("40001", "40P01")


class TransactionConflict(StoreUnavailable):
    """PostgreSQL rolled a transaction back because of a concurrent one; nothing was stored."""


T = TypeVar("T")


def retry_conflicts(store: type[T]) -> type[T]:
    """Make each public method of a store, which is one transaction, retry once after a conflict."""
    for name, method in vars(store).copy().items():
        if callable(method) and not name.startswith("_"):
            setattr(store, name, _retry_once(method))
    return store


def _retry_once(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(*arguments: Any, **named: Any) -> Any:
        try:
            return method(*arguments, **named)
        except TransactionConflict:
            return method(*arguments, **named)

    return call


class Database:
    """The store's access to an engine of ``make_engine``."""

    def __init__(self, engine: Engine) -> None:
        """Take the engine."""
        self.engine = engine
        self._on_sqlite = engine.dialect.name == "sqlite"
        # Imported by name, because dialects that are not in use would take some MB.
        self._dialect = import_module(f"sqlalchemy.dialects.{engine.dialect.name}")
        self._writer = engine.execution_options(write=True)
        # A single statement is a transaction of its own: BEGIN and ROLLBACK would be two more round trips.
        self._reader = (
            engine if self._on_sqlite else engine.execution_options(isolation_level="AUTOCOMMIT")
        )

    def first(self, statement: Select[Any]) -> RowMapping | None:
        """Return the first row; retries on another connection if this one was lost.

        Raises:
            StoreUnavailable: 503.
        """
        try:
            return self._first(statement)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise _translate(error) from error
        except SQLAlchemyError as error:
            raise _translate(error) from error
        with self.read() as db:
            return db.execute(statement).mappings().first()

    def _first(self, statement: Select[Any]) -> RowMapping | None:
        self._before_blocking()
        with self._reader.connect() as db:
            return db.execute(statement).mappings().first()

    def prepare(self, statement: Select[Any]) -> Callable[[dict[str, Any]], Sequence[Any] | None]:
        """Return a fast look-up of the first row by the statement's parameters, for every request.

        With a SQLite file it uses the driver directly: compiling the statement, borrowing a connection and
        wrapping the row take twenty times as long as the look-up itself. If that fails, it is repeated with
        SQLAlchemy, whose errors can be translated.
        """
        if not self._on_sqlite or not self.engine.url.database:
            return lambda values: self._row(statement, values)
        compiled = statement.compile(dialect=self.engine.dialect)
        written, names = str(compiled), list(compiled.positiontup or ())
        # The one used last is used next, so there are no more than concurrent look-ups.
        idle: deque[DriverConnection] = deque()

        def look_up(values: dict[str, Any]) -> Sequence[Any] | None:
            try:
                try:
                    connection = idle.pop()
                except IndexError:
                    connection = self._detached_connection()
                cursor = connection.execute(written, [values[name] for name in names])
                row: Sequence[Any] | None = cursor.fetchone()
                # Otherwise the connection would stay in its read transaction and miss later writes.
                cursor.close()
            except (DriverError, SQLAlchemyError):
                return self._row(statement, values)
            idle.append(connection)
            return row

        return look_up

    def _detached_connection(self) -> DriverConnection:
        """Return a connection of the driver that is not in the pool any more."""
        pooled = self.engine.raw_connection()
        connection = cast(DriverConnection, pooled.driver_connection)
        pooled.detach()
        return connection

    def _row(self, statement: Select[Any], values: dict[str, Any]) -> Sequence[Any] | None:
        found = self.first(statement.params(values))
        return None if found is None else tuple(found.values())

    @contextmanager
    def read(self) -> Iterator[SqlConnection]:
        """Open a connection for several statements that read.

        Raises:
            StoreUnavailable: 503.
        """
        self._before_blocking()
        try:
            with self._reader.connect() as db:
                self._replace_if_lost(db)
                yield db
        except SQLAlchemyError as error:
            raise _translate(error) from error

    @contextmanager
    def write(self) -> Iterator[SqlConnection]:
        """Open a transaction that is committed at the end, unless the block raises.

        Raises:
            StoreUnavailable: 503; nothing of the block was stored.
        """
        before_blocking()  # also for other writers' locks
        try:
            with self._writer.connect() as db:
                self._replace_if_lost(db)
                with db.begin():
                    yield db
        except SQLAlchemyError as error:
            raise _translate(error) from error

    def _before_blocking(self) -> None:
        if not self._on_sqlite:
            before_blocking()

    def _replace_if_lost(self, db: SqlConnection) -> None:
        """Replace a lost connection before the block runs, which cannot be repeated."""
        if self._on_sqlite:
            return
        try:
            db.exec_driver_sql("SELECT 1")
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        db.rollback()

    def insert(self, table: Table) -> "sqlite.Insert | postgresql.Insert":
        """Return the dialect's own INSERT, the only one that knows ON CONFLICT."""
        statement: sqlite.Insert | postgresql.Insert = self._dialect.insert(table)
        return statement


def explain(error: SQLAlchemyError) -> str:
    """Return what happened and what to do, for the operator; without values of the statement."""
    original = getattr(error, "orig", None) or error
    reason = next(iter(str(original).splitlines()), "") or type(original).__name__
    message = f"{getattr(original, 'sqlstate', '')} {reason}"
    advice = next(
        (advice for signs, advice in _ADVICE if any(sign in message for sign in signs)),
        "Check DATABASE_URL and DATA_DIR.",
    )
    return f"The database cannot be used ({reason}). {advice}"


def _translate(error: SQLAlchemyError) -> Exception:
    """Return the error to raise: ours, or a bug in our statement unchanged."""
    if getattr(getattr(error, "orig", None), "sqlstate", "") in _CONFLICTS:
        return TransactionConflict(reason=explain(error))
    return StoreUnavailable(reason=explain(error)) if isinstance(error, _TRANSIENT) else error
