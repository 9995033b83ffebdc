"""Makes everything that reads Kit, from a configuration."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import tzinfo

import httpx2
from pydantic import SecretStr

from plugin_server.config.environment import Config
from plugin_server.kit.accounts import Accounts, KitAccess, api_key_access
from plugin_server.kit.api.budget import TOKEN_LIMIT, Budget, Credential
from plugin_server.kit.api.transport import make_http_client
from plugin_server.kit.cache.cache import Cache
from plugin_server.kit.cache.changes import nothing_is_reported
from plugin_server.kit.cache.shared import LocalOnly, RedisShared, SharedCache
from plugin_server.kit.cache.shared_files import FileShared
from plugin_server.kit.cache.shared_folder import SharedFolder
from plugin_server.kit.connect.connections import Connections
from plugin_server.kit.connect.credentials import BearerAuth, ConnectionAuth
from plugin_server.kit.connect.oauth_client import KitOAuth
from plugin_server.kit.connect.pending_sign_ins import PendingSignIns
from plugin_server.kit.connect.revocation import Revocation
from plugin_server.kit.connect.sign_in import KitSignIn, OwnerSignIn, Sessions, SignIn
from plugin_server.kit.posts import Posts
from plugin_server.kit.webhooks.endpoints import EndpointAccess, Endpoints
from plugin_server.kit.webhooks.reports import Reports
from plugin_server.store.base import Store
from plugin_server.store.encryption import Cipher
from plugin_server.store.records import unix_now
from plugin_server.store.redis import SharedRedis

# See ``Accounts.index``.
Index = Callable[[Posts, Callable[[], tzinfo | None]], object]


@dataclass(frozen=True)
class Kit:
    """What one process reads Kit with: Kit's OAuth, creators' connections, and their data.

    ``endpoints`` are those to which Kit reports changes, ``reports`` what it has reported; without
    ``KIT_WEBHOOKS`` it reports nothing, and ``reports`` is ``None``.
    """

    oauth: KitOAuth
    connections: Connections
    shared: SharedCache
    accounts: Accounts
    endpoints: Endpoints
    reports: Reports | None


def open_kit(
    config: Config,
    store: Store,
    redis: SharedRedis | None,
    *,
    transport: httpx2.BaseTransport | None,
    folder: SharedFolder | None,
    index: Index,
) -> Kit:
    """Return what reads Kit with this configuration; nothing is requested yet.

    Args:
        config: URLs, credentials and limits.
        store: holds the creators' connections.
        redis: what processes share, if anything.
        transport: stands in for the network; for tests.
        folder: in which processes share what Kit returned, where they have no Redis.
        index: see ``Accounts``.
    """
    http = make_http_client(transport)
    oauth = make_kit_oauth(config, http)
    connections = Connections(store, oauth, unix_now)
    shared = open_shared_cache(redis, folder)
    budget = Budget(redis, processes=config.web_concurrency)
    endpoints = _make_endpoints(config, store, http, oauth, connections, budget)
    reports = Reports(store, endpoints, time.time) if config.uses_webhooks else None
    cache = Cache(
        megabytes=config.account_cache_megabytes,
        clock=time.time,
        is_connected=_connected(config, store, connections),
        shared=shared,
        find_changes=reports.find if reports else nothing_is_reported,
    )
    accounts = Accounts(
        http,
        config.kit_api_url,
        _access(config, connections),
        budget,
        cache,
        config.editor_deadline,
        index=index,
    )
    return Kit(oauth, connections, shared, accounts, endpoints, reports)


def open_shared_cache(redis: SharedRedis | None, folder: SharedFolder | None = None) -> SharedCache:
    """Return the cache that processes share: in Redis, else in a folder in memory, else none."""
    if redis:
        return RedisShared(redis)
    return FileShared(folder) if folder else LocalOnly()


def make_kit_oauth(config: Config, http: httpx2.Client | None = None) -> KitOAuth:
    """Return the client of Kit's OAuth server."""
    return KitOAuth(
        http=http or make_http_client(),
        base_url=config.kit_oauth_url,
        client_id=config.kit_client_id,
        client_secret=config.kit_client_secret,
        redirect_uri=f"{config.base_url}/kit/callback",
        consent_url=config.kit_authorize_url,
    )


def make_sign_in(config: Config, store: Store, kit: Kit) -> SignIn:
    """Return how creators sign in: at Kit or, to a private app with an API key, by passphrase."""
    pending = PendingSignIns(Cipher(config.encryption_keys), unix_now, https=config.is_https)
    sessions = Sessions(store, pending, unix_now)
    if config.kit_api_key and config.owner_passphrase:
        owner = kit.accounts.client(kit.accounts.access(""))
        return OwnerSignIn(sessions, owner, config.owner_passphrase)
    sign_in = KitSignIn(sessions, kit.oauth, kit.connections, kit.accounts.client_for_sign_in)
    if kit.reports is None:
        return sign_in
    return replace(sign_in, on_connected=kit.endpoints.check_in_background)


def make_revocation(config: Config, store: Store, kit: Kit | None = None) -> Revocation:
    """Return what revokes connections at Kit that were deleted here.

    ``kit`` is that of a server; a command has none.
    """
    if kit is not None:
        oauth, endpoints = kit.oauth, kit.endpoints
    else:
        http = make_http_client()
        oauth = make_kit_oauth(config, http)
        connections = Connections(store, oauth, unix_now)
        endpoints = _make_endpoints(config, store, http, oauth, connections, Budget())
    if not config.uses_webhooks:
        return Revocation(oauth, store)
    return Revocation(oauth, store, prepare=endpoints.delete_of)


def _make_endpoints(
    config: Config,
    store: Store,
    http: httpx2.Client,
    oauth: KitOAuth,
    connections: Connections,
    budget: Budget,
) -> Endpoints:
    """Return what creates and deletes this server's webhook endpoints at Kit."""

    def of(access: KitAccess) -> EndpointAccess:
        return EndpointAccess.with_credential(http, config.kit_api_url, *access, budget)

    def of_token(token: SecretStr) -> EndpointAccess:
        credential = Credential.of_secret(token.get_secret_value(), TOKEN_LIMIT)
        return of((BearerAuth(token), credential))

    access = _access(config, connections)
    return Endpoints(
        store=store,
        base_url=config.base_url,
        of_account=lambda account_id: of(access(account_id)),
        of_token=of_token,
        oauth=oauth,
        clock=unix_now,
    )


def _access(config: Config, connections: Connections) -> Callable[[str], KitAccess]:
    """Return how an account is read: with its own connection, or with the one API key."""

    def access(account_id: str) -> KitAccess:
        if config.kit_api_key:
            return api_key_access(config.kit_api_key, config.kit_api_key_header)
        return ConnectionAuth(connections, account_id), Credential.of_token(account_id)

    return access


def _connected(config: Config, store: Store, connections: Connections) -> Callable[[str], bool]:
    """Return whether an account's data may be cached: not after its creator has uninstalled the app."""

    def is_connected(account_id: str) -> bool:
        if config.plugin_auth == "none":
            return True
        if config.kit_api_key:
            client_id = config.plugin_client_id
            return bool(store.find_scope(account_id=account_id, client_id=client_id))
        return connections.is_connected(account_id)

    return is_connected
