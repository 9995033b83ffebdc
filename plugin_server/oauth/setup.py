"""Adds the OAuth provider to the application: its endpoints, its limits, and the way to sign in."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from flask import Flask
from werkzeug import Request

from plugin_server.blocks.base import Block
from plugin_server.config.environment import Config
from plugin_server.kit.connect import routes as kit_routes
from plugin_server.kit.setup import Kit, make_revocation, make_sign_in
from plugin_server.kit.webhooks import routes as webhooks
from plugin_server.oauth import authorize, routes
from plugin_server.oauth.bearer import BearerProtector
from plugin_server.oauth.client import PluginClient
from plugin_server.oauth.provider import Provider
from plugin_server.oauth.scopes import declared_scopes
from plugin_server.oauth.tokens import TokenMaker
from plugin_server.ratelimit.endpoints import make_limiter
from plugin_server.store.base import Store
from plugin_server.store.records import unix_now
from plugin_server.store.redis import SharedRedis


def add_oauth(
    app: Flask,
    config: Config,
    store: Store,
    redis: SharedRedis | None,
    kit: Kit,
    blocks: Iterable[Block],
) -> Callable[[Request, Sequence[str]], str]:
    """Register ``/oauth/…`` and ``/kit/…``; return the check of bearer tokens.

    When an installation ends, its account's data leaves the cache and, unless the account is read with an
    API key, its webhook endpoint is deleted at Kit and its connection revoked there.
    """
    limiter = make_limiter(app, redis, ("authorize", "oauth", "kit", "webhooks"))
    if not config.kit_api_key:
        store.on_release(make_revocation(config, store, kit).revoke_in_background)
        app.register_blueprint(
            webhooks.make_blueprint(store, kit.endpoints, kit.reports, limiter, time.time)
        )
    sign_in = make_sign_in(config, store, kit)
    provider = make_provider(config, store, kit.accounts.cache.evict, declared_scopes(blocks))
    app.register_blueprint(authorize.make_blueprint(provider, sign_in, limiter))
    app.register_blueprint(routes.make_blueprint(provider, limiter))
    app.register_blueprint(
        kit_routes.make_blueprint(
            sign_in,
            limiter,
            kit_app_url=config.kit_app_url,
            failure=partial(authorize.sign_in_failure_location, provider),
            issuers=(config.kit_app_url, config.kit_oauth_url, config.kit_authorize_url),
        )
    )
    return BearerProtector(store, unix_now).authenticate


def make_provider(
    config: Config,
    store: Store,
    evict_account: Callable[[str], None],
    scopes: Mapping[str, str],
) -> Provider:
    """Return the provider for the one client that the configuration names."""
    client = PluginClient(
        client_id=config.plugin_client_id,
        secrets=config.plugin_client_secret,
        redirect_uris=config.plugin_redirect_uris,
        scopes=scopes,
    )
    return Provider(
        issuer=config.base_url,
        client=client,
        store=store,
        tokens=TokenMaker(config.encryption_keys),
        clock=unix_now,
        refresh_grace=config.refresh_grace,
        evict_account=evict_account,
    )
