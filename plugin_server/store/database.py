"""Reading and writing in transactions, and the one place where the database's failures become ours."""

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

# What is no mistake in a statement of ours, but the database that cannot do it now.
_TRANSIENT = (OperationalError, InterfaceError, InternalError, NoConnectionLeft)

# Words of SQLite's messages and PostgreSQL's SQLSTATEs, and what the operator can do.
_ADVICE = (
    (("disk is full", "53100"), "Free some space on its disk."),
    (("readonly", "25006"), "Make it writable for this server."),
    (("disk I/O error",), "Look after the disk that holds it, which may be full."),
    (("database is locked",), "Another process has kept it locked for too long."),
    (("53300", "QueuePool"), "Allow more connections there, or lower WEB_CONCURRENCY."),
)


# SQLSTATEs of a transaction that PostgreSQL ended for the sake of another: it can be tried again.
_CONFLICTS = ("40001", "40P01")


class TransactionConflict(StoreUnavailable):
    """PostgreSQL ended a transaction because of another at the same time; nothing was stored."""


T = TypeVar("T")


def retry_conflicts(store: type[T]) -> type[T]:
    """Have each public method of a store, which is one transaction, tried once more after a conflict."""
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
    """An engine of ``make_engine``, as the store uses it."""

    def __init__(self, engine: Engine) -> None:
        """Take the engine."""
        self.engine = engine
        self._on_sqlite = engine.dialect.name == "sqlite"
        # Imported by its name, because those that are not in use take some MB.
        self._dialect = import_module(f"sqlalchemy.dialects.{engine.dialect.name}")
        self._writer = engine.execution_options(write=True)
        # One statement is a transaction of its own: BEGIN and ROLLBACK would be two more journeys.
        self._reader = (
            engine if self._on_sqlite else engine.execution_options(isolation_level="AUTOCOMMIT")
        )

    def first(self, statement: Select[Any]) -> RowMapping | None:
        """Return the first row; a connection that was lost meanwhile is replaced, and asked again.

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
        """Return a look-up of the first row by the statement's parameters, for what is asked all the time.

        In a SQLite file it takes the driver's short way: to write the statement, to borrow a connection
        and to wrap the row takes twenty times as long as to look it up. What fails there is asked again on
        the usual way, which knows what the failure means.
        """
        if not self._on_sqlite or not self.engine.url.database:
            return lambda values: self._row(statement, values)
        compiled = statement.compile(dialect=self.engine.dialect)
        written, names = str(compiled), list(compiled.positiontup or ())
        # The last that was used is the next, so there are as few as look-ups at one time.
        idle: deque[DriverConnection] = deque()

        def look_up(values: dict[str, Any]) -> Sequence[Any] | None:
            try:
                try:
                    connection = idle.pop()
                except IndexError:
                    connection = self._connection_aside()
                cursor = connection.execute(written, [values[name] for name in names])
                row: Sequence[Any] | None = cursor.fetchone()
                # Else it would go on reading what was there when it began.
                cursor.close()
            except (DriverError, SQLAlchemyError):
                return self._row(statement, values)
            idle.append(connection)
            return row

        return look_up

    def _connection_aside(self) -> DriverConnection:
        """Return a connection of the driver's own, which the pool knows nothing of any more."""
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
        before_blocking()  # for others who write, too
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
        """Notice a lost connection before anything depends on it; a block cannot be repeated."""
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
    """Return what happened and what to do, for the operator; without any of the values."""
    original = getattr(error, "orig", None) or error
    reason = next(iter(str(original).splitlines()), "") or type(original).__name__
    told = f"{getattr(original, 'sqlstate', '')} {reason}"
    advice = next(
        (advice for signs, advice in _ADVICE if any(sign in told for sign in signs)),
        "Check DATABASE_URL and DATA_DIR.",
    )
    return f"The database cannot be used ({reason}). {advice}"


def _translate(error: SQLAlchemyError) -> Exception:
    """Return the error to raise: ours, or a mistake of ours as it is."""
    if getattr(getattr(error, "orig", None), "sqlstate", "") in _CONFLICTS:
        return TransactionConflict(reason=explain(error))
    return StoreUnavailable(reason=explain(error)) if isinstance(error, _TRANSIENT) else error
