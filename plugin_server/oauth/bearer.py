"""Validation of the bearer tokens that Kit sends with every block request (RFC 6750)."""

from collections.abc import Callable, Sequence

from authlib.oauth2.rfc6749 import OAuth2Error, ResourceProtector
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc6750.errors import InsufficientScopeError, InvalidTokenError
from typing_extensions import override
from werkzeug import Request

from plugin_server.errors import InsufficientScope, MalformedRequest, NotAuthenticated
from plugin_server.observe import record
from plugin_server.observe.audit import audit
from plugin_server.store.base import Store
from plugin_server.store.records import Token, digest

_REALM = "blocks"
# URLs are written to logs and histories (RFC 6750 section 5.3).
_USE_THE_HEADER = "Send the access token in the header Authorization: Bearer …, not in the URL."


class _Validator(BearerTokenValidator):
    def __init__(self, store: Store, clock: Callable[[], int]) -> None:
        super().__init__(realm=_REALM)
        self._store, self._clock = store, clock

    @override
    def authenticate_token(self, token_string: str) -> Token | None:
        return self._store.find_token(access_digest=digest(token_string), now=self._clock())

    @override
    def validate_token(self, token: Token | None, scopes: Sequence[str], request: Request) -> None:
        # The store finds only what is neither expired nor revoked.
        if token is None:
            raise InvalidTokenError(realm=self.realm)
        if self.scope_insufficient(token.scope, scopes):
            raise InsufficientScopeError


class BearerProtector:
    """Validates bearer tokens, and records the account and installation of a request."""

    def __init__(self, store: Store, clock: Callable[[], int]) -> None:
        """Take the store with the tokens, and a clock in unix seconds."""
        self._protector = ResourceProtector()
        self._protector.register_token_validator(_Validator(store, clock))

    def authenticate(self, request: Request, scopes: Sequence[str]) -> str:
        """Return the id of the account that a request is for; the store is only read.

        Args:
            request: carries ``Authorization: Bearer …``; a token in the query is refused, one in the body
                is not read.
            scopes: all of them are required; without any, each valid token is enough.

        Raises:
            MalformedRequest: 400, a token in the query beside one in the header (RFC 6750 section 3.1).
            NotAuthenticated: 401, with ``WWW-Authenticate`` so that Kit refreshes its token.
            InsufficientScope: 403.
        """
        is_in_url = b"&access_token=" in b"&" + request.query_string
        if is_in_url and "Authorization" in request.headers:
            raise MalformedRequest(_USE_THE_HEADER)
        try:
            # An empty scope would require a token that grants something.
            required = [" ".join(scopes)] if scopes else None
            token: Token = self._protector.validate_request(required, request)
        except InsufficientScopeError as error:
            audit("bearer_refused", error=error.error)
            challenge = (
                f'Bearer realm="{_REALM}", error="{error.error}", scope="{" ".join(scopes)}"'
            )
            raise InsufficientScope(headers={"WWW-Authenticate": challenge}) from error
        except InvalidTokenError as error:
            audit("bearer_refused", error=error.error)
            challenge = dict(error.get_headers())["WWW-Authenticate"]
            raise NotAuthenticated(headers={"WWW-Authenticate": challenge}) from error
        except OAuth2Error as error:
            # No token was presented: the challenge then has no error code (RFC 6750, 3.1).
            challenge = f'Bearer realm="{_REALM}"'
            messages = _USE_THE_HEADER if is_in_url else ()
            raise NotAuthenticated(messages, headers={"WWW-Authenticate": challenge}) from error
        current = record.current()
        current.account, current.installation = token.account_id, token.installation_id
        return token.account_id


def allow_everyone(_request: Request, _scopes: Sequence[str]) -> str:
    """Accept every request, for the one account of an API key, whose id is not needed."""
    return ""
