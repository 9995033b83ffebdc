"""Simulated failures between Kit and a plugin, for one request at a time."""

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
# Nothing listens on port 1 of a modern machine, so the connection is really refused.
REFUSING_URL = "http://127.0.0.1:1/"


@contextmanager
def simulated(kind: str, store: Store, account_id: int, url: str) -> Iterator[str]:
    """Simulate one of ``SIMULATIONS`` for the request made inside; yields the URL to request.

    Any other ``kind`` leaves the request unchanged.
    """
    if kind == "slow":
        before_blocking()
        time.sleep(_DELAY)
    if kind == "expired":
        with _expired_token(store, account_id):
            yield url
    else:
        yield REFUSING_URL if kind == "down" else url


@contextmanager
def _expired_token(store: Store, account_id: int) -> Iterator[None]:
    """Use an access token that the app does not know: it gets the same 401 as an expired one."""
    before = store.find_installation(account_id)
    if before is None or before.access_token is None:
        yield
        return
    ended = replace(before, access_token=f"expired-{secrets.token_urlsafe(24)}")
    store.save_installation(ended)
    try:
        yield
    finally:
        # When the refresh failed, the simulation must not cost the installation.
        if store.find_installation(account_id) == ended:
            store.save_installation(before)
