"""The sandbox's state in one SQLite file, so that it survives a restart.

Every method opens its own connection: threads share nothing, and each method is one transaction.
"""

import json
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from plugin_server.sandbox.records import App, Block, Draft, EventPlugin, Installation, Plugin

_TABLES = """
CREATE TABLE IF NOT EXISTS app (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS plugins (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS installations (account_id INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS drafts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER NOT NULL,
    body TEXT NOT NULL, updated_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS codes (
    digest TEXT PRIMARY KEY, body TEXT NOT NULL, expires_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS tokens (
    access TEXT PRIMARY KEY, refresh TEXT UNIQUE,
    account_id INTEGER NOT NULL, expires_at INTEGER NOT NULL, client_id TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Store:
    """Stores the sandbox's records. Codes and tokens that the sandbox issues are stored hashed."""

    def __init__(self, data_dir: Path, clock: Callable[[], float]) -> None:
        """Open (or create) ``sandbox.db`` in ``data_dir``; ``clock`` gives Unix seconds."""
        data_dir.mkdir(parents=True, exist_ok=True)
        self._path = data_dir / "sandbox.db"
        self._path.touch(mode=0o600)
        self._clock = clock
        with closing(sqlite3.connect(self._path)) as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(_TABLES)
            columns = {name for _, name, *_ in db.execute("PRAGMA table_info(tokens)")}
            if "client_id" not in columns:
                # A file of an earlier version.
                db.execute("ALTER TABLE tokens ADD COLUMN client_id TEXT NOT NULL DEFAULT ''")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=10, isolation_level=None)) as db:
            # Safe against a crash of this process, and much faster than waiting for the disk.
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("BEGIN IMMEDIATE")
            with db:
                yield db

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Read without waiting for writers: every request to Kit's API looks up its token."""
        with closing(sqlite3.connect(self._path, timeout=10)) as db:
            yield db

    def secret_key(self) -> str:
        """Return the key that signs session cookies, generated at the first start."""
        with self._transaction() as db:
            db.execute(
                "INSERT OR IGNORE INTO secrets VALUES ('session', ?)", (secrets.token_hex(32),)
            )
            row = db.execute("SELECT value FROM secrets WHERE name = 'session'").fetchone()
        return str(row[0])

    # The dashboard

    def find_app(self) -> App:
        """Return the app as last saved, or an empty one."""
        with self._transaction() as db:
            row = db.execute("SELECT body FROM app").fetchone()
        if row is None:
            return App()
        return App(**_with_tuples(row[0]))

    def save_app(self, app: App) -> None:
        """Save the app; installations and drafts are unchanged."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO app VALUES (1, ?)", (json.dumps(asdict(app)),))

    def find_plugins(self) -> list[Plugin]:
        """Return every plugin in the order of the element menu, but for those that are set aside."""
        return [plugin for plugin in self.find_all_plugins() if not plugin.set_aside]

    def find_all_plugins(self) -> list[Plugin]:
        """Return every plugin in the order of the element menu, and then those that are set aside."""
        with self._transaction() as db:
            rows = db.execute("SELECT id, body FROM plugins").fetchall()
        plugins = [Plugin(**{**_with_tuples(body), "id": id_}) for id_, body in rows]
        return sorted(plugins, key=lambda each: (each.set_aside, each.sort_order, each.id))

    def save_plugin(self, plugin: Plugin) -> int:
        """Save a plugin and return its id; id 0 creates one."""
        with self._transaction() as db:
            return _write(db, "plugins", plugin)

    def delete_plugin(self, plugin_id: int) -> None:
        """Delete a plugin."""
        with self._transaction() as db:
            db.execute("DELETE FROM plugins WHERE id = ?", (plugin_id,))

    def find_events(self) -> list[EventPlugin]:
        """Return every automation event plugin, by name."""
        with self._transaction() as db:
            rows = db.execute("SELECT id, body FROM events").fetchall()
        events = [EventPlugin(**{**json.loads(body), "id": id_}) for id_, body in rows]
        return sorted(events, key=lambda each: (each.name, each.id))

    def save_event(self, event: EventPlugin) -> int:
        """Save an event plugin and return its id; id 0 creates one. Its blocks follow a new identifier."""
        with self._transaction() as db:
            _rename_event(db, event)
            return _write(db, "events", event)

    def delete_event(self, event_id: int) -> None:
        """Delete an event plugin; blocks that show its data have none then."""
        with self._transaction() as db:
            row = db.execute(
                "DELETE FROM events WHERE id = ? RETURNING body", (event_id,)
            ).fetchone()
            if row:
                _relate(db, json.loads(row[0])["identifier"], "")

    def save_dashboard(
        self,
        app: App,
        plugins: Iterable[Plugin],
        events: Iterable[EventPlugin],
        removed: Iterable[EventPlugin],
    ) -> None:
        """Save an app with plugins and event plugins together; those with id 0 are new."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO app VALUES (1, ?)", (json.dumps(asdict(app)),))
            db.executemany("DELETE FROM events WHERE id = ?", [(each.id,) for each in removed])
            for event in events:
                _write(db, "events", event)
            for plugin in plugins:
                _write(db, "plugins", plugin)

    # Installations

    def find_installation(self, account_id: int) -> Installation | None:
        """Return a creator's installation of the app, ``None`` when it is not installed."""
        with self._transaction() as db:
            row = db.execute(
                "SELECT body FROM installations WHERE account_id = ?", (account_id,)
            ).fetchone()
        return Installation(**json.loads(row[0])) if row else None

    def save_installation(self, installation: Installation) -> None:
        """Save an installation, replacing the account's earlier one."""
        with self._transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO installations VALUES (?, ?)",
                (installation.account_id, json.dumps(asdict(installation))),
            )

    def delete_installation(self, account_id: int) -> None:
        """Delete a creator's installation and its tokens."""
        with self._transaction() as db:
            db.execute("DELETE FROM installations WHERE account_id = ?", (account_id,))

    # Drafts

    def create_draft(self, account_id: int, subject: str) -> Draft:
        """Create an empty draft."""
        draft = Draft(0, account_id, subject, int(self._clock()))
        with self._transaction() as db:
            cursor = db.execute(
                "INSERT INTO drafts (account_id, body, updated_at) VALUES (?, ?, ?)",
                (account_id, json.dumps(draft.body()), draft.updated_at),
            )
        draft.id = cursor.lastrowid or 0
        return draft

    def find_drafts(self, account_id: int) -> list[Draft]:
        """Return a creator's drafts, last edited first."""
        with self._transaction() as db:
            rows = db.execute(
                "SELECT id, account_id, body, updated_at FROM drafts"
                " WHERE account_id = ? ORDER BY updated_at DESC, id DESC",
                (account_id,),
            ).fetchall()
        return [_draft(*row) for row in rows]

    def find_draft(self, account_id: int, draft_id: int) -> Draft | None:
        """Return one draft, ``None`` when it is absent or another creator's."""
        return next((d for d in self.find_drafts(account_id) if d.id == draft_id), None)

    def change_draft(self, draft_id: int, change: Callable[[Draft], object]) -> Draft | None:
        """Apply ``change`` to the newest state of a draft; ``None`` when the draft is gone.

        Several threads change blocks of one draft at once, so that each change must start from
        what the others have written.
        """
        with self._transaction() as db:
            row = db.execute(
                "SELECT id, account_id, body, updated_at FROM drafts WHERE id = ?", (draft_id,)
            ).fetchone()
            if row is None:
                return None
            draft = _draft(*row)
            change(draft)
            draft.updated_at = int(self._clock())
            db.execute(
                "UPDATE drafts SET body = ?, updated_at = ? WHERE id = ?",
                (json.dumps(draft.body()), draft.updated_at, draft_id),
            )
        return draft

    def delete_draft(self, account_id: int, draft_id: int) -> None:
        """Delete one draft of a creator."""
        with self._transaction() as db:
            db.execute("DELETE FROM drafts WHERE id = ? AND account_id = ?", (draft_id, account_id))

    # Codes and tokens of Kit's OAuth server

    def save_code(self, code: str, grant: dict[str, Any], expires_at: float) -> None:
        """Save an authorization code's grant until ``expires_at`` (Unix seconds)."""
        with self._transaction() as db:
            db.execute(
                "INSERT INTO codes VALUES (?, ?, ?)",
                (_digest(code), json.dumps(grant), int(expires_at)),
            )

    def consume_code(self, code: str) -> dict[str, Any] | None:
        """Return a code's grant and delete it in the same statement: of two callers, one wins."""
        with self._transaction() as db:
            row = db.execute(
                "DELETE FROM codes WHERE digest = ? RETURNING body, expires_at", (_digest(code),)
            ).fetchone()
        if row is None or row[1] <= self._clock():
            return None
        return dict(json.loads(row[0]))

    def save_tokens(
        self, access: str, refresh: str, account_id: int, expires_at: float, client_id: str
    ) -> None:
        """Save a new pair of tokens of an OAuth client."""
        with self._transaction() as db:
            db.execute(
                "INSERT INTO tokens VALUES (?, ?, ?, ?, ?)",
                (_digest(access), _digest(refresh), account_id, int(expires_at), client_id),
            )

    def find_connected(self, account_id: int) -> list[tuple[str, int]]:
        """Return the ids of the OAuth clients that can use an account, and when their access expires.

        That is in Unix seconds, and can have passed: a client with a refresh token gets another one.
        """
        with self._reading() as db:
            return db.execute(
                "SELECT client_id, max(expires_at) FROM tokens WHERE account_id = ?"
                " AND (refresh IS NOT NULL OR expires_at > ?) GROUP BY client_id ORDER BY client_id",
                (account_id, int(self._clock())),
            ).fetchall()

    def consume_refresh_token(self, refresh: str) -> int | None:
        """Consume a refresh token: return its account, ``None`` when it is unknown or was used."""
        with self._transaction() as db:
            row = db.execute(
                "UPDATE tokens SET refresh = NULL WHERE refresh = ? RETURNING account_id",
                (_digest(refresh),),
            ).fetchone()
        return int(row[0]) if row else None

    def expire_tokens(self, account_id: int) -> None:
        """Make every access token of an account expire now; refresh tokens stay valid."""
        with self._transaction() as db:
            db.execute("UPDATE tokens SET expires_at = 0 WHERE account_id = ?", (account_id,))

    def revoke_tokens(self, account_id: int, client_id: str | None = None) -> None:
        """Delete the access and refresh tokens of an account: those of one OAuth client, or all."""
        with self._transaction() as db:
            db.execute(
                "DELETE FROM tokens WHERE account_id = ? AND client_id = coalesce(?, client_id)",
                (account_id, client_id),
            )

    def revoke_pair(self, token: str) -> None:
        """Delete an access or refresh token and its partner."""
        with self._transaction() as db:
            db.execute(
                "DELETE FROM tokens WHERE access = :token OR refresh = :token",
                {"token": _digest(token)},
            )

    def find_grantor(self, code: str | None, refresh: str | None) -> int | None:
        """Return the account of a code or a refresh token, without consuming either.

        ``None`` when both are absent, unknown or consumed.
        """
        with self._reading() as db:
            row = db.execute(
                "SELECT account_id FROM tokens WHERE refresh = ? UNION ALL"
                " SELECT json_extract(body, '$.account_id') FROM codes WHERE digest = ?",
                (_digest(refresh or ""), _digest(code or "")),
            ).fetchone()
        return int(row[0]) if row else None

    def find_token(self, access: str) -> tuple[int | None, bool]:
        """Return the account of an access token, ``None`` for an unknown one, and whether it has expired."""
        with self._reading() as db:
            row = db.execute(
                "SELECT account_id, expires_at FROM tokens WHERE access = ?", (_digest(access),)
            ).fetchone()
        return (int(row[0]), row[1] <= self._clock()) if row else (None, False)

    def find_owner(self, token: str) -> int | None:
        """Return the account of an access or refresh token, expired or not; ``None`` for an unknown one."""
        with self._reading() as db:
            row = db.execute(
                "SELECT account_id FROM tokens WHERE access = :token OR refresh = :token",
                {"token": _digest(token)},
            ).fetchone()
        return int(row[0]) if row else None


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _with_tuples(body: str) -> dict[str, Any]:
    """Return a stored record's members with arrays as tuples, which the records have instead of lists."""
    members = json.loads(body).items()
    return {name: tuple(each) if isinstance(each, list) else each for name, each in members}


