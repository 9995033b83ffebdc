"""The entry point to accounts' data: from an account's id to what reads and caches its data."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from functools import cached_property, lru_cache, partial
from typing import NamedTuple

import httpx2
from pydantic import SecretStr

from plugin_server.kit.account_data import KitAccountData
from plugin_server.kit.api.budget import API_KEY_LIMIT, TOKEN_LIMIT, Budget, Credential
from plugin_server.kit.api.client import KitClient
from plugin_server.kit.api.deadline import Deadline
from plugin_server.kit.api.reader import KitReader
from plugin_server.kit.api.requests import BACKGROUND, RetryPolicy
from plugin_server.kit.cache.cache import Cache
from plugin_server.kit.catalog import TIMEZONE
from plugin_server.kit.connect.credentials import ApiKeyAuth, BearerAuth, GatewayAuth
from plugin_server.kit.kit_resource import KitResource, KitSource
from plugin_server.kit.post_source import WHOLE
from plugin_server.kit.posts import Posts

# Accounts whose sources are cached.
_SOURCES = 4_096
# How requests are authenticated, and what Kit counts them by.
KitAccess = tuple[httpx2.Auth, Credential]


def api_key_access(key: SecretStr, header: str) -> KitAccess:
    """Return the access to the account of an API key.

    A gateway takes its own key as a bearer token and uses OAuth for its requests to Kit, so that Kit counts
    them as for a token.
    """
    secret = key.get_secret_value()
    if header == "Authorization":
        return GatewayAuth(key), Credential.of_secret(secret, TOKEN_LIMIT)
    return ApiKeyAuth(key), Credential.of_secret(secret, API_KEY_LIMIT)


class _Source(NamedTuple):
    """What reads one account; see ``KitAccountData``."""

    account_id: str
    kit: KitSource
    whole: KitResource[Posts]


@dataclass(frozen=True)
class Accounts:
    """Makes ``KitAccountData`` and clients for accounts, from what all accounts share.

    Attributes:
        http: the process's pooled client.
        base_url: Kit's API or a gateway to it.
        access: returns how the data of an account id is read.
        budget: limits the requests to Kit.
        cache: of all accounts' data.
        deadline: seconds in which a request of the editor gets its response.
        index: prepares the list of all posts for searching, before the first search; the second argument
            returns the account's zone, or ``None`` while it is not known.
        clock: unix seconds.
    """

    http: httpx2.Client = field(repr=False)
    base_url: str
    access: Callable[[str], KitAccess]
    budget: Budget
    cache: Cache
    deadline: float
    index: Callable[[Posts, Callable[[], tzinfo | None]], object]
    clock: Callable[[], float] = time.time

    def data(self, account_id: str, scopes: Collection[str] | None = None) -> KitAccountData:
        """Return an account's data for one request, whose deadline starts now.

        ``scopes`` are those of the block that reads; what they do not name is UndeclaredScope. ``None``
        allows everything.
        """
        source = self._sources(account_id)
        return KitAccountData(
            source.kit,
            self.cache.of(source.account_id),
            Deadline.after(self.deadline),
            whole=source.whole,
            scopes=scopes,
        )

    @cached_property
    def _sources(self) -> Callable[[str], _Source]:
        """Return the source of an account, made once for those in use; it has no state of its own."""
        return lru_cache(maxsize=_SOURCES)(self._make_source)

    def _make_source(self, account_id: str) -> _Source:
        access = self.access(account_id)
        # Blocks that are open to everyone have no account. Their data is cached by the credential, because
        # several servers, or one after another, may share a Redis.
        account_id = account_id or access[1].name
        return _Source(
            account_id,
            KitSource(
                self.client(access),
                self.client(access, retry_policy=BACKGROUND),
                self.clock,
                uses_oauth=not isinstance(access[0], ApiKeyAuth),
            ),
            replace(WHOLE, prepare=partial(self._prepare, account_id)),
        )

    def _prepare(self, account_id: str, posts: Posts) -> None:
        """Prepare a list with what is cached of the account: loading here could wait for itself."""
        known = self.cache.memory.find((account_id, TIMEZONE.name))
        self.index(posts, lambda: known.value.zone if known else None)

    def client_for_sign_in(self, token: SecretStr) -> KitClient:
        """Return a client for a creator who is signing in."""
        credential = Credential.of_secret(token.get_secret_value(), TOKEN_LIMIT)
        return self.client((BearerAuth(token), credential))

    def client(self, access: KitAccess, *, retry_policy: RetryPolicy | None = None) -> KitClient:
        """Return a client for a credential; by default it gives up when a creator's request has to end."""
        auth, credential = access
        retry_policy = retry_policy or RetryPolicy(self.deadline)
        return KitClient(
            KitReader(self.http, self.base_url, auth, credential, self.budget, retry_policy)
        )
