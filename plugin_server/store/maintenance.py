"""Deleting ended records, and encrypting again with the newest key."""

from typing import Any

from sqlalchemy import Connection as SqlConnection
from sqlalchemy import LargeBinary, and_, exists, func, or_, select, update

from plugin_server.store.base import FAMILY_LIFETIME, KEEP_ENDED, REFRESH_IDLE
from plugin_server.store.encryption import KEY_ID_BYTES, Cipher, DecryptionError
from plugin_server.store.tables import (
    accounts,
    authorization_codes,
    connections,
    installations,
    pending_requests,
    token_families,
    tokens,
    webhook_endpoints,
)

_DAY = 86_400
_has_family = exists().where(token_families.c.installation_id == installations.c.id)


def purge(db: SqlConnection, *, now: int) -> int:
    """Delete records that ended more than KEEP_ENDED ago; return their number. See ``Store.purge``.

    The order matters: deleting a family deletes its tokens and codes; an installation is deleted after
    its last family, an account after its last installation and its connection.
    """
    long_ago = now - KEEP_ENDED
    live_refresh_token = exists().where(
        tokens.c.family_id == token_families.c.id, tokens.c.issued_at > long_ago - REFRESH_IDLE
    )
    ended_families = or_(
        token_families.c.revoked_at < long_ago,
        token_families.c.created_at < long_ago - FAMILY_LIFETIME,
        ~live_refresh_token,
    )
    unused_code = and_(
        authorization_codes.c.used_at.is_(None), authorization_codes.c.expires_at < now - _DAY
    )
    # A spent refresh token stays for as long as an access token of its family may be valid.
    spent = and_(tokens.c.spent_at < long_ago, tokens.c.expires_at < now)
    abandoned_sign_in = and_(
        connections.c.saved_at < now - _DAY,
        ~exists().where(installations.c.account_id == connections.c.account_id),
    )
    # Locked first, so that no family is started for an installation that is about to be deleted.
    ending = exists().where(token_families.c.installation_id == installations.c.id, ended_families)
    db.execute(select(installations.c.id).where(or_(ending, ~_has_family)).with_for_update())
    statements: list[Any] = [
        pending_requests.delete().where(pending_requests.c.expires_at < now),
        authorization_codes.delete().where(unused_code),
        token_families.delete().where(ended_families),
        tokens.delete().where(spent),
        authorization_codes.delete().where(authorization_codes.c.used_at < long_ago),
        installations.delete().where(~_has_family),
        connections.delete().where(abandoned_sign_in),
        accounts.delete().where(
            accounts.c.seen_at < now - _DAY,
            ~exists().where(installations.c.account_id == accounts.c.id),
            ~exists().where(connections.c.account_id == accounts.c.id),
            ~exists().where(authorization_codes.c.account_id == accounts.c.id),
        ),
    ]
    return sum(db.execute(statement).rowcount for statement in statements)


def reencrypt(db: SqlConnection, cipher: Cipher) -> int:
    """Encrypt every ciphertext with the newest key; see ``Store.reencrypt``."""
    count = 0
    for key, columns in _ENCRYPTED_COLUMNS:
        older = or_(*(_key_id(column) != cipher.key_ids[0] for column in columns))
        # Locked, so that a pair refreshed in the meantime is not overwritten with the old one.
        encrypted_rows = select(key, *columns).where(older).with_for_update()
        for row in db.execute(encrypted_rows).all():
            owner = row[0]
            encrypted = {
                column.name: cipher.encrypt(cipher.decrypt(ciphertext, owner=owner), owner=owner)
                for column, ciphertext in zip(columns, row[1:], strict=True)
            }
            db.execute(update(key.table).where(key == owner).values(encrypted))
            count += 1
    return count


def require_keys(db: SqlConnection, cipher: Cipher) -> None:
    """Raise if the key of a stored ciphertext is missing; see ``Store.require_keys``."""
    for _, columns in _ENCRYPTED_COLUMNS:
        for column in columns:
            missing = select(column).where(_key_id(column).not_in(cipher.key_ids)).limit(1)
            if db.execute(missing).first() is not None:
                raise DecryptionError(
                    "ENCRYPTION_KEYS lacks a key with which the database was encrypted. Add it "
                    "after the newest one, then run `plugin-server db reencrypt` to do without it."
                )


# The column whose value is the owner of each ciphertext, and the columns with ciphertexts.
_ENCRYPTED_COLUMNS = (
    (connections.c.account_id, (connections.c.access_token, connections.c.refresh_token)),
    (webhook_endpoints.c.account_id, (webhook_endpoints.c.secret,)),
    (pending_requests.c.digest, (pending_requests.c.payload,)),
)


def _key_id(column: Any) -> Any:
    return func.substr(column, 1, KEY_ID_BYTES, type_=LargeBinary)
