"""Kit's OAuth server, of which we are a client.

Source: https://developers.kit.com/api-reference/oauth-web-server-app-flow
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx2
from pydantic import BaseModel, Field, SecretStr, ValidationError

from plugin_server.errors import KitRejected
from plugin_server.kit.deadline import Deadline
from plugin_server.kit.http import read_json, send

# Seconds for each step of a request; short, because others may wait for the same tokens.
TIMEOUT = httpx2.Timeout(connect=2, write=2, read=4, pool=1)
LONGEST_REQUEST = 9
_LONGEST_ANSWER = 64 * 1024  # bytes


class KitGrantRefused(Exception):
    """Kit refused a code or a refresh token (``invalid_grant``): it is spent, revoked or not ours."""


class KitTokens(BaseModel):
    """A token answer of Kit; ``expires_in`` is in seconds."""

    access_token: str = Field(min_length=1, repr=False)
    refresh_token: str = Field(min_length=1, repr=False)
    expires_in: int = Field(gt=0)
    scope: str = "public"


@dataclass(frozen=True)
class KitOAuth:
    """Sends browsers to Kit's consent screen and exchanges what they bring back."""

    http: httpx2.Client = field(repr=False)
    base_url: str
    client_id: str
    client_secret: SecretStr
    redirect_uri: str

    def authorize_url(self, *, state: str, verifier: str) -> str:
        """Return where to send a browser for Kit's consent, with PKCE (RFC 7636)."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
        query = {
            "client_id": self.client_id,
            "response_type": "code",
            "redirect_uri": self.redirect_uri,
            "state": state,
            "code_challenge": challenge.rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return f"{self.base_url}/authorize?{urlencode(query)}"

    def exchange(self, *, code: str, verifier: str) -> KitTokens:
        """Exchange a code for the creator's tokens.

        Raises:
            KitGrantRefused: the code is not good (any more).
            KitError: Kit did not answer (503, 429), or not as documented (502).
        """
        return self._ask(
            grant_type="authorization_code",
            client_secret=self.client_secret.get_secret_value(),
            code=code,
            code_verifier=verifier,
            redirect_uri=self.redirect_uri,
        )

    def refresh(self, refresh_token: str) -> KitTokens:
        """Exchange a refresh token, which Kit thereby spends, for the next pair; errors as above."""
        return self._ask(grant_type="refresh_token", refresh_token=refresh_token)

    def _post(self, body: Mapping[str, Any]) -> httpx2.Response:
        request = self.http.build_request(
            "POST", f"{self.base_url}/token", json=body, timeout=TIMEOUT
        )
        deadline = Deadline.after(LONGEST_REQUEST)
        return send(self.http, request, deadline=deadline, longest=_LONGEST_ANSWER)

    def _ask(self, **body: Any) -> KitTokens:
        response = self._post({"client_id": self.client_id, **body})
        if response.status_code in (400, 401) and _error_word(response) == "invalid_grant":
            raise KitGrantRefused
        try:
            return KitTokens.model_validate(read_json(response))
        except ValidationError:
            # Raised anew without its cause, because that shows the answer, tokens included.
            raise KitRejected from None


def _error_word(response: httpx2.Response) -> object:
    try:
        body = response.json()
    except ValueError:
        return None
    return body.get("error") if isinstance(body, dict) else None
