"""Every migration goes up, down and up with data in it, and older servers run on what they make."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, Text, select, text, update
from support.databases.postgres import PostgresServer, for_sqlalchemy
from support.databases.statements import KEYS, NOW, live, record, replay

from plugin_server import store as store_package
from plugin_server.store.encryption import Cipher
from plugin_server.store.schema import (
    SchemaOutdated,
    current_revision,
    make_engine,
    migrating,
    upgrade,
)
from plugin_server.store.sql import SqlStore
from plugin_server.store.tables import SCHEMA_REVISION, schema_compatibility

MIGRATIONS = Path(store_package.__file__).parent / "migrations"
REVISIONS = sorted(script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions())


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database in which nothing is."""
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        url = for_sqlalchemy(server.create())
    engine = make_engine(url)
    yield engine
    engine.dispose()


def move(engine: Engine, revision: str) -> None:
    """Bring a database to a revision, up or down."""
    with migrating(engine) as config:
        down = revision == "base" or (current(engine) or "") > revision
        (command.downgrade if down else command.upgrade)(config, revision)


def current(engine: Engine) -> str | None:
    with engine.connect() as db:
        return current_revision(db)


def contents(engine: Engine) -> dict[str, list[str]]:
    """Return every row of every table, as they are now."""
    found = MetaData()
    found.reflect(engine)
    with engine.connect() as db:
        return {
            name: sorted(map(str, db.execute(select(table))))
            for name, table in found.tables.items()
        }


def test_revisions_are_numbered_so_that_they_can_be_compared() -> None:
    assert [f"{number:04}" for number in range(1, len(REVISIONS) + 1)] == REVISIONS
    assert REVISIONS[-1] == SCHEMA_REVISION


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_migration_goes_up_down_and_up_and_keeps_the_data(empty: Engine, revision: str) -> None:
    before = REVISIONS[: REVISIONS.index(revision)]
    for earlier in before:
        move(empty, earlier)
    if not before:
        move(empty, revision)
        move(empty, "base")
        assert contents(empty) == {"alembic_version": []}
        move(empty, revision)
        assert current(empty) == revision
        return
    replay(empty, before[-1])
    kept = contents(empty)
    move(empty, revision)
    move(empty, before[-1])
    assert contents(empty) == kept
    move(empty, revision)
    upgrade(empty)
    store = SqlStore(empty, Cipher(KEYS))
    assert store.find_token(access_digest="access-kept", now=NOW)
    assert store.find_code(digest="open")
    connection = store.find_connection(account_id="26")
    assert connection is not None
    assert connection.refresh_token == "refresh"


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_the_statements_of_an_older_server_run_on_the_newest_schema(
    empty: Engine, revision: str
) -> None:
    upgrade(empty)
    with empty.connect() as db:
        oldest = db.execute(select(schema_compatibility.c.oldest)).scalar_one()
    if revision >= oldest:
        replay(empty, revision)
        assert SqlStore(empty, Cipher(KEYS)).find_token(access_digest="access-kept", now=NOW)


def test_what_the_store_says_today_can_be_recorded_for_tomorrow(
    empty: Engine, tmp_path: Path
) -> None:
    path = record(empty, tmp_path)
    assert path.name == f"{SCHEMA_REVISION}.{empty.dialect.name}.json"
    move(empty, "base")
    move(empty, SCHEMA_REVISION)
    replay(empty, SCHEMA_REVISION, tmp_path)


def test_alembic_finds_nothing_to_migrate(engine: Engine) -> None:
    with migrating(engine) as config:
        command.check(config)


class TestNewerSchemas:
    """A server meets a schema that was made after it."""

    @pytest.fixture
    def newer(self, empty: Engine) -> Engine:
        upgrade(empty)
        with empty.begin() as db:
            db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        return empty

    def test_it_runs_on_one_that_allows_it(self, newer: Engine) -> None:
        with newer.begin() as db:
            db.execute(update(schema_compatibility).values(oldest=SCHEMA_REVISION))
        SqlStore(newer, Cipher(KEYS)).ping()
        upgrade(newer)
        assert current(newer) == "9999"

    def test_it_refuses_one_that_has_left_it_behind(self, newer: Engine) -> None:
        with newer.begin() as db:
            db.execute(update(schema_compatibility).values(oldest="9998"))
        with pytest.raises(SchemaOutdated, match="install the newer version"):
            SqlStore(newer, Cipher(KEYS)).ping()
        with pytest.raises(SchemaOutdated, match="9998"):
            upgrade(newer)


def test_of_several_who_upgrade_at_once_each_finds_it_done(empty: Engine) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: upgrade(empty), range(4)))
    assert current(empty) == SCHEMA_REVISION


def test_a_migration_that_fails_leaves_the_schema_as_it_was(empty: Engine) -> None:
    move(empty, REVISIONS[0])
    before = contents(empty)

    def fail_midway() -> None:
        with migrating(empty) as config:
            command.upgrade(config, "head")
            raise RuntimeError("the machine stops here")

    with pytest.raises(RuntimeError):
        fail_midway()
    assert contents(empty) == before


def test_a_table_that_is_copied_to_be_changed_keeps_what_refers_to_it(empty: Engine) -> None:
    upgrade(empty)
    live(SqlStore(empty, Cipher(KEYS)))
    with migrating(empty) as config:
        operations = Operations(MigrationContext.configure(config.attributes["connection"]))
        with operations.batch_alter_table("accounts") as batch:
            batch.alter_column("name", existing_type=Text(), nullable=True)
    assert SqlStore(empty, Cipher(KEYS)).find_token(access_digest="access-kept", now=NOW)
