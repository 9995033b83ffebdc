"""The store's interface. Every backend passes the one contract suite in ``tests/store``."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from plugin_server.store.records import (
    Account,
    AuthorizationCode,
    Connection,
    Creator,
    Lease,
    NewToken,
    Pending,
    Token,
)

MAX_CODE_FAILURES = 5
# Pending records of one browser session; a person has no more pages open that wait for them.
MAX_PENDING = 10
# Seconds. A refresh token that is not used for so long is no good any more, and a family ends
# when it is so old; generous, because only a creator can install again.
REFRESH_IDLE = 365 * 86_400
FAMILY_LIFETIME = 5 * 365 * 86_400
# Seconds for which what is over is kept: a replay or a reuse must stay recognisable as one.
KEEP_ENDED = 30 * 86_400


class Store(ABC):
    """What the rest of the server may ask of the database.

    Signing in needs ``save_pending``, ``consume_pending``, ``save_account`` and ``save_connection``;
    installing ``save_code``, ``find_code`` and ``consume_code``; every block request ``find_token`` and
    ``find_connection``; refreshing ours ``find_refresh_token`` and ``consume_refresh_token``, refreshing
    Kit's ``save_lease`` and ``revoke_lease``; uninstalling ``revoke_family``; the operator ``purge`` and
    ``reencrypt``, and for a creator who asks ``find_data`` and ``delete_account``. ``find_`` answers
    ``None`` for what is absent, expired or revoked. ``consume_`` is one transaction of which, among several
    callers, exactly one wins. Tokens, codes and states are known by digest only.

    Raises:
        StoreUnavailable: 503, from every method: the database cannot be used now, and nothing was stored.
    """

    @abstractmethod
    def ping(self) -> None:
        """Return if the database answers and its tables are current; raise otherwise."""

    # Signing in

    @abstractmethod
    def save_pending(self, *, digest: str, pending: Pending) -> None:
        """Remember something that must come back to the same browser.

        Of a session the newest MAX_PENDING are kept, so that nobody can fill the database with them.
        """

    @abstractmethod
    def consume_pending(self, *, digest: str, kind: str, session: str, now: int) -> Pending | None:
        """Take a pending record, once; ``None`` when it is unknown, expired, or another browser's."""

    @abstractmethod
    def save_account(self, account: Account) -> None:
        """Insert the account, or bring its name up to date."""

    @abstractmethod
    def find_account(self, *, account_id: str) -> Account | None:
        """Return the account."""

    @abstractmethod
    def save_connection(
        self, connection: Connection, *, expected_version: int | None = None
    ) -> bool:
        """Store the tokens of an account, counting its version up.

        Args:
            connection: the new tokens; its own ``version`` is ignored.
            expected_version: store only if this is still the version kept. ``None`` always stores.

        Returns:
            Whether it was stored.
        """

    @abstractmethod
    def find_connection(self, *, account_id: str) -> Connection | None:
        """Return the account's connection, an ended one included."""

    @abstractmethod
    def revoke_connection(self, *, account_id: str, version: int, now: int) -> bool:
        """Mark the connection as ended if ``version`` is still the one kept; return whether it was."""

    # Refreshing Kit's tokens

    @abstractmethod
    def save_lease(self, lease: Lease, *, now: int) -> bool:
        """Take the right to refresh a connection; false when somebody else holds it.

        A lease that has run out is taken over.
        """

    @abstractmethod
    def find_lease(self, *, account_id: str) -> Lease | None:
        """Return the account's lease, one that has run out included."""

    @abstractmethod
    def revoke_lease(self, *, account_id: str, owner: str) -> None:
        """Give the right back, if ``owner`` still holds it."""

    # Installing

    @abstractmethod
    def save_code(self, code: AuthorizationCode) -> None:
        """Store a fresh authorization code."""

    @abstractmethod
    def save_code_failure(self, *, digest: str) -> None:
        """Count a refused exchange of a code; after MAX_CODE_FAILURES it cannot be exchanged."""

    @abstractmethod
    def find_code(self, *, digest: str) -> AuthorizationCode | None:
        """Return a code, a used or expired one included: a replay must be recognisable."""

    @abstractmethod
    def consume_code(self, *, digest: str, token: NewToken, now: int) -> Token | None:
        """Exchange a code for the first tokens of a new family, once.

        The code's scope is added to what the installation has, and the token gets both. A second
        exchange revokes the family that the first one started (RFC 6749 section 4.1.2).

        Returns:
            The stored token, or ``None`` when the code is expired, worn out or used.
        """

    # Block requests

    @abstractmethod
    def find_scope(self, *, account_id: str, client_id: str) -> str:
        """Return what a live installation has been granted so far; ``""`` when there is none."""

    @abstractmethod
    def find_token(self, *, access_digest: str, now: int) -> Token | None:
        """Return the live token of a bearer; one indexed look-up, nothing written."""

    # Refreshing

    @abstractmethod
    def find_refresh_token(self, *, refresh_digest: str, now: int) -> Token | None:
        """Return a token pair by its refresh token, a spent one included.

        ``None`` when its family was revoked or has lived for FAMILY_LIFETIME, or when the token has
        not been used for REFRESH_IDLE.
        """

    @abstractmethod
    def consume_refresh_token(
        self, *, refresh_digest: str, successor: NewToken, now: int, grace: int
    ) -> Token | None:
        """Rotate: spend the refresh token and store its successor.

        A token spent within the last ``grace`` seconds whose successor is unspent answers that same
        successor again. Any other use of a spent token revokes the family (RFC 9700 section 4.14).

        Returns:
            The stored successor, or ``None`` when the token is unknown, revoked or reused.
        """

    # Uninstalling

    @abstractmethod
    def find_family(self, *, token_digest: str) -> tuple[int, str] | None:
        """Return (family id, client id) of an access or refresh token, live or not."""

    @abstractmethod
    def revoke_family(self, *, family_id: int, now: int) -> str:
        """End every token of a family, and of the families that its installation had before it.

        Return the id of the account that it belonged to.

        Whoever installed again without uninstalling has several; Kit only knows the newest. The
        account's Kit tokens are forgotten with its last family; see ``on_release``.
        """

    @abstractmethod
    def on_release(self, tell: Callable[[Connection], None]) -> None:
        """Have every connection be told, once, that goes with an account or with its last installation.

        That is with whatever ends it: an uninstallation, a replayed code, a reused refresh token, or
        ``delete_account``. Nobody but ``tell`` knows its tokens any more; it is called when they are gone
        for certain, by whoever called the store, and must not raise.
        """

    # A creator's own data

    @abstractmethod
    def find_creators(self) -> list[Creator]:
        """Return everyone of whom something is kept, by account id."""

    @abstractmethod
    def find_data(self, *, account_id: str) -> dict[str, list[dict[str, Any]]]:
        """Return all that is kept of a creator: rows by table, times in unix seconds.

        Tokens and codes are there by name, not by value. A consent page that is still open is not
        there: it cannot be told whose it is, and goes within minutes.
        """

    @abstractmethod
    def delete_account(self, *, account_id: str) -> int:
        """Delete all that is kept of a creator, so that no token of theirs is good; return how much."""

    # The operator

    @abstractmethod
    def purge(self, *, now: int) -> int:
        """Delete what has been over for KEEP_ENDED; return how many records went.

        A connection without any installation goes after a day: its creator signed in but did not consent.
        """

    @abstractmethod
    def reencrypt(self) -> int:
        """Encrypt with the newest key whatever was encrypted with an older one; return how many."""

    @abstractmethod
    def require_keys(self) -> None:
        """Return if every stored value can be decrypted with the keys at hand.

        Raises:
            DecryptionError: a key is missing; the text says which variable to mend.
        """
