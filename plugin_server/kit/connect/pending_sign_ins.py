"""Pending sign-ins, each stored in a cookie of the browser that started it.

Sign-ins are started by browsers that are not authenticated yet, as often as they like: so nothing is stored
on the server. The cookie is encrypted, bound to its ``state`` and to the browser's session, and valid for a
quarter of an hour. Each sign-in has a cookie of its own, so that several can be pending side by side.
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

# Seconds in which a creator has to sign in.
LIFETIME = 900
# Bytes: browsers store cookies of up to 4,096 with the name, and servers accept header lines of about twice
# that.
_MAX_COOKIE = 4_000
_MAX_COOKIES = 5_000
# Of a payload, decompressed.
_MAX_CONTENT = 64 * 1024
_TOO_LONG = "The request is too long to be stored during the sign-in. Start again from Kit."


def session_id() -> str:
    """Return the id of this browser's session, made at the first call."""
    if "id" not in session:
        session["id"] = secrets.token_urlsafe(16)
    return str(session["id"])


class PendingSignIns:
    """Saves what a sign-in needs in the browser's cookies, and consumes it."""

    def __init__(self, cipher: Cipher, clock: Callable[[], int], *, https: bool) -> None:
        """Take what encrypts, a clock (unix seconds), and whether cookies are for https only."""
        self._cipher, self._clock, self._https = cipher, clock, https
        self._prefix = "__Host-plugin_sign_in_" if https else "plugin_sign_in_"

    def save(self, payload: dict[str, str]) -> str:
        """Save a pending sign-in; return the ``state`` that identifies it.

        Raises:
            MalformedRequest: 400, the payload does not fit in a cookie.
        """
        state = secrets.token_urlsafe(32)
        content = json.dumps({**payload, "expires_at": str(self._clock() + LIFETIME)})
        sealed = self._cipher.seal(zlib.compress(content.encode()), owner=_owner(state))
        value = base64.urlsafe_b64encode(sealed).decode()
        if len(value) > _MAX_COOKIE:
            raise MalformedRequest(_TOO_LONG)
        others = {name: len(each) for name, each in request.cookies.items() if self._is_ours(name)}
        # The browser sends all of them in one line.
        is_full = sum(others.values()) + len(value) > _MAX_COOKIES
        name = self._name(state)

        @after_this_request
        def set_cookie(response: Response) -> Response:
            for other in others if is_full else ():
                self._delete(response, other)
            response.set_cookie(
                name, value, LIFETIME, secure=self._https, httponly=True, samesite="Lax"
            )
            return response

        return state

    def consume(self, state: str) -> dict[str, str] | None:
        """Return what was saved, once; ``None`` if it is from another browser, or too old."""
        name = self._name(state)
        if name not in request.cookies:
            return None

        @after_this_request
        def delete_cookie(response: Response) -> Response:
            self._delete(response, name)
            return response

        try:
            sealed = base64.urlsafe_b64decode(request.cookies[name])
            content = self._cipher.open(sealed, owner=_owner(state))
        except (ValueError, DecryptionError):
            return None
        payload: dict[str, str] = json.loads(zlib.decompressobj().decompress(content, _MAX_CONTENT))
        return payload if int(payload.pop("expires_at")) > self._clock() else None

    def _name(self, state: str) -> str:
        return self._prefix + digest(state)[:16]

    def _is_ours(self, name: str) -> bool:
        return name.startswith(self._prefix)

    def _delete(self, response: Response, name: str) -> None:
        response.delete_cookie(name, secure=self._https, httponly=True, samesite="Lax")


def _owner(state: str) -> str:
    return f"sign-in {digest(state)} {session_id()}"
