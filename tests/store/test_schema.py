"""Migrations and tables say the same, and an outdated database is recognised."""

import pytest
from sqlalchemy import Engine, inspect, text

from plugin_server.store.schema import (
    SchemaOutdated,
    current_revision,
    make_engine,
    require_current_schema,
    upgrade,
)
from plugin_server.store.tables import SCHEMA_REVISION


def test_an_empty_database_is_refused_with_the_command_to_run() -> None:
    with (
        make_engine("sqlite://").connect() as db,
        pytest.raises(SchemaOutdated, match="plugin-server db upgrade"),
    ):
        require_current_schema(db)


def test_the_migrations_lead_to_the_revision_that_the_code_expects(engine: Engine) -> None:
    with engine.connect() as db:
        assert current_revision(db) == SCHEMA_REVISION
        require_current_schema(db)


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    upgrade(engine)
    assert "tokens" in inspect(engine).get_table_names()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_keeps_a_write_ahead_log_and_its_foreign_keys(engine: Engine) -> None:
    with engine.connect() as db:
        assert db.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert db.execute(text("PRAGMA foreign_keys")).scalar() == 1
