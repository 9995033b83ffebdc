"""A sign-in that has begun, kept in a cookie of the browser that began it.

Anybody can begin as many sign-ins as they like, before we know who they are: so nothing is stored here for
one. The cookie is encrypted, bound to its ``state`` and to the browser's session, and good for a quarter of
an hour. Each sign-in has a cookie of its own, so that two may go on side by side.
"""

import base64
import json
import secrets
import zlib
from collections.abc import Callable

from flask import Response, after_this_request, request, session

from plugin_server.errors import MalformedRequest
from plugin_server.store.encryption import Cipher, DecryptionError
from plugin_server.store.records import digest

# Seconds that a creator has for signing in.
LIFETIME = 900
# Bytes: browsers keep no longer cookie than 4,096 with its name, and servers take no longer header line
# than about twice that.
_LONGEST = 4_000
_LONGEST_TOGETHER = 5_000
# Of a payload, decompressed.
_MOST_CONTENT = 64 * 1024
_TOO_LONG = "The request is too long to be kept during the sign-in. Start again from Kit."


def session_id() -> str:
    """Return what tells this browser's session from others, made when it is first asked for."""
    if "id" not in session:
        session["id"] = secrets.token_urlsafe(16)
    return str(session["id"])


class BegunSignIns:
    """Leaves what a sign-in needs with the browser, and takes it back."""

    def __init__(self, cipher: Cipher, clock: Callable[[], int], *, https: bool) -> None:
        """Take what encrypts, what time it is, and whether cookies can be for https alone."""
        self._cipher, self._clock, self._https = cipher, clock, https
        self._prefix = "__Host-plugin_sign_in_" if https else "plugin_sign_in_"

    def leave(self, payload: dict[str, str]) -> str:
        """Remember a sign-in that has begun; return the ``state`` that it is known by.

        Raises:
            MalformedRequest: 400, the payload does not fit in a cookie.
        """
        state = secrets.token_urlsafe(32)
        content = json.dumps({**payload, "expires_at": str(self._clock() + LIFETIME)})
        sealed = self._cipher.seal(zlib.compress(content.encode()), owner=_owner(state))
        value = base64.urlsafe_b64encode(sealed).decode()
        if len(value) > _LONGEST:
            raise MalformedRequest(_TOO_LONG)
        others = {name: len(kept) for name, kept in request.cookies.items() if self._is_ours(name)}
        # The browser sends all of them in one line.
        crowded = sum(others.values()) + len(value) > _LONGEST_TOGETHER
        name = self._name(state)

        @after_this_request
        def keep(response: Response) -> Response:
            for other in others if crowded else ():
                self._delete(response, other)
            response.set_cookie(
                name, value, LIFETIME, secure=self._https, httponly=True, samesite="Lax"
            )
            return response

        return state

    def take(self, state: str) -> dict[str, str] | None:
        """Return what was left, once; ``None``: not in this browser, or too long ago."""
        name = self._name(state)
        if name not in request.cookies:
            return None

        @after_this_request
        def forget(response: Response) -> Response:
            self._delete(response, name)
            return response

        try:
            sealed = base64.urlsafe_b64decode(request.cookies[name])
            content = self._cipher.open(sealed, owner=_owner(state))
        except (ValueError, DecryptionError):
            return None
        payload: dict[str, str] = json.loads(
            zlib.decompressobj().decompress(content, _MOST_CONTENT)
        )
        return payload if int(payload.pop("expires_at")) > self._clock() else None

    def _name(self, state: str) -> str:
        return self._prefix + digest(state)[:16]

    def _is_ours(self, name: str) -> bool:
        return name.startswith(self._prefix)

    def _delete(self, response: Response, name: str) -> None:
        response.delete_cookie(name, secure=self._https, httponly=True, samesite="Lax")


def _owner(state: str) -> str:
    return f"sign-in {digest(state)} {session_id()}"
