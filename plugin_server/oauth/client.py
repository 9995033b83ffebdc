"""Our one OAuth client, Kit, and its authentication."""

import base64
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc6749.errors import InvalidClientError
from pydantic import SecretStr
from typing_extensions import override

# Also after a comma, by which servers join a header that is sent twice.
_BASIC = re.compile(r"(?:^|,)\s*basic(?![\w-])", re.IGNORECASE)


@dataclass(frozen=True)
class PluginClient(ClientMixin):
    """Kit, as configured; the methods are Authlib's interface of a client.

    ``scopes`` are all that may be granted, each with its sentence for the consent page.
    """

    client_id: str
    secrets: tuple[SecretStr, ...]
    redirect_uris: tuple[str, ...]
    scopes: Mapping[str, str]

    @override
    def get_client_id(self) -> str:
        return self.client_id

    @override
    def get_default_redirect_uri(self) -> None:
        """Return ``None``: with several registered the request must name one (RFC 6749, 3.1.2.3)."""

    @override
    def get_allowed_scope(self, scope: str | None) -> str:
        """Return the known words of a scope, or all of them when none was requested."""
        requested = scope.split() if scope else self.scopes
        return " ".join(word for word in self.scopes if word in requested)

    @override
    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Compare whole strings (RFC 9700, 2.1): case, port and trailing slash matter."""
        return redirect_uri in self.redirect_uris

    @override
    def check_client_secret(self, client_secret: str) -> bool:
        """Compare with every valid secret, in constant time."""
        presented = client_secret.encode()
        matches = [
            hmac.compare_digest(secret.get_secret_value().encode(), presented)
            for secret in self.secrets
        ]
        return any(matches)

    @override
    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Return ``True``: ``authenticate`` chooses the method by what was presented."""
        return True

    @override
    def check_response_type(self, response_type: str) -> bool:
        """Allow the authorization code only (RFC 9700, 2.1.2)."""
        return response_type == "code"

    @override
    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in ("authorization_code", "refresh_token")


def authenticate(
    client: PluginClient,
    parameters: Mapping[str, str],
    authorization: str | None,
    *,
    secret_required: bool,
) -> PluginClient:
    """Return the client if the request authenticates it.

    The method is chosen by what was presented. Authlib tries one method after another, so that a request
    with a wrong secret in one place would pass as one without a secret in the other.

    Args:
        client: the only client.
        parameters: the body's parameters that have a value; may contain ``client_id`` and
            ``client_secret``.
        authorization: the ``Authorization`` header, for HTTP Basic. Another scheme, such as the
            Bearer of a client that sends it with each request, does not authenticate a client and is
            ignored.
        secret_required: false for refresh, where Kit sends no secret; a secret that is sent
            anyway must be right.

    Raises:
        InvalidClientError: 401, with ``WWW-Authenticate`` (RFC 6749, 5.2).
    """
    client_id, secret = parameters.get("client_id"), parameters.get("client_secret")
    if authorization and is_basic(authorization):
        client_id, secret = _basic(authorization)
        if parameters.get("client_id", client_id) != client_id or "client_secret" in parameters:
            raise _refusal()
    if client_id is None or not hmac.compare_digest(client_id.encode(), client.client_id.encode()):
        raise _refusal()
    if secret is None and not secret_required:
        return client
    if secret is None or not client.check_client_secret(secret):
        raise _refusal()
    return client


def is_basic(authorization: str | None) -> bool:
    """Return whether an ``Authorization`` header, if there is one, presents a client by HTTP Basic."""
    return bool(_BASIC.search(authorization or ""))


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, credentials = authorization.partition(" ")
    try:
        text = base64.b64decode(credentials.strip(), validate=True).decode()
    except ValueError:
        text = ""
    client_id, colon, secret = text.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise _refusal()
    # Both halves are form-encoded before they are joined (RFC 6749, 2.3.1).
    return unquote_plus(client_id), unquote_plus(secret)


def _refusal() -> InvalidClientError:
    # With 401 Authlib adds the challenge that RFC 6749, 5.2 requires.
    return InvalidClientError("The client is unknown or its secret is wrong.", status_code=401)
