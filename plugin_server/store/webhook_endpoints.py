"""The webhook endpoints at Kit in the database, and when what they report has changed last."""

import json
from collections.abc import Collection
from dataclasses import fields

from sqlalchemy import bindparam, select, update
from typing_extensions import override

from plugin_server.store import connections as kit_connections
from plugin_server.store.base import Store
from plugin_server.store.database import Database, retry_conflicts
from plugin_server.store.encryption import Cipher
from plugin_server.store.records import WebhookEndpoint
from plugin_server.store.statements import changed_one
from plugin_server.store.tables import webhook_endpoints

_row = webhook_endpoints.c
# The endpoint of an account, by ``account_id``; the columns in the order of the record's fields.
ENDPOINT = select(*(_row[field.name] for field in fields(WebhookEndpoint))).where(
    _row.account_id == bindparam("account_id")
)

# Of an account whose endpoint Kit has not created yet.
_UNCREATED = {"base_url": "", "created_at": 0, "verified_at": 0, "changes": "{}"}


@retry_conflicts
class WebhookStore(Store):
    """The part of the store on SQLAlchemy that has webhook endpoints."""

    def __init__(self, db: Database, cipher: Cipher) -> None:
        """Take the database, and the cipher for what must be read back."""
        self._db, self._cipher = db, cipher
        self._find_endpoint = db.prepare(ENDPOINT)

    @override
    def find_webhook_endpoint(self, *, account_id: str) -> WebhookEndpoint | None:
        found = self._find_endpoint({"account_id": account_id})
        if found is None:
            return None
        values = [*found]
        values[-1] = json.loads(values[-1])
        return WebhookEndpoint(*values)

    @override
    def find_webhook_secret(self, *, key_digest: str) -> tuple[str, str] | None:
        row = self._db.first(
            select(_row.account_id, _row.secret).where(_row.key_digest == key_digest)
        )
        if row is None:
            return None
        owner = row["account_id"]
        return owner, self._cipher.decrypt(row["secret"], owner=owner)

    @override
    def claim_webhook_endpoint(self, *, account_id: str, claim: int | None, now: int) -> int | None:
        with self._db.write() as db:
            # Locked: the row refers to the connection, which must not be deleted meanwhile.
            if not any(row.ended_at is None for row in kit_connections.lock(db, account_id)):
                return None
            if claim is None:
                new = {"account_id": account_id, "checked_at": now, **_UNCREATED}
                statement = self._db.insert(webhook_endpoints).values(new)
                added = statement.on_conflict_do_nothing().returning(_row.account_id)
                return now if db.execute(added).first() else None
            # Never the same as the claim before.
            following = max(now, claim + 1)
            mine = (_row.account_id == account_id, _row.checked_at == claim)
            claimed = update(webhook_endpoints).where(*mine).values(checked_at=following)
            return following if changed_one(db, claimed) else None

    @override
    def save_webhook_endpoint(self, endpoint: WebhookEndpoint, *, secret: str) -> bool:
        owner = endpoint.account_id
        values = {
            **vars(endpoint),
            "changes": json.dumps(dict(endpoint.changes)),
            "secret": self._cipher.encrypt(secret, owner=owner),
        }
        mine = (_row.account_id == owner, _row.checked_at == endpoint.checked_at)
        with self._db.write() as db:
            return changed_one(db, update(webhook_endpoints).where(*mine).values(values))

    @override
    def confirm_webhook_endpoint(self, *, account_id: str, claim: int, verified_at: int) -> None:
        mine = (_row.account_id == account_id, _row.checked_at == claim)
        with self._db.write() as db:
            db.execute(update(webhook_endpoints).where(*mine).values(verified_at=verified_at))

    @override
    def save_changes(self, *, account_id: str, kinds: Collection[str], at: float) -> None:
        its = _row.account_id == account_id
        with self._db.write() as db:
            row = db.execute(select(_row.changes).where(its).with_for_update()).first()
            if row is None:
                return
            known = json.loads(row.changes)
            known |= {kind: max(at, known.get(kind, at)) for kind in kinds}
            db.execute(update(webhook_endpoints).where(its).values(changes=json.dumps(known)))

    @override
    def delete_webhook_endpoint(self, *, account_id: str) -> None:
        with self._db.write() as db:
            db.execute(webhook_endpoints.delete().where(_row.account_id == account_id))
