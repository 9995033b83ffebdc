"""Signing creators in, with their Kit account or, for a private app, with its owner's passphrase.

Whatever leads here leaves the address to come back to; it is kept in the database under the
digest of the ``state``, bound to this browser's session, because a cookie may not be long enough for it.
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from flask import session
from pydantic import SecretStr

from plugin_server.audit import audit
from plugin_server.errors import MalformedRequest
from plugin_server.kit.client import KitClient
from plugin_server.kit.connection import Connections
from plugin_server.kit.oauth import KitGrantRefused, KitOAuth
from plugin_server.store.base import Store
from plugin_server.store.records import Account, Pending, digest

# Seconds that a creator has for signing in, and then for consenting: long enough for an installation with
# all its steps, short enough that whoever uses the browser next is not taken for the one before.
PENDING_LIFETIME = SIGN_IN_LIFETIME = 900
# Seconds in which Kit sends the browser on from a consent to ``/kit/connect``.
CONSENT_LIFETIME = 120
SIGN_IN_PATH = "/kit/sign-in"
_REFUSED = (
    "Without access to your Kit account there is nothing to show. Start again from Kit to allow it."
)
_FAILED = "Kit could not sign you in. Start again from Kit in a minute."
_STALE = "This sign-in was begun in another browser, or too long ago. Start again from Kit."


def session_id() -> str:
    """Return what tells this browser's session from others, made when it is first asked for."""
    if "id" not in session:
        session["id"] = secrets.token_urlsafe(16)
    return str(session["id"])


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

    def begin(self, *, return_to: str, refused_to: str = "", failed_to: str = "") -> str:
        """Return the address at which the creator signs in.

        Args:
            return_to: where a sign-in leads; chosen by us, or checked before.
            refused_to: where a refusal leads, likewise; ``""`` is a page that says so.
            failed_to: where any other error of Kit leads; likewise.
        """


class Sessions:
    """What both ways share: a sign-in that has begun, and the session that it ends in."""

    def __init__(self, store: Store, clock: Callable[[], int]) -> None:
        """Take where things are kept and what time it is."""
        self._store, self._clock = store, clock

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
        state = secrets.token_urlsafe(32)
        pending = Pending(
            kind="sign_in",
            session=session_id(),
            payload=payload,
            expires_at=self._clock() + PENDING_LIFETIME,
        )
        self._store.save_pending(digest=digest(state), pending=pending)
        return state

    def take(self, state: str) -> dict[str, str]:
        """Return what was remembered, once.

        Raises:
            MalformedRequest: 400, the state is not this browser's, or too old.
        """
        pending = self._store.consume_pending(
            digest=digest(state), kind="sign_in", session=session_id(), now=self._clock()
        )
        if pending is None:
            audit("sign_in_stale")
            raise MalformedRequest(_STALE)
        return pending.payload

    def enter(self, client: KitClient) -> Account:
        """Sign the owner of a Kit credential in; raises a KitError when Kit fails."""
        kit_account = client.get_account()
        account = Account(id=str(kit_account.id), name=kit_account.name, seen_at=self._clock())
        self._store.save_account(account)
        session.clear()  # and so a new id: one that was planted before must not become signed in
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

    def begin(self, *, return_to: str, refused_to: str = "", failed_to: str = "") -> str:
        """See SignIn; the address is Kit's consent screen."""
        verifier = secrets.token_urlsafe(48)
        state = self.sessions.leave(
            return_to=return_to, refused_to=refused_to, failed_to=failed_to, verifier=verifier
        )
        return self.oauth.authorize_url(state=state, verifier=verifier)

    def give_up(self, *, state: str, error: str) -> str:
        """Return where a creator goes whom Kit sent back with an error.

        Raises:
            MalformedRequest: 400, the state is not this browser's, or there is nowhere to go.
        """
        pending = self.sessions.take(state)
        refused = error == "access_denied"
        audit("sign_in_refused" if refused else "sign_in_failed")
        target = pending["refused_to" if refused else "failed_to"]
        if not target:
            raise MalformedRequest(_REFUSED if refused else _FAILED)
        return target

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

    def begin(self, *, return_to: str, refused_to: str = "", failed_to: str = "") -> str:
        """See SignIn; the address is our form for the passphrase."""
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
