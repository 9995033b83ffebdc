"""The store's records. Times are whole unix seconds; digests are SHA-256 in hex."""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field


def unix_now() -> int:
    """Return the current time as records have it."""
    return int(time.time())


def digest(token: str) -> str:
    """Return the SHA-256 that is stored instead of a code, token or state.

    Plain SHA-256 is enough because all of them have 256 random bits.
    """
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True)
class Account:
    """A creator's Kit account. ``id`` is Kit's, as text; ``seen_at`` is the last sign-in."""

    id: str
    name: str
    seen_at: int = 0


@dataclass(frozen=True)
class Creator:
    """An account as the operator sees it.

    ``installed`` is whether it has valid tokens of ours, ``connected`` whether it has tokens of Kit that Kit
    has not refused.
    """

    id: str
    name: str
    seen_at: int
    installed: bool
    connected: bool


@dataclass(frozen=True)
class Connection:
    """The tokens with which we read one account at Kit.

    ``version`` is incremented with each new pair; ``saved_at`` is when the pair was stored. ``ended_at``
    is set once Kit has refused the refresh token, after which only the creator can restore the connection.
    """

    account_id: str
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: int
    scope: str
    saved_at: int
    version: int = 0
    ended_at: int | None = None


@dataclass(frozen=True)
class Lease:
    """A process's exclusive right to refresh one account's connection, for a limited time.

    ``version`` is that of the pair being refreshed. A lease that expired without being released means that
    its owner died, and that Kit may have spent the pair.
    """

    account_id: str
    owner: str
    version: int
    expires_at: int


@dataclass(frozen=True)
class WebhookEndpoint:
    """The endpoint at Kit that reports an account's changes, without its secret.

    Attributes:
        account_id: whose changes it reports.
        checked_at: when the latest attempt to find or create it at Kit started, which identifies the attempt.
        endpoint_id: Kit's id; ``None`` until Kit has created it.
        key_digest: of the key in its URL, below ``base_url``.
        created_at: from when on it reports every change; ``verified_at`` when Kit had it last.
        changes: when each kind of data has changed last, in unix seconds with their fraction.
    """

    account_id: str
    checked_at: int
    endpoint_id: int | None = None
    key_digest: str | None = None
    base_url: str = ""
    created_at: int = 0
    verified_at: int = 0
    changes: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class AuthorizationCode:
    """A code that we issued. ``used_at`` and ``family_id`` are set once it was exchanged.

    ``failures`` counts the exchanges that were refused for their secret, verifier or redirect URI.
    """

    digest: str
    client_id: str
    account_id: str
    redirect_uri: str
    scope: str
    code_challenge: str | None
    expires_at: int
    failures: int = 0
    used_at: int | None = None
    family_id: int | None = None


@dataclass(frozen=True)
class NewToken:
    """A pair of tokens about to be stored."""

    access_digest: str
    refresh_digest: str
    scope: str
    issued_at: int
    expires_at: int


@dataclass(frozen=True)
class Token:
    """A pair of tokens that we issued, with the installation that it belongs to.

    ``expires_at`` is the access token's end. ``spent_at`` is set once the refresh token was used.
    """

    id: int
    family_id: int
    installation_id: int
    account_id: str
    client_id: str
    access_digest: str
    refresh_digest: str
    scope: str
    issued_at: int
    expires_at: int
    spent_at: int | None


@dataclass(frozen=True)
class Pending:
    """A sign-in or consent that was started and must be continued in the same browser.

    ``session`` is the browser session's id, ``payload`` what is needed to continue.
    """

    kind: str
    session: str
    payload: dict[str, str] = field(repr=False)
    expires_at: int
