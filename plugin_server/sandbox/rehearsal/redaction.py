"""Removes an app's secrets from what a report shows."""

import json
from collections.abc import Mapping
from threading import Lock
from typing import Any
from urllib.parse import quote, quote_plus

# Members of OAuth requests and responses that are secret (RFC 6749, RFC 7009).
_SECRET_MEMBERS = ("access_token", "client_secret", "code", "refresh_token", "token")
_SHORTEST = 4


class Redaction:
    """Every secret that was seen, and texts without them. Threads share it."""

    def __init__(self, *secrets: str) -> None:
        """Take secrets that are known from the start; empty ones are ignored."""
        self._lock = Lock()
        self._shown: dict[str, str] = {}
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Redact a secret from now on, in each way in which it may be written in a URL or in JSON."""
        if len(secret) < _SHORTEST:
            return
        written = {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}
        shown = f"{secret[:4]}…" if len(secret) >= 16 else "•••"
        with self._lock:
            for each in written:
                self._shown[each] = shown

    def add_members(self, body: Any) -> None:
        """Redact the secrets among the members of an OAuth request or response."""
        for name in _SECRET_MEMBERS if isinstance(body, Mapping) else ():
            if isinstance(body.get(name), str):
                self.add(body[name])

    def clean(self, text: str) -> str:
        """Return a text with the first characters of each secret only."""
        with self._lock:
            known = sorted(self._shown.items(), key=lambda pair: -len(pair[0]))
        for secret, shown in known:
            text = text.replace(secret, shown)
        return text
