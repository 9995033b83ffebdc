"""A PgBouncer in front that lends a connection for one transaction at a time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine
from support.databases.pgbouncer import pooled, running_pgbouncer
from support.databases.postgres import PostgresServer, for_sqlalchemy, running_postgres
from support.databases.statements import KEYS, NOW
from support.servers.installing import install_directly
from support.waiting import wait_until

from plugin_server.errors import StoreUnavailable
from plugin_server.store.encryption import Cipher
from plugin_server.store.records import NewToken, Token, digest
from plugin_server.store.schema import current_revision, make_engine, upgrade
from plugin_server.store.sql import SqlStore
from plugin_server.store.tables import SCHEMA_REVISION

pytestmark = [pytest.mark.postgres, pytest.mark.pgbouncer]
# Threads, and the connections for all of them, so that hardly any gets the same one twice.
THREADS, LENT = 12, 3
GRACE = 60


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL of its own, because it is stopped."""
    with running_postgres() as postgres, running_pgbouncer(postgres, LENT):
        yield postgres


@pytest.fixture
def engine(server: PostgresServer) -> Iterator[Engine]:
    """An empty database behind it."""
    url = f"{pooled(for_sqlalchemy(server.create()))}&prepare_threshold=none"
    engine = make_engine(url, pool_size=THREADS)
    yield engine
    engine.dispose()


def refreshed(store: SqlStore, token: dict[str, str], number: int) -> Token | None:
    successor = NewToken(f"access-{number}", f"refresh-{number}", "read:posts", NOW, NOW + 1000)
    return store.consume_refresh_token(
        refresh_digest=digest(token["refresh_token"]), successor=successor, now=NOW, grace=GRACE
    )


def test_several_who_upgrade_at_once_through_it(engine: Engine) -> None:
    barrier = Barrier(LENT)

    def run(_: int) -> None:
        barrier.wait()
        upgrade(engine)

    with ThreadPoolExecutor(LENT) as pool:
        list(pool.map(run, range(LENT)))
    with engine.connect() as db:
        assert current_revision(db) == SCHEMA_REVISION


def test_threads_that_take_turns_at_its_connections(engine: Engine) -> None:
    upgrade(engine)
    store = SqlStore(engine, Cipher(KEYS))

    def use(number: int) -> tuple[bool, bool, bool]:
        token = install_directly(store, str(number), "kit-token")
        known = [
            store.find_token(access_digest=digest(token["access_token"]), now=NOW) is not None
            for _ in range(20)
        ]
        connected = store.find_connection(account_id=str(number)) is not None
        return all(known), connected, refreshed(store, token, number) is not None

    with ThreadPoolExecutor(THREADS) as pool:
        assert set(pool.map(use, range(5 * THREADS))) == {(True, True, True)}


def test_it_may_lose_its_database(server: PostgresServer, engine: Engine) -> None:
    upgrade(engine)
    store = SqlStore(engine, Cipher(KEYS))
    token = install_directly(store, "26", "kit-token")
    look_up = digest(token["access_token"])
    assert store.find_token(access_digest=look_up, now=NOW)
    server.stop()
    with pytest.raises(StoreUnavailable):
        store.find_token(access_digest=look_up, now=NOW)

    def is_known() -> bool:
        try:
            return store.find_token(access_digest=look_up, now=NOW) is not None
        except StoreUnavailable:  # PgBouncer has not noticed yet
            return False

    server.start()
    wait_until(is_known)
    assert refreshed(store, token, 1)
