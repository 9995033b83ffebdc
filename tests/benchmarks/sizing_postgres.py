"""What many installed accounts take in PostgreSQL, and what look-ups and refreshes of tokens cost there."""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from sqlalchemy import Engine, Table, text
from support.databases import pgbouncer
from support.databases.postgres import for_sqlalchemy, running_postgres
from support.servers.installing import SCOPE, YEAR, install_directly

from benchmarks.load import Tree
from benchmarks.report import Figure
from plugin_server.oauth.tokens import ACCESS_TOKEN_LIFETIME
from plugin_server.store.base import KEEP_ENDED
from plugin_server.store.encryption import Cipher
from plugin_server.store.records import NewToken, digest
from plugin_server.store.schema import make_engine, upgrade
from plugin_server.store.sql import SqlStore
from plugin_server.store.tables import metadata, schema_compatibility

_THREADS = 8
# Tokens that are looked up, and that are refreshed.
_LOOKED_UP, _REFRESHED = 10_000, 1_000
# An account's pairs: one is live, and the spent ones are remembered for thirty days.
_PAIRS = 1 + KEEP_ENDED // ACCESS_TOKEN_LIFETIME
# Connections of PostgreSQL that PgBouncer lends, and those whose memory is measured.
_LENT, _HELD = 8, 50
_CIPHER = Cipher([bytes(32)])

# How the ``n``th copy of an account differs; ids of copies lie far apart.
_COPIED = {
    "accounts.id": "(1000000 + n)::text",
    "account_id": "(1000000 + n)::text",
    **dict.fromkeys(("id", "installation_id", "family_id", "successor_id"), "{0} + n * 100"),
    **dict.fromkeys(
        ("digest", "access_digest", "refresh_digest"), "md5({0} || n) || md5(n || {0})"
    ),
}


def figures(accounts: int) -> Iterator[Figure]:
    """Measure with so many accounts."""
    with running_postgres() as server:
        url, tree = for_sqlalchemy(server.create()), Tree(server.pid)
        engine = make_engine(url)
        size = _install(engine, accounts)
        yield Figure(f"PostgreSQL: {accounts:,} installed accounts", f"{size >> 20:,} MB")
        yield Figure(f"  each, with {_PAIRS} pairs of tokens", f"{size / accounts / 1024:.1f} KB")
        live = _live(engine, "access_digest", _LOOKED_UP)
        unprepared = "&prepare_threshold=none"
        for name, way in (("", url), (", nothing prepared", url + unprepared)):
            taken, ours = _measure(way, live, _look_up, tree)
            yield Figure(f"CPU time of PostgreSQL: a look-up{name}", f"{taken:.0f} µs")
            yield Figure("  look-ups a second, of one core", f"{1e6 / taken:,.0f}")
        yield Figure("  of the process that sends it", f"{ours:.0f} µs")
        if pgbouncer.find():
            with pgbouncer.running_pgbouncer(server, _LENT) as pid:
                taken, _ = _measure(pgbouncer.pooled(url) + unprepared, live, _look_up, Tree(pid))
            yield Figure("CPU time of PgBouncer: a look-up", f"{taken:.0f} µs")
        taken, _ = _measure(url, _live(engine, "refresh_digest", _REFRESHED), _refreshed, tree)
        yield Figure("CPU time of PostgreSQL: a refresh", f"{taken:,.0f} µs")
        yield Figure("Memory of PostgreSQL: a connection", f"{_memory(tree, url, live):.1f} MB")
        engine.dispose()


def _install(engine: Engine, accounts: int) -> int:
    """Install one account as a consent would, refresh its tokens, and copy it; return all bytes."""
    upgrade(engine)
    store = SqlStore(engine, _CIPHER)
    token = install_directly(store, "1", secrets.token_urlsafe(32))["refresh_token"]
    for _ in range(_PAIRS - 1):
        token = _refreshed(store, digest(token))
    sizes = "SELECT sum(pg_total_relation_size(relid)) FROM pg_stat_user_tables"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        # Whom a row refers to is copied as well: nothing of it needs a look.
        db.execute(text("SET session_replication_role = replica"))
        for table in metadata.sorted_tables:
            if table is schema_compatibility:
                continue
            db.execute(text(_copies(table, accounts - 1)))
        db.execute(text("SET session_replication_role = origin"))
        db.execute(text("SELECT setval(pg_get_serial_sequence('tokens', 'id'), 1000000000)"))
        db.execute(text("VACUUM ANALYZE"))
        return int(db.execute(text(sizes)).scalar_one())


def _copies(table: Table, count: int) -> str:
    names = [column.name for column in table.columns]
    copied = (_COPIED.get(f"{table}.{name}", _COPIED.get(name, "{0}")) for name in names)
    values = ", ".join(value.format(name) for value, name in zip(copied, names, strict=True))
    columns = ", ".join(names)
    return f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table}, generate_series(1, {count}) n"


def _live(engine: Engine, column: str, count: int) -> list[str]:
    """Return so many digests of unspent tokens, at random."""
    with engine.connect() as db:
        found = (
            f"SELECT {column} FROM tokens WHERE spent_at IS NULL ORDER BY random() LIMIT {count}"
        )
        return list(db.execute(text(found)).scalars())


def _measure(
    url: str, digests: Sequence[str], use: Callable[[SqlStore, str], object], *servers: Tree
) -> list[float]:
    """Return the CPU time in µs that a use of a digest takes each server, then this process.

    The first tenth of them is for connections to be opened and statements to be prepared.
    """
    engine = make_engine(url, pool_size=_THREADS)
    once, first = partial(use, SqlStore(engine, _CIPHER)), len(digests) // 10
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(once, digests[:first]))
        begun = [*(each.cpu() for each in servers), time.process_time()]
        list(pool.map(once, digests[first:]))
        ended = [*(each.cpu() for each in servers), time.process_time()]
    engine.dispose()
    return [
        (end - begin) / (len(digests) - first) * 1e6
        for begin, end in zip(begun, ended, strict=True)
    ]


def _look_up(store: SqlStore, access_digest: str) -> None:
    assert store.find_token(access_digest=access_digest, now=int(time.time()))


def _refreshed(store: SqlStore, refresh_digest: str) -> str:
    """Refresh a pair; return its new refresh token."""
    access, refresh, now = secrets.token_urlsafe(32), secrets.token_urlsafe(32), int(time.time())
    new = NewToken(digest(access), digest(refresh), SCOPE, now, now + YEAR)
    assert store.consume_refresh_token(
        refresh_digest=refresh_digest, successor=new, now=now, grace=60
    )
    return refresh


def _memory(tree: Tree, url: str, digests: Sequence[str]) -> float:
    """Return the MB of a connection that has looked tokens up."""
    engine = make_engine(url, pool_size=_HELD)
    before = tree.memory()
    store = SqlStore(engine, _CIPHER)
    held: list[Any] = [engine.connect() for _ in range(_HELD)]
    for each in held:
        each.close()
    for number in range(10 * _HELD):
        store.find_token(access_digest=digests[number], now=int(time.time()))
    grown = tree.memory() - before
    engine.dispose()
    return grown / _HELD
