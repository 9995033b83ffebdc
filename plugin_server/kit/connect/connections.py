"""A creator's connection to Kit: its access token, and how it is refreshed.

A refresh token works once. Two refreshes at once, or a response that is lost, would cost the connection. So a
thread that refreshes holds a lock of this process and a lease in the store that all processes see, reads the
stored pair again under it, and stores the new pair before using it. All others wait for the row to change. A
refused refresh token ends the connection only if it is still the stored one, and so does a new access token
that Kit does not know; no other failure ever does.

A connection for which Kit gave no refresh token lives until Kit refuses its access token.
"""

import logging
import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from plugin_server.errors import KitError, KitUnavailable, NotConnected, StoreUnavailable
from plugin_server.kit.connect.oauth_client import REQUEST_TIMEOUT, KitGrantRefused, KitOAuth
from plugin_server.kit.connect.tokens import KitTokens
from plugin_server.observe import metrics
from plugin_server.observe.audit import audit
from plugin_server.store.base import Store
from plugin_server.store.records import Connection, Lease

log = logging.getLogger(__name__)

# Seconds before its end at which an access token is not used any more. Each request adds a random
# part to it, so that one of them refreshes early while the others can still use the old token.
REFRESH_MARGIN = 120
REFRESH_JITTER = 180
# How often a refresh without a response is sent: with the *same* token, because Kit may not have
# received it, or may respond again; if the token is spent, a second attempt makes nothing worse.
REFRESH_ATTEMPTS = 2
# Seconds. The lease outlives every attempt, so that it never runs out under a living owner.
LEASE_LIFETIME = REFRESH_ATTEMPTS * REQUEST_TIMEOUT + 2
WAIT_FOR_OTHERS = 8.0
POLL_INTERVAL = 0.05
# Seconds between attempts to save new tokens that the database could not store.
SAVE_INTERVAL = 0.5
# The reason of a request that waited too long for a refresh by another thread or process.
_REFRESH_WAIT = "refresh_wait"


@dataclass(frozen=True)
class AccessToken:
    """A token for Kit's API.

    ``is_fresh`` is whether it was refreshed just now, so that another refresh would not help.
    """

    token: str = field(repr=False)
    is_fresh: bool


