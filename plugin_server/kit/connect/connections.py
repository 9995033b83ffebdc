"""A creator's connection to Kit: which token to read with, and how it is refreshed.

Kit spends a refresh token when it is used. Two refreshes at once, or an answer that is lost, would cost the
connection. So whoever refreshes holds a lock of this process and a lease in the store that all
processes see, looks at the stored pair again under it, and stores the new pair before using it. Everybody
else waits for the row to change. A refused refresh token ends the connection only if it is
still the stored one, and so does a new access token that Kit does not know; no other failure ever does.

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
from plugin_server.kit.connect.oauth_client import LONGEST_REQUEST, KitGrantRefused, KitOAuth
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
# How often a refresh is sent whose answer does not come: with the *same* token, because Kit may not
# have seen it, or may answer it again; if it has spent it, a second try makes nothing worse.
REFRESH_ATTEMPTS = 2
# Seconds. The lease outlives every attempt, so that it never runs out under a living owner.
LEASE_LIFETIME = REFRESH_ATTEMPTS * LONGEST_REQUEST + 2
WAIT_FOR_OTHERS = 8.0
POLL_INTERVAL = 0.05
# How often new tokens are offered to a database that could not store them.
SAVE_INTERVAL = 0.5
# Why a request failed that waited in vain for somebody else's refresh.
_WAITED = "refresh_wait"


@dataclass(frozen=True)
class Access:
    """An access token to read with.

    ``is_fresh`` tells that it was refreshed just now, so that another refresh could bring nothing better.
    """

    token: str = field(repr=False)
    is_fresh: bool


class Connections:
    """Every account's connection, as this process sees it."""

    def __init__(self, store: Store, oauth: KitOAuth, clock: Callable[[], int]) -> None:
        """Take where tokens are kept, who renews them, and what time it is (unix seconds)."""
        self._store, self._oauth, self._clock = store, oauth, clock
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        # By account, why a new pair that Kit gave is not stored yet.
        self._unsaved: dict[str, StoreUnavailable] = {}

    def save(self, account_id: str, tokens: KitTokens) -> None:
        """Keep the tokens of a creator who has just signed in."""
        if not tokens.refresh_token:
            audit("connection_without_refresh_token", account=account_id)
        self._store.save_connection(self._connection(account_id, tokens))

    def is_connected(self, account_id: str) -> bool:
        """Return whether the account can be read, as far as we know."""
        connection = self._store.find_connection(account_id=account_id)
        return connection is not None and connection.ended_at is None

    def access(self, account_id: str) -> Access:
        """Return a token that is good for another while.

        Raises:
            NotConnected: the connection has ended or never was (content error, code 403).
            KitError: it had to be refreshed and Kit failed (502, 503, 429).
        """
        connection = self._find(account_id)
        # At most half of its life: a token that lives for a minute would else be refreshed at each request.
        half = (connection.expires_at - connection.saved_at + 1) // 2
        margin = min(REFRESH_MARGIN + secrets.randbelow(REFRESH_JITTER), half)
        if not connection.refresh_token or connection.expires_at - margin > self._clock():
            return Access(connection.access_token, is_fresh=False)
        return Access(self.replace(account_id, connection.access_token), is_fresh=True)

    def replace(self, account_id: str, used: str) -> str:
        """Return a token other than ``used``, which has expired or which Kit has refused.

        Raises:
            NotConnected, KitError: as for ``access``.
        """
        deadline = time.monotonic() + WAIT_FOR_OTHERS
        if not self._locks[account_id].acquire(timeout=WAIT_FOR_OTHERS):
            raise KitUnavailable(reason=_WAITED)
        try:
            return self._replace_alone(account_id, used, deadline)
        finally:
            self._locks[account_id].release()

    def end(self, account_id: str, refused: str) -> None:
        """Mark the connection as ended if ``refused``, a token fresh from Kit, is still its token."""
        connection = self._store.find_connection(account_id=account_id)
        if connection is not None and connection.access_token == refused:
            self._mark_as_ended(connection)

    def _replace_alone(self, account_id: str, used: str, deadline: float) -> str:
        """Do the work of ``replace`` for this process; other processes may be at it too."""
        owner = secrets.token_hex(16)
        while True:
            connection = self._find(account_id)
            if connection.access_token != used:
                return connection.access_token
            # The lease of that refresh may still be there, and would be waited for in vain.
            if unsaved := self._unsaved.get(account_id):
                raise StoreUnavailable(reason=unsaved.reason)
            if self._take_lease(connection, owner):
                break
            if time.monotonic() > deadline:
                raise KitUnavailable(reason=_WAITED)
            time.sleep(POLL_INTERVAL)
        try:
            return self._refresh(account_id, used)
        finally:
            with suppress(StoreUnavailable):  # it then runs out by itself
                self._store.revoke_lease(account_id=account_id, owner=owner)

    def _take_lease(self, connection: Connection, owner: str) -> bool:
        now = self._clock()
        left = self._store.find_lease(account_id=connection.account_id)
        lease = Lease(connection.account_id, owner, connection.version, now + LEASE_LIFETIME)
        taken = self._store.save_lease(lease, now=now)
        if taken and left is not None and self._died_over(left):
            log.warning(
                "A worker died while refreshing the connection of account %s; trying again",
                connection.account_id,
            )
        return taken

    def _died_over(self, left: Lease) -> bool:
        """Return whether a lease that was there before ours ran out without bringing anything.

        Asked under our own lease: whoever finished while we tried to take it has stored its pair by now, or
        has given its lease back before it ran out.
        """
        if left.expires_at > self._clock():
            return False
        now_stored = self._store.find_connection(account_id=left.account_id)
        return now_stored is not None and now_stored.version == left.version

    def _refresh(self, account_id: str, used: str) -> str:
        """Refresh under the lease, unless somebody has while it was waited for."""
        connection = self._find(account_id)
        if connection.access_token != used:
            return connection.access_token
        if not connection.refresh_token:
            return self._after_refusal(connection)
        try:
            tokens = self._ask(connection)
        except KitGrantRefused:
            metrics.KIT_REFRESHES.labels("refused").inc()
            return self._after_refusal(connection)
        except KitError:
            metrics.KIT_REFRESHES.labels("unanswered").inc()
            raise
        metrics.KIT_REFRESHES.labels("done").inc()
        renewed = self._connection(account_id, tokens, connection.refresh_token)
        if not self._keep(renewed, connection.version):
            # Signed in anew, or uninstalled, while Kit answered: what is stored now is what counts.
            return self._find(account_id).access_token
        audit("connection_refreshed", account=account_id)
        return tokens.access_token

    def _keep(self, renewed: Connection, version: int) -> bool:
        """Store a new pair; if the database cannot now, go on behind, since Kit has spent the old one.

        Another process that tries the old pair meanwhile is refused and marks it as ended, which the new
        one then mends: its version is still that of the old.
        """
        try:
            return self._store.save_connection(renewed, expected_version=version)
        except StoreUnavailable as error:
            log.error("New tokens of account %s wait: %s", renewed.account_id, error.reason)
            self._unsaved[renewed.account_id] = error
            threading.Thread(
                target=self._keep_trying, args=(renewed, version), name="kit-tokens", daemon=True
            ).start()
            raise

    def _keep_trying(self, renewed: Connection, version: int) -> None:
        while True:
            time.sleep(SAVE_INTERVAL)
            with suppress(StoreUnavailable):
                self._store.save_connection(renewed, expected_version=version)
                self._unsaved.pop(renewed.account_id, None)
                return

    def _ask(self, connection: Connection) -> KitTokens:
        for _ in range(REFRESH_ATTEMPTS - 1):
            try:
                return self._oauth.refresh(connection.refresh_token)
            except KitUnavailable:
                log.warning("No answer to the refresh of account %s", connection.account_id)
        return self._oauth.refresh(connection.refresh_token)

    def _after_refusal(self, refused: Connection) -> str:
        """Use the pair that another process stored meanwhile, or admit that the connection is over."""
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
        """Return what to store; ``known`` is the refresh token that goes on when there is no new one."""
        now = self._clock()
        return Connection(
            account_id=account_id,
            access_token=tokens.access_token,
            refresh_token=tokens.refresh_token or known,
            expires_at=now + tokens.expires_in,
            scope=tokens.scope,
            saved_at=now,
        )
