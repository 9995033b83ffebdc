"""Kit's side of the sandbox in a Flask app: a part of the sandbox, or all of it (``--api-only``)."""

import time
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from typing import Any

from flask import Blueprint, Flask, Response, jsonify

from plugin_server.resources import paths
from plugin_server.sandbox.config import SandboxConfig
from plugin_server.sandbox.kit.account_files import load_accounts, read_accounts
from plugin_server.sandbox.kit.account_states import AccountStates
from plugin_server.sandbox.kit.accounts import Account, real_account_stand_in
from plugin_server.sandbox.kit.api import api
from plugin_server.sandbox.kit.context import KitSide, creator, sandbox, switch_creator
from plugin_server.sandbox.kit.control import control
from plugin_server.sandbox.kit.faults.routes import faults
from plugin_server.sandbox.kit.faults.rules import FaultRules
from plugin_server.sandbox.kit.limits import RateLimits
from plugin_server.sandbox.kit.middleware import register_middleware
from plugin_server.sandbox.kit.oauth import oauth
from plugin_server.sandbox.kit.request_log import RequestLog
from plugin_server.sandbox.kit.webhook_delivery import WebhookDelivery
from plugin_server.sandbox.security import register_security
from plugin_server.sandbox.store import Store

ASSETS = paths.STATIC / "sandbox"


def make_kit_side(config: SandboxConfig, clock: Callable[[], float]) -> KitSide:
    """Return what Kit's side shares, with the accounts of the configuration's files."""
    webhooks = WebhookDelivery(clock, config.webhook_retries)
    states = AccountStates(
        partial(load_configured, config, clock), config.data_file, [webhooks.listen]
    )
    return KitSide(
        config=config,
        store=Store(config.data_dir, clock),
        states=states,
        clock=clock,
        faults=FaultRules(),
        limits=RateLimits(clock),
        request_log=RequestLog(clock),
        webhooks=webhooks,
        oauth_clients=states.oauth_clients,
    )


def make_app(kit_side: KitSide) -> Flask:
    """Return an app with Kit's API, its OAuth server, and faults."""
    app = Flask(
        "plugin_server.sandbox",
        static_folder=str(ASSETS),
        static_url_path="/static",
        template_folder=str(paths.TEMPLATES / "sandbox"),
    )
    app.extensions["sandbox"] = kit_side
    app.config.update(
        SECRET_KEY=kit_side.store.secret_key(),
        # The plugin server has its own cookie on the same host name: cookies know no ports.
        SESSION_COOKIE_NAME="sandbox_session",
        SESSION_COOKIE_SAMESITE="Lax",
    )
    # JSON members keep the order in which they were stored or sent. Flask declares the base class only.
    app.json.sort_keys = False  # type: ignore[attr-defined]
    register_security(app)
    register_middleware(app)
    for blueprint in (api, oauth, control, faults):
        app.register_blueprint(blueprint)
    real = kit_side.config.real_account is not None
    app.context_processor(
        lambda: {"creator": creator(), "creators": sandbox().accounts.values(), "real": real}
    )
    return app


def create_api_app(config: SandboxConfig, *, clock: Callable[[], float] = time.time) -> Flask:
    """Build a sandbox without dashboard and editor, which starts at once."""
    app = make_app(make_kit_side(config, clock))
    # Kit's consent page links to these.
    pages = Blueprint("installation", __name__)
    pages.add_url_rule("/", "home", _show_home)
    pages.add_url_rule("/session", view_func=switch_creator, methods=["POST"])
    app.register_blueprint(pages)
    return app


def parts(kit_side: KitSide) -> dict[str, Any]:
    """Return the parts by their names, for what has more of them."""
    return {field.name: getattr(kit_side, field.name) for field in fields(kit_side)}


def _show_home() -> Response:
    """Return the accounts and their credentials."""
    return jsonify(
        base_url=sandbox().config.base_url,
        accounts=[
            {
                "id": account.id,
                "name": account.name,
                "api_key": account.api_key,
                "access_token": account.access_token,
            }
            for account in sandbox().accounts.values()
        ],
    )


def load_configured(
    config: SandboxConfig, clock: Callable[[], float] = time.time
) -> dict[int, Account]:
    """Return the accounts of a configuration's files as they start; raises BadAccount."""
    if config.accounts_file is not None:
        return read_accounts(config.accounts_file, config.base_url, clock)
    accounts = load_accounts(config.base_url, clock)
    return (
        real_account_stand_in(accounts, *config.real_account) if config.real_account else accounts
    )
