"""Sign-in of creators with their Kit account or, for a private app, of its owner with a passphrase.

Each sign-in has a URL to return to, which is stored in a cookie: see ``pending_sign_ins.py``.
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from flask import session
from pydantic import SecretStr

from plugin_server.errors import MalformedRequest
from plugin_server.kit.api.client import KitClient
from plugin_server.kit.api.endpoints import ACCOUNT
from plugin_server.kit.connect.connections import Connections
from plugin_server.kit.connect.oauth_client import KitGrantRefused, KitOAuth
from plugin_server.kit.connect.pending_sign_ins import PendingSignIns, session_id
from plugin_server.observe.audit import audit
from plugin_server.store.base import Store
from plugin_server.store.records import Account

# Seconds for which a creator is signed in: long enough for an installation with all its steps, short enough
# that the browser's next user is not taken for the one before.
SIGN_IN_LIFETIME = 900
# Seconds in which Kit sends the browser on from a consent to ``/kit/connect``.
CONSENT_LIFETIME = 120
SIGN_IN_PATH = "/kit/sign-in"
_STALE = "This sign-in was started in another browser, or too long ago. Start again from Kit."


def sign_out() -> None:
    """Sign the creator out, and drop this session's id."""
    session.clear()


class SignIn(Protocol):
    """A way to authenticate the creator at the browser."""

    @property
    def sessions(self) -> "Sessions":
        """The browsers' sessions."""

    @property
    def has_several_accounts(self) -> bool:
        """Whether another creator could sign in instead."""

    def current_account(self) -> Account | None:
        """Return the account that is signed in, if it can still be read."""

    def start(self, *, return_to: str) -> str:
        """Start a sign-in; return the URL at which the creator signs in.

        Args:
            return_to: the URL after it; chosen by us, or validated before.

        Raises:
            MalformedRequest: 400, ``return_to`` is too long to be stored.
        """


class Sessions:
    """What both ways share: pending sign-ins, and the browser's session after them."""

    def __init__(self, store: Store, pending: PendingSignIns, clock: Callable[[], int]) -> None:
        """Take the store of accounts, the pending sign-ins and a clock (unix seconds)."""
        self._store, self._pending, self._clock = store, pending, clock

    def account(self) -> Account | None:
        """Return the account that is signed in."""
        if session.get("signed_in_until", 0) <= self._clock():
            return None
        return self._store.find_account(account_id=session["account_id"])

    def record_consent(self) -> None:
        """Record that this creator has just consented, for Kit's next step."""
        session["confirmed_until"] = self._clock() + CONSENT_LIFETIME

    def consume_consent(self) -> bool:
        """Return whether the creator has just consented; true once."""
        return bool(session.pop("confirmed_until", 0) > self._clock())

    def save_pending(self, **payload: str) -> str:
        """Save a pending sign-in; return the state that identifies it."""
        return self._pending.save(payload)

    def consume_pending(self, state: str) -> dict[str, str]:
        """Return what was saved of a pending sign-in, once.

        Raises:
            MalformedRequest: 400, the state is not this browser's, or too old.
        """
        payload = self._pending.consume(state)
        if payload is None:
            audit("sign_in_stale")
            raise MalformedRequest(_STALE)
        return payload

    def sign_in(self, client: KitClient) -> Account:
        """Sign in the owner of a Kit credential; raises a KitError when Kit fails."""
        kit_account = client.get(ACCOUNT)
        account = Account(id=str(kit_account.id), name=kit_account.name, seen_at=self._clock())
        self._store.save_account(account)
        session.clear()  # against session fixation
        session_id()  # at once, so that an old cookie that is sent again does not lead to several ids
        session["account_id"] = account.id
        session["signed_in_until"] = self._clock() + SIGN_IN_LIFETIME
        audit("signed_in", account=account.id)
        return account


def _do_nothing(_account_id: str) -> None:
    pass


@dataclass(frozen=True)
class KitSignIn:
    """Signs creators in through Kit's own OAuth, which also gives us the connection.

    ``client_for`` returns a client of Kit's API that uses an access token; ``on_connected`` is called with
    the account of each connection that has just been stored.
    """

    sessions: Sessions
    oauth: KitOAuth
    connections: Connections
    client_for: Callable[[SecretStr], KitClient]
    on_connected: Callable[[str], object] = _do_nothing
    has_several_accounts = True

    def current_account(self) -> Account | None:
        """Return the account that is signed in, if it is connected to Kit."""
        account = self.sessions.account()
        return account if account and self.connections.is_connected(account.id) else None

    def start(self, *, return_to: str) -> str:
        """Start a sign-in; the URL is that of Kit's consent screen."""
        verifier = secrets.token_urlsafe(48)
        state = self.sessions.save_pending(return_to=return_to, verifier=verifier)
        return self.oauth.authorize_url(state=state, verifier=verifier)

    def cancel(self, *, state: str, error: str) -> str:
        """Consume a sign-in that Kit ended with an error (RFC 6749, 4.1.2.1); return its ``return_to``.

        Raises:
            MalformedRequest: 400, the state is not this browser's.
        """
        pending = self.sessions.consume_pending(state)
        audit("sign_in_refused" if error == "access_denied" else "sign_in_failed")
        return pending["return_to"]

    def finish(self, *, state: str, code: str) -> str:
        """Sign the creator in, store their tokens, and return the URL to return to.

        Raises:
            MalformedRequest: 400, the state is not this browser's, or the code is not valid.
            KitError: 502, 503 or 429, Kit failed.
        """
        pending = self.sessions.consume_pending(state)
        try:
            tokens = self.oauth.exchange(code=code, verifier=pending["verifier"])
        except KitGrantRefused as error:
            audit("sign_in_failed")
            raise MalformedRequest(
                "Kit did not accept the sign-in. Start again from Kit."
            ) from error
        account = self.sessions.sign_in(self.client_for(SecretStr(tokens.access_token)))
        self.connections.save(account.id, tokens)
        self.on_connected(account.id)
        return pending["return_to"]


@dataclass(frozen=True)
class OwnerSignIn:
    """Signs in the owner of a private app, whose API key ``client`` uses."""

    sessions: Sessions
    client: KitClient
    passphrase: SecretStr
    has_several_accounts = False

    def current_account(self) -> Account | None:
        """Return the account that is signed in."""
        return self.sessions.account()

    def start(self, *, return_to: str) -> str:
        """Start a sign-in; the URL is that of our form for the passphrase."""
        return f"{SIGN_IN_PATH}?state={self.sessions.save_pending(return_to=return_to)}"

    def is_owner(self, passphrase: str) -> bool:
        """Compare with the passphrase, in constant time."""
        expected = self.passphrase.get_secret_value().encode()
        return hmac.compare_digest(passphrase.encode(), expected)

    def finish(self, state: str) -> str:
        """Sign the owner in, after ``is_owner``; return the URL to return to.

        Raises:
            MalformedRequest: 400, the state is not this browser's.
            KitError: 502, 503 or 429, Kit failed.
        """
        pending = self.sessions.consume_pending(state)
        self.sessions.sign_in(self.client)
        return pending["return_to"]