class Connections:
    """Every account's connection, as this process sees it."""

    def __init__(self, store: Store, oauth: KitOAuth, clock: Callable[[], int]) -> None:
        """Take the store of the tokens, Kit's OAuth server, and a clock (unix seconds)."""
        self._store, self._oauth, self._clock = store, oauth, clock
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        # By account, why a new pair that Kit gave is not stored yet.
        self._unsaved: dict[str, StoreUnavailable] = {}

    def save(self, account_id: str, tokens: KitTokens) -> None:
        """Store the tokens of a creator who has just signed in."""
        if not tokens.refresh_token:
            audit("connection_without_refresh_token", account=account_id)
        self._store.save_connection(self._connection(account_id, tokens))

    def is_connected(self, account_id: str) -> bool:
        """Return whether the account can be read, as far as we know."""
        connection = self._store.find_connection(account_id=account_id)
        return connection is not None and connection.ended_at is None

    def access_token(self, account_id: str) -> AccessToken:
        """Return a token that does not expire soon; see ``REFRESH_MARGIN``.

        Raises:
            NotConnected: the connection has ended or never was (content error, code 403).
            KitError: it had to be refreshed and Kit failed (502, 503, 429).
        """
        connection = self._find(account_id)
        # At most half of its lifetime: a token that lives for a minute would be refreshed at each request.
        half = (connection.expires_at - connection.saved_at + 1) // 2
        margin = min(REFRESH_MARGIN + secrets.randbelow(REFRESH_JITTER), half)
        if not connection.refresh_token or connection.expires_at - margin > self._clock():
            return AccessToken(connection.access_token, is_fresh=False)
        return AccessToken(self.replace(account_id, connection.access_token), is_fresh=True)

    def replace(self, account_id: str, used: str) -> str:
        """Return a token other than ``used``, which has expired or which Kit has refused.

        Raises:
            NotConnected, KitError: as for ``access_token``.
        """
        deadline = time.monotonic() + WAIT_FOR_OTHERS
        if not self._locks[account_id].acquire(timeout=WAIT_FOR_OTHERS):
            raise KitUnavailable(reason=_REFRESH_WAIT)
        try:
            return self._replace_locked(account_id, used, deadline)
        finally:
            self._locks[account_id].release()

    def end(self, account_id: str, refused: str) -> None:
        """Mark the connection as ended if ``refused``, a token fresh from Kit, is still its token."""
        connection = self._store.find_connection(account_id=account_id)
        if connection is not None and connection.access_token == refused:
            self._mark_as_ended(connection)

    def _replace_locked(self, account_id: str, used: str, deadline: float) -> str:
        """Do the work of ``replace`` under the lock of this process; other processes may do the same."""
        owner = secrets.token_hex(16)
        while True:
            connection = self._find(account_id)
            if connection.access_token != used:
                return connection.access_token
            # The lease of that refresh may still exist; it must not be waited for.
            if unsaved := self._unsaved.get(account_id):
                raise StoreUnavailable(reason=unsaved.reason)
            if self._take_lease(connection, owner):
                break
            if time.monotonic() > deadline:
                raise KitUnavailable(reason=_REFRESH_WAIT)
            time.sleep(POLL_INTERVAL)
        try:
            return self._refresh(account_id, used)
        finally:
            with suppress(StoreUnavailable):  # it then expires
                self._store.revoke_lease(account_id=account_id, owner=owner)

    def _take_lease(self, connection: Connection, owner: str) -> bool:
        now = self._clock()
        previous = self._store.find_lease(account_id=connection.account_id)
        lease = Lease(connection.account_id, owner, connection.version, now + LEASE_LIFETIME)
        taken = self._store.save_lease(lease, now=now)
        if taken and previous is not None and self._was_abandoned(previous):
            log.warning(
                "A worker died while refreshing the connection of account %s; retrying",
                connection.account_id,
            )
        return taken

    def _was_abandoned(self, previous: Lease) -> bool:
        """Return whether a lease before ours expired without a new pair of tokens.

        To be called under our own lease: a process that finished while we tried to take it has stored its
        pair by now, or has released its lease before it expired.
        """
        if previous.expires_at > self._clock():
            return False
        now_stored = self._store.find_connection(account_id=previous.account_id)
        return now_stored is not None and now_stored.version == previous.version

    def _refresh(self, account_id: str, used: str) -> str:
        """Refresh under the lease, unless that happened while we waited for it."""
        connection = self._find(account_id)
        if connection.access_token != used:
            return connection.access_token
        if not connection.refresh_token:
            return self._after_refusal(connection)
        try:
            tokens = self._request_tokens(connection)
        except KitGrantRefused:
            metrics.KIT_REFRESHES.labels("refused").inc()
            return self._after_refusal(connection)
        except KitError:
            metrics.KIT_REFRESHES.labels("unanswered").inc()
            raise
        metrics.KIT_REFRESHES.labels("done").inc()
        renewed = self._connection(account_id, tokens, connection.refresh_token)
        if not self._save_pair(renewed, connection.version):
            # The creator signed in again, or uninstalled, meanwhile: what is stored now counts.
            return self._find(account_id).access_token
        audit("connection_refreshed", account=account_id)
        return tokens.access_token

    def _save_pair(self, renewed: Connection, version: int) -> bool:
        """Store a new pair; if the database cannot now, retry in the background, since the old one is spent.

        Another process that uses the old pair meanwhile is refused and marks it as ended. The new pair then
        restores the connection: its version is still that of the old one.
        """
        try:
            return self._store.save_connection(renewed, expected_version=version)
        except StoreUnavailable as error:
            log.error(
                "New tokens of account %s are not saved yet: %s", renewed.account_id, error.reason
            )
            self._unsaved[renewed.account_id] = error
            threading.Thread(
                target=self._retry_saving, args=(renewed, version), name="kit-tokens", daemon=True
            ).start()
            raise

    def _retry_saving(self, renewed: Connection, version: int) -> None:
        while True:
            time.sleep(SAVE_INTERVAL)
            with suppress(StoreUnavailable):
                self._store.save_connection(renewed, expected_version=version)
                self._unsaved.pop(renewed.account_id, None)
                return

    def _request_tokens(self, connection: Connection) -> KitTokens:
        for _ in range(REFRESH_ATTEMPTS - 1):
            try:
                return self._oauth.refresh(connection.refresh_token)
            except KitUnavailable:
                log.warning("No response to the refresh of account %s", connection.account_id)
        return self._oauth.refresh(connection.refresh_token)

    def _after_refusal(self, refused: Connection) -> str:
        """Use the pair that another process stored meanwhile, or raise NotConnected."""
        self._mark_as_ended(refused)
        return self._find(refused.account_id).access_token

    def _mark_as_ended(self, connection: Connection) -> None:
        ended = self._store.revoke_connection(
            account_id=connection.account_id, version=connection.version, now=self._clock()
        )
        if ended:
            audit("connection_ended", account=connection.account_id)

    def _find(self, account_id: str) -> Connection:
        connection = self._store.find_connection(account_id=account_id)
        if connection is None or connection.ended_at is not None:
            raise NotConnected
        return connection

    def _connection(self, account_id: str, tokens: KitTokens, known: str = "") -> Connection:
        """Return what to store; ``known`` is the refresh token that stays when there is no new one."""
        now = self._clock()
        return Connection(
            account_id=account_id,
            access_token=tokens.access_token,
            refresh_token=tokens.refresh_token or known,
            expires_at=now + tokens.expires_in,
            scope=tokens.scope,
            saved_at=now,
        )
