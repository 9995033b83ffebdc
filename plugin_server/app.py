"""The plugin server's wiring."""

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import httpx2
from flask import Flask

from plugin_server.blocks import BLOCKS
from plugin_server.blocks.posts_search import index_of_posts
from plugin_server.config.environment import Config, load_config
from plugin_server.editor import envelope
from plugin_server.editor import routes as editor
from plugin_server.editor.routes import Authenticate
from plugin_server.kit.accounts import Access, Accounts, own_access
from plugin_server.kit.api.budget import Budget, Credential
from plugin_server.kit.api.transport import make_http_client
from plugin_server.kit.cache.cache import Cache
from plugin_server.kit.cache.shared import LocalOnly, RedisShared, SharedCache
from plugin_server.kit.cache.shared_files import FileShared
from plugin_server.kit.cache.shared_folder import SharedFolder
from plugin_server.kit.connect import routes as kit
from plugin_server.kit.connect.connections import Connections
from plugin_server.kit.connect.credentials import ConnectionAuth
from plugin_server.kit.connect.oauth_client import KitOAuth
from plugin_server.kit.connect.pending_sign_in import BegunSignIns
from plugin_server.kit.connect.revocation import Revocation
from plugin_server.kit.connect.sign_in import KitSignIn, OwnerSignIn, Sessions, SignIn
from plugin_server.oauth import authorize
from plugin_server.oauth import routes as oauth
from plugin_server.oauth.bearer import BearerProtector, open_to_everyone
from plugin_server.oauth.client import PluginClient
from plugin_server.oauth.provider import Provider
from plugin_server.oauth.scopes import declared_scopes
from plugin_server.oauth.tokens import TokenMaker
from plugin_server.observe import exposition, requests
from plugin_server.ratelimit.endpoints import make_limiter
from plugin_server.ratelimit.installations import InstallationLimit
from plugin_server.rendering.renderer import Renderer
from plugin_server.resources.paths import STATIC, TEMPLATES
from plugin_server.store.base import Store
from plugin_server.store.encryption import Cipher
from plugin_server.store.redis import SharedRedis
from plugin_server.store.schema import count_connections, make_engine
from plugin_server.store.sql import SqlStore
from plugin_server.web import dashboard, health, pages, proxies
from plugin_server.web.chunked_bodies import without_chunks
from plugin_server.web.error_handlers import refusing, register_errors
from plugin_server.web.headers import with_headers
from plugin_server.web.known_hosts import for_known_hosts
from plugin_server.web.sessions import BrowserSessions

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# The share of the memory that prepared blocks and emails' styles have: in the default of 256 MB, what
# 2,000 creators need who are editing, each of whom has about 15 KB there, and 70 KB of Kit's data.
RENDERER_SHARE = 1 / 4
# Database connections of each process, at most; look-ups in a SQLite file have their own.
MOST_CONNECTIONS = 16


def create_app(
    config: Config | None = None,
    *,
    store: Store | None = None,
    kit_transport: httpx2.BaseTransport | None = None,
    previews: bool = False,
    folder: SharedFolder | None = None,
    is_stopping: Callable[[], bool] = lambda: False,
) -> Flask:
    """Return the plugin server.

    Args:
        config: read from the environment when absent.
        store: made from the configuration when absent; its schema must be current.
        kit_transport: stands in for the network on the way to Kit; for tests.
        previews: templates change while it runs: nothing that was made of them is kept, and every block
            is verified.
        folder: in which processes share what Kit answered, where they have no Redis for that.
        is_stopping: whether the server is about to stop, for ``/readyz``.

    Raises:
        ConfigError: the environment cannot be used.
    """
    config = config or load_config()
    store = store or open_store(config)
    app = Flask("plugin_server", template_folder=str(TEMPLATES), static_folder=str(STATIC))
    app.config.update(config.flask_settings())

    http = make_http_client(kit_transport)
    kit_oauth = _make_kit_oauth(config, http)
    connections = Connections(store, kit_oauth, _now)
    redis = open_redis(config)
    shared = open_shared(redis, folder)
    accounts = _make_accounts(config, http, connections, store, redis, shared)
    authenticate: Authenticate = open_to_everyone
    if config.plugin_auth == "oauth":
        begun = BegunSignIns(Cipher(config.encryption_keys), _now, https=config.is_https)
        sessions = Sessions(store, begun, _now)
        sign_in: SignIn = KitSignIn(sessions, kit_oauth, connections, accounts.newcomer)
        if config.owner_passphrase and config.kit_api_key:
            owner = accounts.client(accounts.access(""))
            sign_in = OwnerSignIn(sessions, owner, config.owner_passphrase)
        else:
            store.when_released(Revocation(kit_oauth, store).tell_behind)
        _add_oauth(app, config, store, sign_in, redis, accounts.cache.forget)
        authenticate = BearerProtector(store, _now).authenticate
    limit = InstallationLimit(config.editor_rate_limit, redis)
    room = 0 if previews else config.cache_megabytes * RENDERER_SHARE
    renderer = Renderer(megabytes=room, verifies=previews)
    app.register_blueprint(
        editor.make_blueprint(
            authenticate, limit, accounts.data, renderer, caches_responses=not previews
        )
    )
    app.register_blueprint(dashboard.make_blueprint(config))
    required = (partial(health.check_running, is_stopping), partial(health.check_store, store))
    optional = (partial(health.check_shared, shared),)
    app.register_blueprint(health.make_blueprint(required, optional))
    app.register_blueprint(pages.make_blueprint(BLOCKS, dashboard=config.shows_dashboard))
    app.register_blueprint(
        exposition.make_blueprint(config.metrics_token, is_open=config.is_on_this_machine)
    )
    register_errors(
        app,
        {
            "/blocks/": envelope.error_response,
            "/oauth/": oauth.error_response,
            "/oauth/authorize": pages.error_page,
            "": pages.error_page,
        },
    )
    app.session_interface = BrowserSessions()
    requests.note_endpoints(app, {block.name for block in BLOCKS})
    # As Flask's documentation has middleware added; mypy takes it for the replacement of a method.
    app.wsgi_app = _with_gates(app, config)  # type: ignore[assignment, method-assign]
    return app


