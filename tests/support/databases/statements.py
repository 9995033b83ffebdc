"""What the store says to its database at one schema, to be said again at newer ones.

While servers are replaced one after the other, the older ones run on the newer schema. So before a
migration is added, the statements of the code as it is are recorded, in ``tests/store/statements``:

    PYTHONPATH=tests .venv/bin/python -m support.databases.statements
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, event
from support.databases.postgres import for_sqlalchemy, running_postgres

from plugin_server.store.encryption import Cipher
from plugin_server.store.records import (
    Account,
    AuthorizationCode,
    Connection,
    Lease,
    NewToken,
    Pending,
    WebhookEndpoint,
)
from plugin_server.store.schema import make_engine, upgrade
from plugin_server.store.sql import SqlStore
from plugin_server.store.tables import SCHEMA_REVISION

FOLDER = Path(__file__).parents[2] / "store" / "statements"
NOW = 1_790_000_000
KEYS = [bytes(32), bytes(range(32))]
ADA = Account("26", "Ada", seen_at=NOW)
PENDING = Pending("consent", "browser", {"a": "b"}, NOW + 10)

# SQL, its parameters, and how many rows it changed (-1 when the database does not say).
Statement = tuple[str, Any, int]


def live(store: SqlStore) -> None:
    """Call everything of a store that a server calls; at the end one installation is there."""
    sign_in(store)
    report(store, "key")
    kept = store.find_connection(account_id=ADA.id)
    assert kept is not None
    lease = Lease(ADA.id, "me", kept.version, NOW + 20)
    assert store.save_lease(lease, now=NOW)
    store.find_lease(account_id=ADA.id)
    store.save_connection(kept, expected_version=kept.version)
    store.revoke_connection(account_id=ADA.id, version=kept.version + 1, now=NOW)
    store.revoke_lease(account_id=ADA.id, owner="me")
    install(store, "code")
    install(store, "again")
    for _ in range(2):
        store.consume_refresh_token(
            refresh_digest="refresh-code", successor=_pair("next"), now=NOW, grace=60
        )
    store.require_keys()
    SqlStore(store_engine(store), Cipher(KEYS[::-1])).reencrypt()
    found = store.find_family(token_digest="access-again")
    assert found is not None
    store.purge(now=NOW)
    store.revoke_family(family_id=found[0], now=NOW)
    store.consume_code(digest="code", token=_pair("replay"), now=NOW)
    store.purge(now=NOW + 10 * 365 * 86_400)
    sign_in(store)
    install(store, "kept")
    report(store, "kept")
    store.save_lease(lease, now=NOW)
    store.save_pending(digest="q", pending=PENDING)
    store.save_code(_code("open"))


def sign_in(store: SqlStore) -> None:
    store.save_pending(digest="p", pending=PENDING)
    store.consume_pending(digest="p", kind="consent", session="browser", now=NOW)
    store.save_account(ADA)
    store.save_account(ADA)
    store.find_account(account_id=ADA.id)
    for _ in range(2):
        store.save_connection(Connection(ADA.id, "access", "refresh", NOW + 100, "public", NOW))


def report(store: SqlStore, key: str) -> None:
    store.find_webhook_endpoint(account_id=ADA.id)
    claim = store.claim_webhook_endpoint(account_id=ADA.id, claim=None, now=NOW)
    assert claim is not None
    claim = store.claim_webhook_endpoint(account_id=ADA.id, claim=claim, now=NOW)
    assert claim is not None
    endpoint = WebhookEndpoint(ADA.id, claim, 7, key, "https://us", NOW, NOW)
    assert store.save_webhook_endpoint(endpoint, secret="secret")
    store.confirm_webhook_endpoint(account_id=ADA.id, claim=claim, verified_at=NOW)
    store.save_changes(account_id=ADA.id, kinds=["posts"], at=NOW + 0.5)
    store.find_webhook_secret(key_digest=key)
    if key != "kept":
        store.delete_webhook_endpoint(account_id=ADA.id)


def install(store: SqlStore, name: str) -> None:
    store.save_code(_code(name))
    store.save_code_failure(digest=name)
    store.find_code(digest=name)
    assert store.consume_code(digest=name, token=_pair(name), now=NOW)
    store.find_scope(account_id=ADA.id, client_id="kit")
    store.find_token(access_digest=f"access-{name}", now=NOW)
    store.find_refresh_token(refresh_digest=f"refresh-{name}", now=NOW)


def store_engine(store: Any) -> Engine:
    """Return the engine of a store, of whatever version."""
    engine: Engine = store._db.engine if hasattr(store, "_db") else store._engine
    return engine


def _code(name: str) -> AuthorizationCode:
    return AuthorizationCode(name, "kit", "26", "https://app.kit.com", "read:posts", None, NOW + 60)


def _pair(name: str) -> NewToken:
    return NewToken(f"access-{name}", f"refresh-{name}", "read:posts", NOW, NOW + 1000)


@contextmanager
def recording(engine: Engine) -> Iterator[list[Statement]]:
    """Collect the statements of a block."""
    said: list[Statement] = []

    def note(_: Any, cursor: Any, sql: str, parameters: Any, *__: Any) -> None:
        if sql.startswith("BEGIN"):
            return
        counted = sql.startswith(("UPDATE", "DELETE")) and "RETURNING" not in sql
        said.append((sql, _plain(parameters), cursor.rowcount if counted else -1))

    event.listen(engine, "after_cursor_execute", note)
    yield said
    event.remove(engine, "after_cursor_execute", note)


def replay(engine: Engine, revision: str, folder: Path = FOLDER) -> None:
    """Say it again; fails where a result is an error, or another number of rows changes."""
    said = json.loads(path_of(revision, engine, folder).read_text())
    with engine.begin() as db:
        for sql, parameters, changed in said:
            result = db.exec_driver_sql(sql, _bound(parameters))
            if changed >= 0:
                assert result.rowcount == changed, sql
            result.close()


def _plain(parameters: Any) -> Any:
    if isinstance(parameters, dict):
        return {name: _plain(value) for name, value in parameters.items()}
    if isinstance(parameters, tuple | list):
        return [_plain(value) for value in parameters]
    if isinstance(parameters, psycopg.Binary):
        parameters = parameters.obj
    if isinstance(parameters, bytes | memoryview):
        return {"hex": bytes(parameters).hex()}
    return parameters


def _bound(parameters: Any) -> Any:
    if isinstance(parameters, dict) and set(parameters) == {"hex"}:
        return bytes.fromhex(parameters["hex"])
    if isinstance(parameters, dict):
        return {name: _bound(value) for name, value in parameters.items()}
    return tuple(map(_bound, parameters)) if isinstance(parameters, list) else parameters


def path_of(revision: str, engine: Engine, folder: Path) -> Path:
    """Return where the statements of a revision are kept, for the engine's kind of database."""
    return folder / f"{revision}.{engine.dialect.name}.json"


def record(engine: Engine, folder: Path = FOLDER) -> Path:
    """Write the statements of the code as it is; return where."""
    upgrade(engine)
    with recording(engine) as said:
        live(SqlStore(engine, Cipher(KEYS)))
    path = path_of(SCHEMA_REVISION, engine, folder)
    path.parent.mkdir(exist_ok=True)
    lines = ",\n".join(json.dumps(statement) for statement in said)
    path.write_text(f"[\n{lines}\n]\n")
    return path


if __name__ == "__main__":
    with running_postgres() as server, tempfile.TemporaryDirectory() as folder:
        for url in (f"sqlite:///{folder}/test.db", for_sqlalchemy(server.create())):
            record(make_engine(url))
