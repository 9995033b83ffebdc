"""How tokens are made.

The first pair of a family is random. Every later pair is derived from the refresh token that is
exchanged for it, by HMAC with a key of the server. So when Kit sends one refresh token twice, because our
first response was lost or two of its servers refreshed at once, both get the same pair, and still only
digests are stored. A pair cannot be derived from a key without a token, nor from a token without a key.
"""

import base64
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from plugin_server.store.records import NewToken, Token, digest

# Seconds. Kit's documents show two days; a revoked token ends at once all the same, since each
# request looks it up.
ACCESS_TOKEN_LIFETIME = 172_800
CODE_LIFETIME = 60


@dataclass(frozen=True)
class Pair:
    """An access and a refresh token in plain text, on their way to Kit."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)

    def to_store(self, *, scope: str, now: int) -> NewToken:
        """Return the record that is stored for them."""
        return NewToken(
            access_digest=digest(self.access_token),
            refresh_digest=digest(self.refresh_token),
            scope=scope,
            issued_at=now,
            expires_at=now + ACCESS_TOKEN_LIFETIME,
        )

    def matches(self, token: Token) -> bool:
        """Return whether a stored record is the one of this pair."""
        return hmac.compare_digest(digest(self.refresh_token), token.refresh_digest)

    def to_response(self, token: Token, *, now: int) -> dict[str, str | int]:
        """Return the token endpoint's response; times are seconds (RFC 6749, 5.1, and Kit's own)."""
        return {
            "access_token": self.access_token,
            "token_type": "Bearer",
            "expires_in": token.expires_at - now,
            "refresh_token": self.refresh_token,
            "scope": token.scope,
            "created_at": token.issued_at,
        }


class TokenMaker:
    """Makes pairs, with the newest key; pairs of older keys are still recognised."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Take the server's keys, newest first; a key of their own is derived from each."""
        self._keys = [
            HKDF(algorithm=SHA256(), length=32, salt=None, info=b"refresh token successor").derive(
                key
            )
            for key in keys
        ]

    def first(self) -> Pair:
        """Return a random pair."""
        return Pair(secrets.token_urlsafe(32), secrets.token_urlsafe(32))

    def successors(self, refresh_token: str) -> list[Pair]:
        """Return the pair that follows a refresh token, for each key, the newest first."""
        return [
            Pair(_derive(key, "access", refresh_token), _derive(key, "refresh", refresh_token))
            for key in self._keys
        ]


def _derive(key: bytes, label: str, refresh_token: str) -> str:
    mac = hmac.digest(key, f"{label}\0{refresh_token}".encode(), "sha256")
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
