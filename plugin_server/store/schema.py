"""The database's engine, the check of its schema, and its upgrade."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    create_engine,
    event,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.engine import make_url

from plugin_server.config.startup import CannotStart
from plugin_server.observe import metrics
from plugin_server.store.tables import SCHEMA_REVISION, schema_compatibility

# Seconds for which a request waits for another writer on SQLite, and for a connection of the pool.
_BUSY_SECONDS = 10
_POOL_SECONDS = 10
# With these libpq notices a server that disappeared: seconds, the last one milliseconds.
_KEEPALIVE = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
# In the URL, as psycopg names it: "none" has nothing prepared, for a pooler that lends another connection
# to each transaction. Else look-ups are, which saves PostgreSQL three quarters of the work.
_PREPARE = "prepare_threshold"
# Any number that no other program locks in the database.
_MIGRATION_LOCK = 4_071_977


class SchemaOutdated(Exception):
    """The database is not at this version's schema; the text names the command to run."""


def make_engine(url: str, *, pool_size: int = 5) -> Engine:
    """Return an engine whose write transactions never deadlock on SQLite.

    Its errors show no values: those of a statement can be digests and names.

    Args:
        url: SQLAlchemy URL; a SQLite file's folder must exist.
        pool_size: connections at most; a thread that needs one more waits for it.
    """
    parsed = make_url(url)
    # No overflow: the operator has set PostgreSQL's max_connections to what all pools need.
    pool: dict[str, Any] = {
        "pool_size": pool_size,
        "max_overflow": 0,
        "pool_timeout": _POOL_SECONDS,
    }
    if parsed.get_backend_name() != "sqlite":
        options: dict[str, Any] = {
            name: value for name, value in _KEEPALIVE.items() if name not in parsed.query
        }
        if parsed.query.get(_PREPARE) == "none":
            options[_PREPARE] = None
        # Without pre-ping, which would be one more round trip of every request; see database.py.
        # READ COMMITTED whatever the server's default is: after a lock, the newest rows must be read.
        return create_engine(
            parsed,
            hide_parameters=True,
            connect_args=options,
            isolation_level="READ COMMITTED",
            **pool,
        )
    if parsed.database in (None, "", ":memory:"):
        pool = {}
    engine = create_engine(
        parsed, hide_parameters=True, connect_args={"timeout": _BUSY_SECONDS}, **pool
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def count_connections(engine: Engine) -> None:
    """Count an engine's connections in use in the metrics of this process."""
    in_use = metrics.POOL.labels(engine.dialect.name)
    event.listen(engine, "checkout", lambda *_: in_use.inc())
    event.listen(engine, "checkin", lambda *_: in_use.dec())  # codespell:ignore checkin
    event.listen(engine, "detach", lambda *_: in_use.dec())


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transactions start late and as readers; ours start in _begin_sqlite.
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    # A transaction that reads first and writes later fails at once, whatever the timeout, if another one
    # has written in between: so writers take the write lock at the start. Readers need none.
    if connection.get_execution_options().get("write"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _create_private_file(engine: Engine) -> None:
    """Create a SQLite file that only its owner can read, before anything is written to it.

    Raises:
        CannotStart: the file cannot be created.
    """
    path = engine.url.database
    if engine.dialect.name == "sqlite" and path and path != ":memory:":
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise CannotStart(
                f"The database cannot be used ({error}). Check DATABASE_URL and DATA_DIR."
            ) from error


def current_revision(db: Connection) -> str | None:
    """Return the revision that the database is at; ``None`` for an empty one.

    Read without Alembic, whose import alone costs more than everything else at start.
    """
    if not inspect(db).has_table("alembic_version"):
        return None
    return db.execute(text("SELECT version_num FROM alembic_version")).scalar()


def require_current_schema(db: Connection) -> None:
    """Return if this version can run on the schema: its own, or a newer one that allows it.

    So the database can be upgraded first, and then the servers replaced one after another.

    Raises:
        SchemaOutdated: it is older, absent, or too new.
        sqlalchemy.exc.SQLAlchemyError: the database does not respond.
    """
    found = current_revision(db)
    if found == SCHEMA_REVISION:
        return
    if found is None or found < SCHEMA_REVISION:
        raise SchemaOutdated(
            f"The database is at schema {found or 'none'}, this version needs {SCHEMA_REVISION}: "
            "run `plugin-server db upgrade`."
        )
    oldest = db.execute(select(schema_compatibility.c.oldest)).scalar_one()
    if oldest > SCHEMA_REVISION:
        raise SchemaOutdated(
            f"The database is at schema {found}, which servers of schema {oldest} and newer can use; "
            f"this one is of {SCHEMA_REVISION}: install the newer version."
        )


def upgrade(engine: Engine) -> None:
    """Upgrade the schema, unless it is current, or newer and allows this version.

    Raises:
        SchemaOutdated: it is too new.
    """
    _create_private_file(engine)
    with engine.connect() as db:
        found = current_revision(db)
        if found is not None and found >= SCHEMA_REVISION:
            require_current_schema(db)
            return
    # Alembic is needed only here, and its import would slow every start.
    from alembic import command

    with migrating(engine) as config:
        command.upgrade(config, "head")


@contextmanager
def migrating(engine: Engine) -> Iterator[Any]:
    """Yield the configuration for Alembic's commands, in one transaction: a migration is all or nothing.

    Of several concurrent upgrades one runs, and the others then find the schema current.
    """
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    writer = engine.execution_options(write=True)
    with writer.connect() as db, _foreign_keys_off(db), db.begin():
        if engine.dialect.name != "sqlite":
            db.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        config.attributes["connection"] = db
        yield config


@contextmanager
def _foreign_keys_off(db: Connection) -> Iterator[None]:
    """Turn SQLite's foreign keys off inside the block.

    Alembic changes a table of SQLite by copying it, and dropping the old one would delete the rows that
    refer to it. The pragma has no effect inside a transaction.
    """
    if db.dialect.name != "sqlite":
        yield
        return
    driver: Any = db.connection.driver_connection
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys = ON")
