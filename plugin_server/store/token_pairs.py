"""Queries for the token pairs that we issued, each with its installation."""

from sqlalchemy import Connection as SqlConnection
from sqlalchemy import bindparam, select

from plugin_server.store.records import Token
from plugin_server.store.tables import installations, token_families, tokens

# Selects the fields of ``Token``.
TOKEN = (
    select(
        tokens.c.id,
        tokens.c.family_id,
        installations.c.id.label("installation_id"),
        installations.c.account_id,
        installations.c.client_id,
        tokens.c.access_digest,
        tokens.c.refresh_digest,
        tokens.c.scope,
        tokens.c.issued_at,
        tokens.c.expires_at,
        tokens.c.spent_at,
    )
    .join_from(tokens, token_families)
    .join(installations)
)
# The valid pair with an access token, by ``access_digest`` and ``now``.
LIVE_TOKEN = TOKEN.where(
    tokens.c.access_digest == bindparam("access_digest"),
    tokens.c.expires_at > bindparam("now"),
    token_families.c.revoked_at.is_(None),
)


def token_of(db: SqlConnection, token_id: int) -> Token:
    """Return an existing pair by its id."""
    return Token(**db.execute(TOKEN.where(tokens.c.id == token_id)).mappings().one())
