"""A database that is full, may only be read, or has gone: a clear error, and nothing is lost."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from support.databases.postgres import for_sqlalchemy, running_postgres
from support.databases.statements import KEYS, NOW, live

from plugin_server.errors import StoreUnavailable
from plugin_server.store.encryption import Cipher
from plugin_server.store.records import Account, NewToken
from plugin_server.store.schema import make_engine, upgrade
from plugin_server.store.sql import SqlStore


def rotate(store: SqlStore) -> Any:
    successor = NewToken("access-new", "refresh-new", "read:posts", NOW, NOW + 1000)
    return store.consume_refresh_token(
        refresh_digest="refresh-kept", successor=successor, now=NOW, grace=60
    )


def test_a_full_disk_loses_nothing_and_is_left_behind_by_itself(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'test.db'}", pool_size=1)
    upgrade(engine)
    store = SqlStore(engine, Cipher(KEYS))
    live(store)
    with engine.connect() as db:
        pages = db.execute(text("PRAGMA page_count")).scalar_one()
        db.execute(text(f"PRAGMA max_page_count = {pages}"))

    def fill_up() -> None:
        for number in range(100):
            store.save_account(Account(str(number), "x" * 10_000))

    with pytest.raises(StoreUnavailable) as refused:
        fill_up()
    assert "Free some space" in refused.value.reason
    assert "x" * 100 not in refused.value.reason
    assert store.find_token(access_digest="access-kept", now=NOW)
    with engine.connect() as db:
        db.execute(text("PRAGMA max_page_count = 1000000"))
    assert rotate(store)
    engine.dispose()


def test_a_file_that_may_only_be_read_serves_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    engine = make_engine(f"sqlite:///{path}")
    upgrade(engine)
    live(SqlStore(engine, Cipher(KEYS)))
    engine.dispose()
    only_read = make_engine(f"sqlite:///file:{path}?mode=ro&uri=true")
    store = SqlStore(only_read, Cipher(KEYS))
    assert store.find_token(access_digest="access-kept", now=NOW)
    with pytest.raises(StoreUnavailable) as refused:
        rotate(store)
    assert "Make it writable" in refused.value.reason
    only_read.dispose()
    assert rotate(SqlStore(engine, Cipher(KEYS)))
    engine.dispose()


class TestPostgres:
    def test_a_rush_opens_no_more_connections_than_the_pool_has(self, kept_postgres: str) -> None:
        engine = make_engine(kept_postgres, pool_size=2)
        opened: list[object] = []
        event.listen(engine, "connect", lambda connection, _: opened.append(connection))
        waiting = Barrier(9)

        def look(_: int) -> object:
            waiting.wait()
            with engine.connect() as db:
                return db.execute(text("SELECT pg_sleep(0.01)")).all()

        with ThreadPoolExecutor(8) as threads:
            found = threads.map(look, range(8))
            held = [engine.connect() for _ in range(2)]
            waiting.wait()
            for connection in held:
                connection.close()
            assert len(list(found)) == 8
        assert len(opened) == 2
        engine.dispose()

    def test_a_database_that_may_only_be_read(self, kept_postgres: str) -> None:
        engine = make_engine(f"{kept_postgres}&options=-c%20default_transaction_read_only%3Don")
        store = SqlStore(engine, Cipher(KEYS))
        assert store.find_account(account_id="unknown") is None
        with pytest.raises(StoreUnavailable, match="cannot reach") as refused:
            store.save_account(Account("1", "Ada"))
        assert "Make it writable" in refused.value.reason
        engine.dispose()

    @pytest.mark.parametrize("level", ["read committed", "repeatable read", "serializable"])
    def test_refreshes_at_one_time_succeed_whatever_the_servers_isolation_level(
        self, emptied_postgres: str, level: str
    ) -> None:
        option = f"-c default_transaction_isolation={level.replace(' ', chr(92) + ' ')}"
        url = make_url(emptied_postgres).update_query_dict({"options": option})
        engine = make_engine(url.render_as_string(hide_password=False), pool_size=16)
        store = SqlStore(engine, Cipher(KEYS))
        live(store)
        with ThreadPoolExecutor(16) as pool:
            kept = list(pool.map(lambda _: rotate(store), range(80)))
        assert len(kept) == 80
        assert None not in kept
        engine.dispose()

    def test_a_transaction_that_another_has_ended_is_tried_once_more(
        self, emptied_postgres: str
    ) -> None:
        engine = make_engine(emptied_postgres, pool_size=4)
        strict = SqlStore(engine.execution_options(isolation_level="REPEATABLE READ"), Cipher(KEYS))
        live(strict)
        for number in range(10):
            names = [f"Ada {number} {each}" for each in range(2)]
            barrier = Barrier(2)

            def save(name: str, barrier: Barrier = barrier) -> None:
                barrier.wait()
                strict.save_account(Account("26", name))

            with ThreadPoolExecutor(2) as pool:
                list(pool.map(save, names))
            assert strict.find_account(account_id="26").name in names
        engine.dispose()

    def test_lost_connections_are_replaced_without_a_failure(self) -> None:
        with running_postgres() as server:
            engine = make_engine(for_sqlalchemy(server.create()), pool_size=3)
            upgrade(engine)
            store = SqlStore(engine, Cipher(KEYS))
            live(store)
            for call in (
                lambda: store.find_token(access_digest="access-kept", now=NOW),
                lambda: rotate(store),
                lambda: store.find_creators(),
            ):
                connections = [engine.connect() for _ in range(3)]
                for connection in connections:
                    connection.close()
                server.stop()
                server.start()
                assert call()
            server.stop()
            with pytest.raises(StoreUnavailable) as refused:
                store.find_token(access_digest="access-kept", now=NOW)
            assert "DATABASE_URL" in refused.value.reason
            engine.dispose()
