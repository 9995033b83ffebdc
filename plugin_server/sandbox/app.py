"""The sandbox's Flask app: ``create_sandbox`` wires its parts together."""

import json
import time
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, jsonify, render_template, request, send_from_directory
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from plugin_server.sandbox.accounts.about import about
from plugin_server.sandbox.accounts.routes import accounts
from plugin_server.sandbox.accounts.webhook_pages import webhooks
from plugin_server.sandbox.client.plugin_client import PluginClient
from plugin_server.sandbox.config import SandboxConfig
from plugin_server.sandbox.context import Sandbox
from plugin_server.sandbox.dashboard.app_json import app_json
from plugin_server.sandbox.dashboard.event_plugins import event_plugins
from plugin_server.sandbox.dashboard.routes import dashboard
from plugin_server.sandbox.editor.block_pages import block_pages
from plugin_server.sandbox.editor.contact_sheet import contact_sheet
from plugin_server.sandbox.editor.examples import examples
from plugin_server.sandbox.editor.panels import panels
from plugin_server.sandbox.editor.picking import picking
from plugin_server.sandbox.editor.routes import editor
from plugin_server.sandbox.editor.settings_panel import settings_panel
from plugin_server.sandbox.editor.shared_file import shared_file
from plugin_server.sandbox.editor.states import states
from plugin_server.sandbox.installation import installation
from plugin_server.sandbox.kit.app import ASSETS, make_app, make_kit_side, parts
from plugin_server.sandbox.live_events import LiveEvents
from plugin_server.sandbox.live_reload import live_reload
from plugin_server.sandbox.rehearsal.routes import rehearsal
from plugin_server.sandbox.settings_edits import SettingsEdits

_BLUEPRINTS = (
    *(dashboard, app_json, event_plugins, installation, editor),
    *(block_pages, contact_sheet, examples, live_reload, panels, picking, settings_panel),
    *(shared_file, states, accounts, about, webhooks, rehearsal),
)


def create_sandbox(config: SandboxConfig, *, clock: Callable[[], float] = time.time) -> Flask:
    """Build the sandbox; ``clock`` gives Unix seconds."""
    app = make_app(make_sandbox(config, clock))
    for blueprint in _BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.add_url_rule("/pictures/<path:name>", "pictures", _picture)
    app.register_error_handler(HTTPException, _show_error)
    app.add_template_filter(_pretty, "pretty")
    return app


def make_sandbox(config: SandboxConfig, clock: Callable[[], float]) -> Sandbox:
    """Return what the app's views share, which is all that differs between two sandboxes."""
    kit_side = make_kit_side(config, clock)
    live_events = LiveEvents(clock)
    kit_side.webhooks.when_changed = lambda account: live_events.delivered(account.id)
    return Sandbox(
        **parts(kit_side),
        client=PluginClient(kit_side.store, clock=clock),
        live_events=live_events,
        settings_edits=SettingsEdits(config.settings_folders, config.settings_files),
    )


def _pretty(value: Any) -> str:
    """Return a JSON value as people read it."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def _picture(name: str) -> Response:
    return send_from_directory(ASSETS / "pictures", name, max_age=3600)


def _show_error(error: HTTPException) -> ResponseReturnValue:
    text = error.description or error.name
    if request.is_json or request.method not in {"GET", "POST"}:
        return jsonify(errors=[text]), error.code or 500
    title = error.name
    return render_template("message.html", title=title, text=text), error.code or 500
