"""Signing creators in, with their Kit account or, for a private app, with its owner's passphrase.

Whatever leads here leaves the URL to come back to; see ``begun_sign_in.py`` for where it is kept.
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
from plugin_server.kit.connect.pending_sign_in import BegunSignIns, session_id
from plugin_server.observe.audit import audit
from plugin_server.store.base import Store
from plugin_server.store.records import Account

# Seconds for which a creator is signed in: long enough for an installation with all its steps, short enough
# that whoever uses the browser next is not taken for the one before.
SIGN_IN_LIFETIME = 900
# Seconds in which Kit sends the browser on from a consent to ``/kit/connect``.
CONSENT_LIFETIME = 120
SIGN_IN_PATH = "/kit/sign-in"
_STALE = "This sign-in was begun in another browser, or too long ago. Start again from Kit."


def sign_out() -> None:
    """Forget who is signed in, and this session's id with it."""
    session.clear()


class SignIn(Protocol):
    """A way to find out which creator is at the browser."""

    @property
    def sessions(self) -> "Sessions":
        """The browsers' sessions."""

    @property
    def has_several_accounts(self) -> bool:
        """Whether somebody else could sign in instead."""

    def current_account(self) -> Account | None:
        """Return who is signed in, if their account can still be read."""

    def begin(self, *, return_to: str) -> str:
        """Return the URL at which the creator signs in.

        Args:
            return_to: where a sign-in leads; chosen by us, or checked before.

        Raises:
            MalformedRequest: 400, ``return_to`` is too long to be kept.
        """


class Sessions:
    """What both ways share: a sign-in that has begun, and the session that it ends in."""

    def __init__(self, store: Store, begun: BegunSignIns, clock: Callable[[], int]) -> None:
        """Take where accounts and sign-ins that have begun are kept, and what time it is."""
        self._store, self._begun, self._clock = store, begun, clock

    def account(self) -> Account | None:
        """Return who is signed in."""
        if session.get("signed_in_until", 0) <= self._clock():
            return None
        return self._store.find_account(account_id=session["account_id"])

    def confirm(self) -> None:
        """Remember that this creator has just consented, for Kit's next step."""
        session["confirmed_until"] = self._clock() + CONSENT_LIFETIME

    def was_confirmed(self) -> bool:
        """Return whether the creator has just consented; true once."""
        return bool(session.pop("confirmed_until", 0) > self._clock())

    def leave(self, **payload: str) -> str:
        """Remember a sign-in that has begun; return the state that it is known by."""
        return self._begun.leave(payload)

    def take(self, state: str) -> dict[str, str]:
        """Return what was remembered, once.

        Raises:
            MalformedRequest: 400, the state is not this browser's, or too old.
        """
        payload = self._begun.take(state)
        if payload is None:
            audit("sign_in_stale")
            raise MalformedRequest(_STALE)
        return payload

    def enter(self, client: KitClient) -> Account:
        """Sign the owner of a Kit credential in; raises a KitError when Kit fails."""
        kit_account = client.get(ACCOUNT)
        account = Account(id=str(kit_account.id), name=kit_account.name, seen_at=self._clock())
        self._store.save_account(account)
        session.clear()  # one that was planted before must not become signed in
        session_id()  # at once, so that nobody has several by sending an old cookie again
        session["account_id"] = account.id
        session["signed_in_until"] = self._clock() + SIGN_IN_LIFETIME
        audit("signed_in", account=account.id)
        return account


@dataclass(frozen=True)
class KitSignIn:
    """Signs creators in through Kit's own OAuth, which also gives us the connection.

    ``read`` turns an access token into a client of Kit's API.
    """

    sessions: Sessions
    oauth: KitOAuth
    connections: Connections
    read: Callable[[SecretStr], KitClient]
    has_several_accounts = True

    def current_account(self) -> Account | None:
        """See SignIn."""
        account = self.sessions.account()
        return account if account and self.connections.is_connected(account.id) else None

    def begin(self, *, return_to: str) -> str:
        """See SignIn; the URL is that of Kit's consent screen."""
        verifier = secrets.token_urlsafe(48)
        state = self.sessions.leave(return_to=return_to, verifier=verifier)
        return self.oauth.authorize_url(state=state, verifier=verifier)

    def give_up(self, *, state: str, error: str) -> str:
        """Return where a sign-in would have led that Kit has ended with an error (RFC 6749, 4.1.2.1).

        Raises:
            MalformedRequest: 400, the state is not this browser's.
        """
        pending = self.sessions.take(state)
        audit("sign_in_refused" if error == "access_denied" else "sign_in_failed")
        return pending["return_to"]

    def finish(self, *, state: str, code: str) -> str:
        """Keep the creator's tokens, sign them in, and return the address to go on to.

        Raises:
            MalformedRequest: 400, the state is not this browser's, or the code is no good.
            KitError: 502, 503 or 429, Kit failed.
        """
        pending = self.sessions.take(state)
        try:
            tokens = self.oauth.exchange(code=code, verifier=pending["verifier"])
        except KitGrantRefused as error:
            audit("sign_in_failed")
            raise MalformedRequest(
                "Kit did not accept the sign-in. Start again from Kit."
            ) from error
        account = self.sessions.enter(self.read(SecretStr(tokens.access_token)))
        self.connections.save(account.id, tokens)
        return pending["return_to"]


@dataclass(frozen=True)
class OwnerSignIn:
    """Signs the owner of a private app in, whose API key ``client`` reads with; nobody else."""

    sessions: Sessions
    client: KitClient
    passphrase: SecretStr
    has_several_accounts = False

    def current_account(self) -> Account | None:
        """See SignIn."""
        return self.sessions.account()

    def begin(self, *, return_to: str) -> str:
        """See SignIn; the URL is that of our form for the passphrase."""
        return f"{SIGN_IN_PATH}?state={self.sessions.leave(return_to=return_to)}"

    def is_owner(self, passphrase: str) -> bool:
        """Compare with the passphrase, in constant time."""
        expected = self.passphrase.get_secret_value().encode()
        return hmac.compare_digest(passphrase.encode(), expected)

    def finish(self, state: str) -> str:
        """Sign the owner in, after ``is_owner``; return the address to go on to.

        Raises:
            MalformedRequest: 400, the state is not this browser's.
            KitError: 502, 503 or 429, Kit failed.
        """
        pending = self.sessions.take(state)
        self.sessions.enter(self.client)
        return pending["return_to"]
