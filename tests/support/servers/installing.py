"""Installations without a browser, and many of them: what a consent leaves in the store."""

import secrets
import time
from typing import Any

from plugin_server.store.base import Store
from plugin_server.store.records import Account, AuthorizationCode, Connection, NewToken, digest

SCOPE = "read:posts"
YEAR = 365 * 86_400


def install_directly(store: Store, account_id: str, kit_token: str) -> dict[str, Any]:
    """Install the app for a new account; return the token response that Kit's server would have got."""
    now = int(time.time())
    code, access, refresh = (secrets.token_urlsafe(32) for _ in range(3))
    store.save_account(Account(account_id, "Ada"))
    store.save_connection(
        Connection(account_id, kit_token, "refresh", now + YEAR, SCOPE, saved_at=now)
    )
    store.save_code(
        AuthorizationCode(
            digest(code),
            "sandbox-app",
            account_id,
            "https://app.kit.com/apps",
            SCOPE,
            None,
            now + 60,
        )
    )
    new = NewToken(digest(access), digest(refresh), SCOPE, now, now + YEAR)
    assert store.consume_code(digest=digest(code), token=new, now=now)
    return {"access_token": access, "refresh_token": refresh}