def open_store(config: Config) -> Store:
    """Return the configured database as a store."""
    # Threads wait on Kit, and never with a connection of ours in hand.
    engine = make_engine(config.sqlalchemy_url, pool_size=min(config.web_threads, MOST_CONNECTIONS))
    count_connections(engine)
    return SqlStore(engine, Cipher(config.encryption_keys))


def open_revocation(config: Config, store: Store) -> Revocation:
    """Return what tells Kit of connections that a command has deleted."""
    return Revocation(_make_kit_oauth(config, make_http_client()), store)


def open_redis(config: Config) -> SharedRedis | None:
    """Return the Redis that processes share, if one is configured."""
    if not config.redis_url:
        return None
    return SharedRedis(config.redis_url, namespace=f"plugin-server:{config.app_id}")


def open_shared(redis: SharedRedis | None, folder: SharedFolder | None = None) -> SharedCache:
    """Return what of the cache processes share: in Redis, else in a folder in memory, else nothing."""
    if redis:
        return RedisShared(redis)
    return FileShared(folder) if folder else LocalOnly()


def _make_accounts(
    config: Config,
    http: httpx2.Client,
    connections: Connections,
    store: Store,
    redis: SharedRedis | None,
    shared: SharedCache,
) -> Accounts:
    """Return what reads accounts: each with its own connection, or the one of an API key."""

    def access(account_id: str) -> Access:
        if config.kit_api_key:
            return own_access(config.kit_api_key, config.kit_api_key_header)
        return ConnectionAuth(connections, account_id), Credential.of_token(account_id)

    def may_be_kept(account_id: str) -> bool:
        if config.plugin_auth == "none":
            return True
        if config.kit_api_key:
            client_id = config.plugin_client_id
            return bool(store.find_scope(account_id=account_id, client_id=client_id))
        return connections.is_connected(account_id)

    cache = Cache(
        megabytes=config.cache_megabytes * (1 - RENDERER_SHARE),
        clock=time.time,
        is_connected=may_be_kept,
        shared=shared,
    )
    budget = Budget(redis, processes=config.web_concurrency)
    return Accounts(
        http,
        config.kit_api_url,
        access,
        budget,
        cache,
        config.editor_deadline,
        index=index_of_posts,
    )


def _add_oauth(
    app: Flask,
    config: Config,
    store: Store,
    sign_in: SignIn,
    redis: SharedRedis | None,
    forget: Callable[[str], None],
) -> None:
    """Register everything that a creator's browser and Kit's OAuth client need."""
    provider = _make_provider(config, store, forget)
    limiter = make_limiter(app, redis, ("authorize", "oauth", "kit"))
    issuers = (config.kit_app_url, config.kit_oauth_url, config.kit_authorize_url)
    app.register_blueprint(authorize.make_blueprint(provider, sign_in, limiter))
    app.register_blueprint(oauth.make_blueprint(provider, limiter))
    app.register_blueprint(
        kit.make_blueprint(
            sign_in,
            limiter,
            kit_app_url=config.kit_app_url,
            failure=partial(authorize.location_after_failure, provider),
            issuers=issuers,
        )
    )


def _make_kit_oauth(config: Config, http: httpx2.Client) -> KitOAuth:
    return KitOAuth(
        http=http,
        base_url=config.kit_oauth_url,
        client_id=config.kit_client_id,
        client_secret=config.kit_client_secret,
        redirect_uri=f"{config.base_url}/kit/callback",
        consent_url=config.kit_authorize_url,
    )


def _make_provider(config: Config, store: Store, forget: Callable[[str], None]) -> Provider:
    client = PluginClient(
        client_id=config.plugin_client_id,
        secrets=config.plugin_client_secret,
        redirect_uris=config.plugin_redirect_uris,
        scopes=declared_scopes(BLOCKS),
    )
    return Provider(
        issuer=config.base_url,
        client=client,
        store=store,
        tokens=TokenMaker(config.encryption_keys),
        clock=_now,
        refresh_grace=config.refresh_grace,
        forget=forget,
    )


def _with_gates(flask: Flask, config: Config) -> "WSGIApplication":
    """Return what every request passes, and its response on the way back; the outermost is last."""
    refuse = refusing(flask)
    app = without_chunks(flask.wsgi_app, refuse)
    app = for_known_hosts(app, config.host_names, refuse)
    app = with_headers(app, https=config.is_https)
    app = requests.observed(app)
    return proxies.behind(app, config.trusted_proxies)


def _now() -> int:
    return int(time.time())
