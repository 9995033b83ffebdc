"""The store on SQLAlchemy Core, for SQLite and PostgreSQL.

Core and not the ORM, because every block request looks up a bearer token, and mapped entities would make
that several times as slow.
"""

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection as SqlConnection
from sqlalchemy import Engine, Row, or_, select, update
from typing_extensions import override

from plugin_server.store import connections as kit_connections
from plugin_server.store import creators, maintenance
from plugin_server.store.base import (
    FAMILY_LIFETIME,
    MAX_CODE_FAILURES,
    MAX_PENDING,
    REFRESH_IDLE,
)
from plugin_server.store.database import Database, retry_conflicts
from plugin_server.store.encryption import Cipher
from plugin_server.store.records import (
    Account,
    AuthorizationCode,
    Connection,
    Creator,
    Lease,
    NewToken,
    Pending,
    Token,
    digest,
)
from plugin_server.store.schema import require_current_schema
from plugin_server.store.statements import changed_one, insert_returning_id, or_update
from plugin_server.store.tables import (
    accounts,
    authorization_codes,
    connections,
    installations,
    pending_requests,
    refresh_leases,
    token_families,
    tokens,
)
from plugin_server.store.token_families import end_family, live_scope, lock_account, merge_scopes
from plugin_server.store.token_pairs import LIVE_TOKEN, TOKEN, token_of
from plugin_server.store.webhook_endpoints import WebhookStore


