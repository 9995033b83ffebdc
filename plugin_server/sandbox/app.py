"""The sandbox's Flask app: ``create_sandbox`` wires its parts together."""

import time
from collections.abc import Callable

from flask import Flask, Response, jsonify, render_template, request, send_from_directory
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from plugin_server.resources import paths
from plugin_server.sandbox.client.plugin_client import PluginClient
from plugin_server.sandbox.config import SandboxConfig
from plugin_server.sandbox.context import Sandbox, creator
from plugin_server.sandbox.dashboard.routes import dashboard
from plugin_server.sandbox.editor.block_pages import block_pages
from plugin_server.sandbox.editor.examples import examples
from plugin_server.sandbox.editor.panels import panels
from plugin_server.sandbox.editor.routes import editor
from plugin_server.sandbox.installation import installation
from plugin_server.sandbox.kit.account_files import load_accounts
from plugin_server.sandbox.kit.accounts import real_account_stand_in
from plugin_server.sandbox.kit.api import api
from plugin_server.sandbox.kit.control import control
from plugin_server.sandbox.kit.faults.routes import faults
from plugin_server.sandbox.kit.faults.rules import FaultRules
from plugin_server.sandbox.kit.limits import RateLimits
from plugin_server.sandbox.kit.middleware import register_middleware
from plugin_server.sandbox.kit.oauth import oauth
from plugin_server.sandbox.kit.oauth_clients import OAuthClients
from plugin_server.sandbox.kit.request_log import RequestLog
from plugin_server.sandbox.kit.webhook_delivery import WebhookDelivery
from plugin_server.sandbox.live_events import LiveEvents
from plugin_server.sandbox.live_reload import live_reload
from plugin_server.sandbox.security import register_security
from plugin_server.sandbox.store import Store

_BLUEPRINTS = (
    *(api, oauth, dashboard, installation, editor),
    *(block_pages, control, examples, faults, live_reload, panels),
)
_ASSETS = paths.STATIC / "sandbox"


def create_sandbox(config: SandboxConfig, *, clock: Callable[[], float] = time.time) -> Flask:
    """Build the sandbox; ``clock`` gives Unix seconds."""
    app = Flask(
        "plugin_server.sandbox",
        static_folder=str(_ASSETS),
        static_url_path="/static",
        template_folder=str(paths.TEMPLATES / "sandbox"),
    )
    store = Store(config.data_dir, clock)
    accounts = load_accounts(config.base_url, clock)
    if config.real_account:
        accounts = real_account_stand_in(accounts, *config.real_account)
    webhooks = WebhookDelivery(clock, config.webhook_retries)
    for account in accounts.values():
        account.listeners.append(webhooks.listen)
    app.extensions["sandbox"] = Sandbox(
        config=config,
        store=store,
        accounts=accounts,
        client=PluginClient(store, clock=clock),
        clock=clock,
        faults=FaultRules(),
        limits=RateLimits(clock),
        request_log=RequestLog(clock),
        live_events=LiveEvents(clock),
        webhooks=webhooks,
        oauth_clients=OAuthClients(),
    )
    app.config.update(
        SECRET_KEY=store.secret_key(),
        # The plugin server has its own cookie on the same host name: cookies know no ports.
        SESSION_COOKIE_NAME="sandbox_session",
        SESSION_COOKIE_SAMESITE="Lax",
    )
    # JSON members keep the order in which they were stored or sent.
    app.json.sort_keys = False  # type: ignore[attr-defined]
    register_security(app)
    register_middleware(app)
    for blueprint in _BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.add_url_rule("/pictures/<path:name>", "pictures", _picture)
    app.register_error_handler(HTTPException, _show_error)
    app.context_processor(
        lambda: {
            "creator": creator(),
            "creators": accounts.values(),
            "real": config.real_account is not None,
        }
    )
    return app


def _picture(name: str) -> Response:
    return send_from_directory(_ASSETS / "pictures", name, max_age=3600)


def _show_error(error: HTTPException) -> ResponseReturnValue:
    text = error.description or error.name
    if request.is_json or request.method not in {"GET", "POST"}:
        return jsonify(errors=[text]), error.code or 500
    title = error.name
    return render_template("message.html", title=title, text=text), error.code or 500
