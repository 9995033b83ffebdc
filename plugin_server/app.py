"""The application factory: the whole wiring of the plugin server."""

from collections.abc import Callable

import httpx2
from flask import Flask

from plugin_server.blocks.loading import LoadedBlocks, load_blocks
from plugin_server.blocks.posts_search import index_of_posts
from plugin_server.config.environment import Config, ConfigError, load_config
from plugin_server.editor import envelope
from plugin_server.editor import routes as editor
from plugin_server.findings.wording import listed
from plugin_server.kit.cache.shared_folder import SharedFolder
from plugin_server.kit.setup import open_kit
from plugin_server.kit.webhooks import routes as webhooks
from plugin_server.oauth import routes as oauth
from plugin_server.oauth.bearer import allow_everyone
from plugin_server.oauth.setup import add_oauth
from plugin_server.observe import exposition, requests
from plugin_server.ratelimit.installations import InstallationLimit
from plugin_server.rendering.renderer import Renderer
from plugin_server.resources.paths import STATIC, TEMPLATES
from plugin_server.store.base import Store
from plugin_server.store.setup import open_redis, open_store
from plugin_server.web import dashboard, health, pages
from plugin_server.web.error_handlers import register_errors
from plugin_server.web.middleware import add_middleware
from plugin_server.web.sessions import BrowserSessions

# What makes an error's response, by the path of the request; the longest prefix wins.
_ERROR_RESPONSES = {
    "/blocks/": envelope.error_response,
    "/kit/webhooks/": webhooks.error_response,
    "/oauth/": oauth.error_response,
    "/oauth/authorize": pages.error_page,
    "": pages.error_page,
}


def create_app(
    config: Config | None = None,
    *,
    store: Store | None = None,
    kit_transport: httpx2.BaseTransport | None = None,
    previews: bool = False,
    folder: SharedFolder | None = None,
    blocks: LoadedBlocks | None = None,
    is_stopping: Callable[[], bool] = lambda: False,
) -> Flask:
    """Return the plugin server's application.

    Args:
        config: read from the environment when absent.
        store: opened from the configuration when absent; its schema must be current.
        kit_transport: stands in for the network between us and Kit; for tests.
        previews: templates change while it runs: nothing made from them is cached, and every block
            is verified.
        folder: in which processes share what Kit returned, where they have no Redis for that.
        blocks: those that are served; loaded as ``BLOCKS`` says when absent.
        is_stopping: whether the server is about to stop, for ``/readyz``.

    Raises:
        ConfigError: the environment cannot be used.
    """
    config = config or load_config()
    store = store or open_store(config)
    blocks = load_blocks(config.blocks) if blocks is None else blocks
    _require_app_identifier(config, blocks)
    redis = open_redis(config)
    kit = open_kit(
        config, store, redis, transport=kit_transport, folder=folder, index=index_of_posts
    )
    renderer = Renderer(megabytes=0 if previews else config.renderer_megabytes, verifies=previews)

    app = Flask("plugin_server", template_folder=str(TEMPLATES), static_folder=str(STATIC))
    app.config.update(config.flask_settings())
    app.session_interface = BrowserSessions()
    register_errors(app, _ERROR_RESPONSES)
    requests.record_endpoints(app, {block.name for block in blocks})
    uses_oauth = config.plugin_auth == "oauth"
    authenticate = (
        add_oauth(app, config, store, redis, kit, blocks) if uses_oauth else allow_everyone
    )
    limit = InstallationLimit(config.editor_rate_limit, redis)
    for blueprint in (
        editor.make_blueprint(
            *(blocks.find, authenticate, limit, kit.accounts.data, renderer),
            caches_responses=not previews,
            app_identifier=config.kit_app_identifier,
        ),
        dashboard.make_blueprint(config, blocks),
        health.make_blueprint(store, kit.shared, blocks.failures, is_stopping),
        pages.make_blueprint(blocks.blocks, dashboard=config.shows_dashboard),
        exposition.make_blueprint(config.metrics_token, is_open=config.is_on_this_machine),
    ):
        app.register_blueprint(blueprint)
    add_middleware(app, config)
    return app


def _require_app_identifier(config: Config, blocks: LoadedBlocks) -> None:
    """Return if the data of events can be found at Kit.

    Raises:
        ConfigError: a block has an event, and the app's identifier is not known.
    """
    names = [block.name for block in blocks if block.event is not None]
    if names and not config.kit_app_identifier:
        raise ConfigError(
            "KIT_APP_IDENTIFIER is not set. Kit has the data of events under it, for "
            f"{listed(names, 'and')}. Kit's dashboard shows the app's identifier; or leave such blocks out "
            "of BLOCKS."
        )