@retry_conflicts
class SqlStore(WebhookStore):
    """The store in a database whose schema is current; see ``store/schema.py`` for the engine."""

    def __init__(self, engine: Engine, cipher: Cipher) -> None:
        """Take an engine of ``make_engine`` and the cipher for what must be read back."""
        super().__init__(Database(engine), cipher)
        self._find_token = self._db.prepare(LIVE_TOKEN)
        self._find_connection = self._db.prepare(kit_connections.CONNECTION)
        self._release_callback: Callable[[Connection], None] = lambda _: None

    @override
    def ping(self) -> None:
        with self._db.read() as db:
            require_current_schema(db)

    # Signing in

    @override
    def save_pending(self, *, digest: str, pending: Pending) -> None:
        payload = self._cipher.encrypt(json.dumps(pending.payload), owner=digest)
        row, session = pending_requests.c, _digest(pending.session)
        newest = (
            select(row.digest)
            .where(row.session_digest == session)
            .order_by(row.expires_at.desc())
            .limit(MAX_PENDING - 1)
        )
        older = (row.session_digest == session, row.digest.not_in(newest))
        with self._db.write() as db:
            db.execute(pending_requests.delete().where(*older))
            db.execute(
                pending_requests.insert().values(
                    digest=digest,
                    kind=pending.kind,
                    session_digest=session,
                    payload=payload,
                    expires_at=pending.expires_at,
                )
            )

    @override
    def consume_pending(self, *, digest: str, kind: str, session: str, now: int) -> Pending | None:
        row = pending_requests.c
        mine = (row.digest == digest, row.kind == kind, row.session_digest == _digest(session))
        with self._db.write() as db:
            found = db.execute(
                pending_requests.delete().where(*mine).returning(row.payload, row.expires_at)
            ).first()
        if found is None or found.expires_at <= now:
            return None
        payload = json.loads(self._cipher.decrypt(found.payload, owner=digest))
        return Pending(kind=kind, session=session, payload=payload, expires_at=found.expires_at)

    @override
    def save_account(self, account: Account) -> None:
        with self._db.write() as db:
            seen = {"name": account.name, "seen_at": account.seen_at}
            statement = self._db.insert(accounts).values(id=account.id, **seen)
            db.execute(or_update(statement, accounts.c.id, **seen))

    @override
    def find_account(self, *, account_id: str) -> Account | None:
        row = self._db.first(select(accounts).where(accounts.c.id == account_id))
        return Account(**row) if row else None

    @override
    def save_connection(
        self, connection: Connection, *, expected_version: int | None = None
    ) -> bool:
        owner, values = connection.account_id, kit_connections.to_columns(connection, self._cipher)
        following = {**values, "version": connections.c.version + 1}
        with self._db.write() as db:
            if expected_version is None:
                # Random, so that a refresh started on a connection that was deleted and created again
                # does not overwrite the new one.
                first = {"version": secrets.randbelow(2**30), **values}
                statement = self._db.insert(connections).values(account_id=owner, **first)
                db.execute(or_update(statement, connections.c.account_id, **following))
                return True
            current = (
                connections.c.account_id == owner,
                connections.c.version == expected_version,
            )
            return changed_one(db, update(connections).where(*current).values(following))

    @override
    def find_connection(self, *, account_id: str) -> Connection | None:
        found = self._find_connection({"account_id": account_id})
        if found is None:
            return None
        row = dict(zip(connections.c.keys(), found, strict=True))
        return kit_connections.from_row(row, self._cipher)

    @override
    def revoke_connection(self, *, account_id: str, version: int, now: int) -> bool:
        current = (connections.c.account_id == account_id, connections.c.version == version)
        with self._db.write() as db:
            return changed_one(db, update(connections).where(*current).values(ended_at=now))

    # Refreshing Kit's tokens

    @override
    def save_lease(self, lease: Lease, *, now: int) -> bool:
        values = vars(lease)
        statement = self._db.insert(refresh_leases).values(values)
        taken = statement.on_conflict_do_update(
            index_elements=[refresh_leases.c.account_id],
            set_=values,
            where=refresh_leases.c.expires_at <= now,
        )
        with self._db.write() as db:
            return db.execute(taken.returning(refresh_leases.c.account_id)).first() is not None

    @override
    def find_lease(self, *, account_id: str) -> Lease | None:
        row = self._db.first(
            select(refresh_leases).where(refresh_leases.c.account_id == account_id)
        )
        return Lease(**row) if row else None

    @override
    def revoke_lease(self, *, account_id: str, owner: str) -> None:
        mine = (refresh_leases.c.account_id == account_id, refresh_leases.c.owner == owner)
        with self._db.write() as db:
            db.execute(refresh_leases.delete().where(*mine))

    # Installing

    @override
    def save_code(self, code: AuthorizationCode) -> None:
        with self._db.write() as db:
            db.execute(authorization_codes.insert().values(vars(code)))

    @override
    def save_code_failure(self, *, digest: str) -> None:
        code = authorization_codes.c
        with self._db.write() as db:
            db.execute(
                update(authorization_codes)
                .where(code.digest == digest, code.used_at.is_(None))
                .values(failures=code.failures + 1)
            )

    @override
    def find_code(self, *, digest: str) -> AuthorizationCode | None:
        row = self._db.first(
            select(authorization_codes).where(authorization_codes.c.digest == digest)
        )
        return AuthorizationCode(**row) if row else None

    @override
    def consume_code(self, *, digest: str, token: NewToken, now: int) -> Token | None:
        code = authorization_codes.c
        account_id = select(code.account_id).where(code.digest == digest)
        with self._releasing() as (db, released):
            lock_account(db, account_id.scalar_subquery())
            usable = (
                code.digest == digest,
                code.used_at.is_(None),
                code.expires_at > now,
                code.failures < MAX_CODE_FAILURES,
            )
            won = changed_one(db, update(authorization_codes).where(*usable).values(used_at=now))
            row = db.execute(select(authorization_codes).where(code.digest == digest)).one()
            if not won:
                if row.family_id is not None:
                    released += end_family(db, row.family_id, now)[1]
                return None
            scope = merge_scopes(live_scope(db, row.account_id, row.client_id), token.scope)
            installation_id = self._installation(db, row, scope, now)
            family_id = insert_returning_id(
                db, token_families, installation_id=installation_id, created_at=now
            )
            values = {**vars(token), "scope": scope}
            token_id = insert_returning_id(db, tokens, family_id=family_id, **values)
            db.execute(
                update(authorization_codes).where(code.digest == digest).values(family_id=family_id)
            )
            return token_of(db, token_id)

    def _installation(self, db: SqlConnection, code: Any, scope: str, now: int) -> int:
        """Return the id of a code's installation, which is created if there is none."""
        row = installations.c
        statement = self._db.insert(installations).values(
            account_id=code.account_id, client_id=code.client_id, created_at=now, scope=scope
        )
        same = or_update(statement, row.account_id, row.client_id, scope=scope)
        return int(db.execute(same.returning(row.id)).scalar_one())

    @override
    def find_scope(self, *, account_id: str, client_id: str) -> str:
        with self._db.read() as db:
            return live_scope(db, account_id, client_id)

    # Block requests

    @override
    def find_token(self, *, access_digest: str, now: int) -> Token | None:
        row = self._find_token({"access_digest": access_digest, "now": now})
        return Token(*row) if row else None

    # Refreshing

    @override
    def find_refresh_token(self, *, refresh_digest: str, now: int) -> Token | None:
        row = self._db.first(
            TOKEN.where(
                tokens.c.refresh_digest == refresh_digest,
                tokens.c.issued_at > now - REFRESH_IDLE,
                token_families.c.created_at > now - FAMILY_LIFETIME,
                token_families.c.revoked_at.is_(None),
            )
        )
        return Token(**row) if row else None

    @override
    def consume_refresh_token(
        self, *, refresh_digest: str, successor: NewToken, now: int, grace: int
    ) -> Token | None:
        account_id = TOKEN.with_only_columns(installations.c.account_id).where(
            tokens.c.refresh_digest == refresh_digest
        )
        with self._releasing() as (db, released):
            lock_account(db, account_id.scalar_subquery())
            presented = db.execute(
                TOKEN.add_columns(tokens.c.successor_id).where(
                    tokens.c.refresh_digest == refresh_digest,
                    token_families.c.revoked_at.is_(None),
                )
            ).first()
            if presented is None:
                return None
            if presented.spent_at is None:
                successor_id = insert_returning_id(
                    db, tokens, family_id=presented.family_id, **vars(successor)
                )
                db.execute(
                    update(tokens)
                    .where(tokens.c.id == presented.id)
                    .values(spent_at=now, successor_id=successor_id)
                )
                return token_of(db, successor_id)
            successor_token = token_of(db, presented.successor_id)
            if now - presented.spent_at <= grace and successor_token.spent_at is None:
                return successor_token
            released += end_family(db, presented.family_id, now)[1]
            return None

    # Uninstalling

    @override
    def find_family(self, *, token_digest: str) -> tuple[int, str] | None:
        either = or_(
            tokens.c.access_digest == token_digest, tokens.c.refresh_digest == token_digest
        )
        row = self._db.first(TOKEN.where(either))
        return (row["family_id"], row["client_id"]) if row else None

    @override
    def revoke_family(self, *, family_id: int, now: int) -> str:
        family = token_families.c
        installation = select(family.installation_id).where(family.id == family_id)
        account_id = (
            select(installations.c.account_id).join(token_families).where(family.id == family_id)
        )
        with self._releasing() as (db, released):
            lock_account(db, account_id.scalar_subquery())
            db.execute(
                update(token_families)
                .where(
                    family.installation_id == installation.scalar_subquery(),
                    family.id < family_id,
                    family.revoked_at.is_(None),
                )
                .values(revoked_at=now)
            )
            account, gone = end_family(db, family_id, now)
            released += gone
            return account

    @override
    def on_release(self, callback: Callable[[Connection], None]) -> None:
        self._release_callback = callback

    @contextmanager
    def _releasing(self) -> Iterator[tuple[SqlConnection, list[Row[Any]]]]:
        """Open a transaction, and pass the connections that it deleted to the callback after the commit."""
        released: list[Row[Any]] = []
        with self._db.write() as db:
            yield db, released
        for connection in kit_connections.deleted_connections(released, self._cipher):
            self._release_callback(connection)

    # A creator's own data

    @override
    def find_creators(self) -> list[Creator]:
        with self._db.read() as db:
            return creators.find_creators(db)

    @override
    def find_data(self, *, account_id: str) -> dict[str, list[dict[str, Any]]]:
        with self._db.read() as db:
            return creators.find_data(db, account_id)

    @override
    def delete_account(self, *, account_id: str) -> int:
        with self._releasing() as (db, released):
            lock_account(db, account_id)
            released += kit_connections.lock(db, account_id)
            return creators.delete(db, account_id)

    # The operator

    @override
    def purge(self, *, now: int) -> int:
        with self._db.write() as db:
            return maintenance.purge(db, now=now)

    @override
    def reencrypt(self) -> int:
        with self._db.write() as db:
            return maintenance.reencrypt(db, self._cipher)

    @override
    def require_keys(self) -> None:
        with self._db.read() as db:
            maintenance.require_keys(db, self._cipher)


_digest: Callable[[str], str] = digest  # methods here have a parameter of that name
