"""Every test of the store runs on SQLite and on PostgreSQL."""

from pathlib import Path

import pytest
from sqlalchemy import text
from support.databases.postgres import PostgresServer, for_sqlalchemy
from support.databases.stored import ADA, CONNECTION, NOW, code, pair

from plugin_server.store.base import Store
from plugin_server.store.schema import make_engine, upgrade
from plugin_server.store.tables import metadata


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database whose schema is current."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    url: str = request.getfixturevalue("emptied_postgres")
    return url


@pytest.fixture(scope="session")
def kept_postgres(postgres: PostgresServer) -> str:
    """One database for all tests, because making one takes longer than most of them."""
    url = for_sqlalchemy(postgres.create())
    engine = make_engine(url)
    upgrade(engine)
    engine.dispose()
    return url


@pytest.fixture
def emptied_postgres(kept_postgres: str) -> str:
    engine = make_engine(kept_postgres)
    with engine.begin() as db:
        db.execute(text(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY"))
    engine.dispose()
    return kept_postgres


@pytest.fixture
def installed(store: Store) -> Store:
    """A store with one installation whose first tokens are called ``1``."""
    store.save_account(ADA)
    store.save_connection(CONNECTION)
    store.save_code(code())
    assert store.consume_code(digest="code", token=pair("1"), now=NOW)
    return store
