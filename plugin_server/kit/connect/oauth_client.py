"""The client of Kit's OAuth server.

Source: https://developers.kit.com/api-reference/oauth-web-server-app-flow
"""

import base64
import hashlib
import logging
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx2
from pydantic import SecretStr

from plugin_server.errors import KitRejected, PluginError
from plugin_server.kit.api.deadline import Deadline
from plugin_server.kit.api.transport import error_for, read_json, send
from plugin_server.kit.connect.tokens import KitTokens, read_tokens

log = logging.getLogger(__name__)

# Seconds for each step of a request; short, because other requests may wait for the same tokens.
TIMEOUT = httpx2.Timeout(connect=2, write=2, read=4, pool=1)
REQUEST_TIMEOUT = 9
_MAX_RESPONSE = 64 * 1024  # bytes
# The error codes that are logged (RFC 6749, 5.2, and a little less).
_ERROR_CODE = re.compile(r"[a-z_]{1,40}", re.ASCII)


class KitGrantRefused(Exception):
    """Kit refused a code or a refresh token (``invalid_grant``): it is spent, revoked or not ours."""


@dataclass(frozen=True)
class KitOAuth:
    """Builds the URL of Kit's consent screen, exchanges codes, and refreshes and revokes tokens.

    Attributes:
        http: the process's pooled client.
        base_url: ``/token`` and ``/revoke`` are below it.
        client_id, client_secret: this app's at Kit.
        redirect_uri: the URL to which Kit sends browsers back.
        consent_url: of Kit's consent screen, which need not be on the same host.
    """

    http: httpx2.Client = field(repr=False)
    base_url: str
    client_id: str
    client_secret: SecretStr
    redirect_uri: str
    consent_url: str

    def authorize_url(self, *, state: str, verifier: str) -> str:
        """Return the URL of Kit's consent screen, with PKCE (RFC 7636)."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
        query = {
            "client_id": self.client_id,
            "response_type": "code",
            "redirect_uri": self.redirect_uri,
            "state": state,
            "code_challenge": challenge.rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return f"{self.consent_url}?{urlencode(query)}"

    def exchange(self, *, code: str, verifier: str) -> KitTokens:
        """Exchange a code for the creator's tokens.

        Raises:
            KitGrantRefused: the code is not valid (any more).
            KitError: Kit did not respond (503, 429), or not as documented (502).
        """
        return self._request_tokens(
            grant_type="authorization_code",
            client_secret=self.client_secret.get_secret_value(),
            code=code,
            code_verifier=verifier,
            redirect_uri=self.redirect_uri,
        )

    def refresh(self, refresh_token: str) -> KitTokens:
        """Exchange a refresh token, which works once, for the next pair; errors as above."""
        return self._request_tokens(grant_type="refresh_token", refresh_token=refresh_token)

    def revoke(self, token: str) -> None:
        """Revoke a grant: Kit ends the token and its partner, and marks the app as uninstalled.

        Kit responds with 200 also for a token that it does not know (any more), so it does no harm to revoke
        one that Kit has ended. Source: RFC 7009, 2.1

        Args:
            token: a refresh or an access token; the former ends all tokens of the grant.

        Raises:
            KitError: Kit did not respond (503, 429), or refused (502).
        """
        body = {
            "token": token,
            "client_id": self.client_id,
            "client_secret": self.client_secret.get_secret_value(),
        }
        response = self._post("/revoke", data=body)
        if not response.is_success:
            raise _failure(response)

    def _request_tokens(self, **body: str) -> KitTokens:
        response = self._post("/token", json={"client_id": self.client_id, **body})
        if response.is_client_error and _error_code(response) == "invalid_grant":
            raise KitGrantRefused
        if not response.is_success:
            raise _failure(response)
        return read_tokens(read_json(response))

    def _post(self, path: str, **content: Any) -> httpx2.Response:
        url = f"{self.base_url}{path}"
        request = self.http.build_request("POST", url, timeout=TIMEOUT, **content)
        deadline = Deadline.after(REQUEST_TIMEOUT)
        return send(self.http, request, deadline=deadline, max_bytes=_MAX_RESPONSE)


def _failure(response: httpx2.Response) -> PluginError:
    """Return the error for a response other than a refused grant.

    A 4xx here is about this app and not about the creator, unlike a 401 of the API.
    """
    if response.is_client_error and response.status_code != 429:
        code = _error_code(response) or f"http_{response.status_code}"
        log.error(
            "Kit's OAuth server refused us: %s; see KIT_CLIENT_ID and KIT_CLIENT_SECRET", code
        )
        return KitRejected(
            "Kit did not accept this app. Try again in a minute; if it stays so, tell the app's developer.",
            reason=code,
        )
    return error_for(response)


def _error_code(response: httpx2.Response) -> str:
    """Return the ``error`` of RFC 6749, 5.2; ``""`` if there is none."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return ""
    code = body.get("error") if isinstance(body, dict) else None
    return code if isinstance(code, str) and _ERROR_CODE.fullmatch(code) else ""
