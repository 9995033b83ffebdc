"""The store's interface. Every backend passes the one contract suite in ``tests/store``."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
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
    WebhookEndpoint,
)

MAX_CODE_FAILURES = 5
# Pending records of one browser session; nobody has more sign-in and consent pages open.
MAX_PENDING = 10
# Seconds after which an unused refresh token is not valid any more, and after which a family ends;
# generous, because only a creator can install again.
REFRESH_IDLE = 365 * 86_400
FAMILY_LIFETIME = 5 * 365 * 86_400
# Seconds for which ended records stay, so that a replay or a reuse is detected.
KEEP_ENDED = 30 * 86_400


class Store(ABC):
    """The interface between the rest of the server and the database.

    Signing in needs ``save_pending``, ``consume_pending``, ``save_account`` and ``save_connection``;
    installing ``save_code``, ``find_code`` and ``consume_code``; every block request ``find_token`` and
    ``find_connection``; refreshing ours ``find_refresh_token`` and ``consume_refresh_token``, refreshing
    Kit's ``save_lease`` and ``revoke_lease``; webhooks ``find_webhook_endpoint`` and those after it;
    uninstalling ``revoke_family``; the operator ``purge`` and ``reencrypt``, and for a creator's own data
    ``find_data`` and ``delete_account``. ``find_`` returns
    ``None`` for what is absent, expired or revoked. ``consume_`` is one transaction that succeeds for exactly
    one of several callers. Tokens, codes and states are stored as digests only.

    Raises:
        StoreUnavailable: 503, from every method: the database cannot be used now, and nothing was stored.
    """

    @abstractmethod
    def ping(self) -> None:
        """Return if the database responds and its schema is current; raise otherwise."""

    # Signing in

    @abstractmethod
    def save_pending(self, *, digest: str, pending: Pending) -> None:
        """Store a sign-in or consent that must be continued in the same browser.

        Only the newest MAX_PENDING of a session stay, so that a client cannot fill the database.
        """

    @abstractmethod
    def consume_pending(self, *, digest: str, kind: str, session: str, now: int) -> Pending | None:
        """Delete and return a pending record; ``None`` if it is unknown, expired or another browser's."""

    @abstractmethod
    def save_account(self, account: Account) -> None:
        """Insert the account, or update its name and last sign-in."""

    @abstractmethod
    def find_account(self, *, account_id: str) -> Account | None:
        """Return the account."""

    @abstractmethod
    def save_connection(
        self, connection: Connection, *, expected_version: int | None = None
    ) -> bool:
        """Store the tokens of an account and increment its version.

        Args:
            connection: the new tokens; its own ``version`` is ignored.
            expected_version: store only if this is still the stored version. ``None`` always stores.

        Returns:
            Whether it was stored.
        """

    @abstractmethod
    def find_connection(self, *, account_id: str) -> Connection | None:
        """Return the account's connection, an ended one included."""

    @abstractmethod
    def revoke_connection(self, *, account_id: str, version: int, now: int) -> bool:
        """Mark the connection as ended if ``version`` is still the stored one; return whether it was."""

    # Refreshing Kit's tokens

    @abstractmethod
    def save_lease(self, lease: Lease, *, now: int) -> bool:
        """Acquire the lease for refreshing a connection; ``False`` if another process has it.

        An expired lease is taken over.
        """

    @abstractmethod
    def find_lease(self, *, account_id: str) -> Lease | None:
        """Return the account's lease, an expired one included."""

    @abstractmethod
    def revoke_lease(self, *, account_id: str, owner: str) -> None:
        """Release the lease if ``owner`` still has it."""

    # What Kit reports

    @abstractmethod
    def find_webhook_endpoint(self, *, account_id: str) -> WebhookEndpoint | None:
        """Return the account's endpoint at Kit; one indexed look-up."""

    @abstractmethod
    def find_webhook_secret(self, *, key_digest: str) -> tuple[str, str] | None:
        """Return the account of the endpoint with a key in its URL, and the secret of its deliveries."""

    @abstractmethod
    def claim_webhook_endpoint(self, *, account_id: str, claim: int | None, now: int) -> int | None:
        """Start an attempt to find or create an account's endpoint at Kit.

        Args:
            account_id: of a connected account.
            claim: ``checked_at`` of the record that was found; ``None`` if there was none.
            now: unix seconds.

        Returns:
            The new ``checked_at``; ``None`` if another attempt has started since, or the account is not
            connected.
        """

    @abstractmethod
    def save_webhook_endpoint(self, endpoint: WebhookEndpoint, *, secret: str) -> bool:
        """Store an endpoint that Kit has created; return whether its ``checked_at`` is still the latest."""

    @abstractmethod
    def confirm_webhook_endpoint(self, *, account_id: str, claim: int, verified_at: int) -> None:
        """Store when Kit had the endpoint last, if ``claim`` is the latest ``checked_at``.

        ``verified_at`` is in unix seconds; 0 if Kit does not have it any more.
        """

    @abstractmethod
    def save_changes(self, *, account_id: str, kinds: Collection[str], at: float) -> None:
        """Store that kinds of an account's data changed at a time (unix seconds), unless they did later."""

    @abstractmethod
    def delete_webhook_endpoint(self, *, account_id: str) -> None:
        """Delete the account's endpoint here; it goes with the account's connection in any case."""

    # Installing

    @abstractmethod
    def save_code(self, code: AuthorizationCode) -> None:
        """Store a new authorization code."""

    @abstractmethod
    def save_code_failure(self, *, digest: str) -> None:
        """Count a refused exchange of a code; after MAX_CODE_FAILURES it cannot be exchanged."""

    @abstractmethod
    def find_code(self, *, digest: str) -> AuthorizationCode | None:
        """Return a code, a used or expired one included, so that a replay is detected."""

    @abstractmethod
    def consume_code(self, *, digest: str, token: NewToken, now: int) -> Token | None:
        """Exchange a code for the first tokens of a new family, once.

        The code's scope is added to what the installation has, and the token gets both. A second
        exchange revokes the family that the first one started (RFC 6749 section 4.1.2).

        Returns:
            The stored token, or ``None`` when the code is expired, used, or has failed too often.
        """

    # Block requests

    @abstractmethod
    def find_scope(self, *, account_id: str, client_id: str) -> str:
        """Return the scope of an installation with valid tokens; ``""`` when there is none."""

    @abstractmethod
    def find_token(self, *, access_digest: str, now: int) -> Token | None:
        """Return the valid token with an access token; one indexed look-up, and nothing is written."""

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

        A token spent within the last ``grace`` seconds whose successor is unspent returns that same
        successor again. Any other use of a spent token revokes the family (RFC 9700 section 4.14).

        Returns:
            The stored successor, or ``None`` when the token is unknown, revoked or reused.
        """

    # Uninstalling

    @abstractmethod
    def find_family(self, *, token_digest: str) -> tuple[int, str] | None:
        """Return (family id, client id) of an access or refresh token, valid or not."""

    @abstractmethod
    def revoke_family(self, *, family_id: int, now: int) -> str:
        """Revoke all tokens of a family, and of the earlier families of its installation.

        A creator who installed again without uninstalling has several; Kit only knows the newest. The
        account's Kit tokens are deleted with its last family; see ``on_release``.

        Returns:
            The id of its account.
        """

    @abstractmethod
    def on_release(self, callback: Callable[[Connection], None]) -> None:
        """Set what is called, once, with each connection that is deleted with its account or installation.

        Whatever ends it: an uninstallation, a replayed code, a reused refresh token, or ``delete_account``.
        Its tokens are nowhere else then. The callback runs after the transaction, in the thread of the
        method that deleted the connection, and must not raise.
        """

    # A creator's own data

    @abstractmethod
    def find_creators(self) -> list[Creator]:
        """Return every creator with stored records, by account id."""

    @abstractmethod
    def find_data(self, *, account_id: str) -> dict[str, list[dict[str, Any]]]:
        """Return all stored records of a creator: rows by table, times in unix seconds.

        The values of tokens and codes are left out. So are open consent pages: only their
        encrypted payload names the account, and they expire within minutes.
        """

    @abstractmethod
    def delete_account(self, *, account_id: str) -> int:
        """Delete all records of a creator, which invalidates their tokens; return their number."""

    # The operator

    @abstractmethod
    def purge(self, *, now: int) -> int:
        """Delete records that ended more than KEEP_ENDED ago; return their number.

        A connection without an installation is deleted after a day: its creator signed in but did not
        consent.
        """

    @abstractmethod
    def reencrypt(self) -> int:
        """Encrypt again, with the newest key, what an older key encrypted; return the number of records."""

    @abstractmethod
    def require_keys(self) -> None:
        """Return if every stored value can be decrypted with the configured keys.

        Raises:
            DecryptionError: a key is missing; the text names the variable to change.
        """
