"""What can go wrong between Kit and a plugin, tried on one request at a time."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from plugin_server.blocking import before_blocking
from plugin_server.sandbox.store import Store

SIMULATIONS = {
    "slow": "3 seconds late",
    "down": "not at all",
    "expired": "that the token expired",
}
_DELAY = 3.0
# Nothing listens on the first port of a machine of today, so the connection is really refused.
_NOWHERE = "http://127.0.0.1:1/"


@contextmanager
def simulated(kind: str, store: Store, account_id: int, url: str) -> Iterator[str]:
    """Let one of ``SIMULATIONS`` happen to the request made in the block; yields its URL.

    Any other ``kind`` lets the request through as it is.
    """
    if kind == "slow":
        before_blocking()
        time.sleep(_DELAY)
    if kind == "expired":
        with _expired_token(store, account_id):
            yield url
    else:
        yield _NOWHERE if kind == "down" else url


@contextmanager
def _expired_token(store: Store, account_id: int) -> Iterator[None]:
    """Send an access token that the app does not know: it gets the same 401 as one that ended."""
    before = store.find_installation(account_id)
    if before is None or before.access_token is None:
        yield
        return
    ended = replace(before, access_token=f"expired-{secrets.token_urlsafe(24)}")
    store.save_installation(ended)
    try:
        yield
    finally:
        # Where the refresh failed, the installation must not be lost to a trial.
        if store.find_installation(account_id) == ended:
            store.save_installation(before)