def _write(db: sqlite3.Connection, table: str, record: Plugin | EventPlugin) -> int:
    body = {name: value for name, value in asdict(record).items() if name != "id"}
    cursor = db.execute(
        f"INSERT OR REPLACE INTO {table} VALUES (?, ?)",  # noqa: S608 - one of the tables above
        (record.id or None, json.dumps(body)),
    )
    return record.id or cursor.lastrowid or 0


def _rename_event(db: sqlite3.Connection, event: EventPlugin) -> None:
    """Relate the blocks of an event plugin to its new identifier."""
    row = db.execute("SELECT body FROM events WHERE id = ?", (event.id,)).fetchone()
    if row:
        _relate(db, json.loads(row[0])["identifier"], event.identifier)


def _relate(db: sqlite3.Connection, before: str, now: str) -> None:
    """Relate the blocks of one event plugin to another identifier."""
    db.execute(
        "UPDATE plugins SET body = json_set(body, '$.event', ?)"
        " WHERE json_extract(body, '$.event') = ?",
        (now, before),
    )


def _draft(id_: int, account_id: int, body: str, updated_at: int) -> Draft:
    stored = json.loads(body)
    for name in ("blocks", "removed"):
        # Drafts of earlier versions have no removed blocks.
        stored[name] = [Block(**block) for block in stored.get(name, [])]
    return Draft(id_, account_id, updated_at=updated_at, **stored)
