"""Routes of the developer's dashboard: the app, its plugins, and a JSON endpoint for scripts."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from plugin_server.findings.wording import counted
from plugin_server.sandbox.client.body_formats import BODY_FORMATS
from plugin_server.sandbox.context import sandbox
from plugin_server.sandbox.dashboard.forms import (
    API_FIELDS,
    LISTS,
    check_together,
    read_app,
    read_plugin,
)
from plugin_server.sandbox.dashboard.icons import is_icon, read_icon
from plugin_server.sandbox.dashboard.identity import KEEPS, absent, with_ids
from plugin_server.sandbox.dashboard.settings_json import count_published
from plugin_server.sandbox.form_errors import FormErrors, all_messages
from plugin_server.sandbox.records import App, Plugin
from plugin_server.web.kit_fields import API_ACCESS, APP_DETAILS, PLUGIN, PLUGIN_OAUTH

dashboard = Blueprint("dashboard", __name__, url_prefix="/dashboard")

_NEW_PLUGIN: dict[str, Any] = {
    "sort_order": "0",
    "authorization": "oauth",
    "settings_json": "[]",
}


@dashboard.get("")
def show_app() -> str:
    """Show the app's form and its plugins."""
    app = sandbox().store.find_app()
    lists = {name: "\n".join(getattr(app, name)) for name in LISTS}
    fields = {**vars(app), **lists}
    return _app_page(fields, {})


@dashboard.post("")
def save_app() -> ResponseReturnValue:
    """Save the app's form; 422 and the same form with what is wrong when it is refused."""
    app, errors = read_app(request.form)
    if errors:
        return _app_page(request.form, errors), 422
    sandbox().store.save_app(app)
    flash("The app is saved.")
    return redirect("/dashboard", 303)


@dashboard.put("/app.json")
def paste_app() -> ResponseReturnValue:
    """Save the app and plugins of it: ``{"app": {…}, "plugins": [{…}, …]}``.

    The members are the fields of the forms; ``settings_json`` may be the array itself. A plugin is
    known by its optional ``key``, such as its block's name, or else by its name or its HTML URL, so that
    doing it again changes nothing; installations, drafts and other plugins stay. So does the API access that
    was entered for the same ``client_id``, if none is given, and ``body_format`` in any case.

    ``"keep"``: which of the other plugins stay: ``"all"``, those entered ``"by_hand"``, or ``"none"``. The
    others are set aside until they are pasted again, and drafts keep their blocks. ``"left_out": [key, …]``:
    plugins that stay as they are, although they are not among these.
    Returns 200 ``{"plugins": [{"id", "name"}]}``, or 422 ``{"errors": [sentence, …]}``.
    """
    try:
        body = json.loads(request.get_data())
        fields, rows = dict(body["app"]), [dict(row) for row in body.get("plugins", [])]
        keep, left_out = body.get("keep", "all"), [*map(str, body.get("left_out", []))]
    except (ValueError, TypeError, KeyError, AttributeError):
        return jsonify(errors=['Send {"app": {…}, "plugins": [{…}]} as JSON.']), 422
    if keep not in KEEPS:
        return jsonify(errors=[f'"keep" is one of {", ".join(KEEPS)}.']), 422
    store = sandbox().store
    known = store.find_app()
    fields.setdefault("body_format", known.body_format)
    app, wrong = read_app(_with_kept_access(fields, known))
    errors = all_messages(wrong)
    read = [read_plugin(row, app) for row in rows]
    plugins = with_ids([plugin for plugin, _ in read], store.find_all_plugins())
    leaving = absent(store.find_plugins(), plugins, keep, left_out)
    replaced = {plugin.id for plugin in (*plugins, *leaving)}
    together = [plugin for plugin in store.find_plugins() if plugin.id not in replaced]
    for number, (plugin, wrong) in enumerate(read, start=1):
        together.append(plugin)
        every = all_messages(wrong | check_together(together))
        errors += [f"Plugin {plugin.name or number}: {each}" for each in every]
    if errors:
        return jsonify(errors=errors), 422
    store.save_app(app)
    store.save_plugins([*leaving, *plugins])
    saved = [{"id": plugin.id, "name": plugin.name} for plugin in store.find_plugins()]
    return jsonify(plugins=saved)


@dashboard.get("/plugins/new")
def new_plugin() -> str:
    """Show an empty plugin form."""
    return _plugin_page(_NEW_PLUGIN, {}, None)


@dashboard.get("/plugins/<int:plugin_id>")
def show_plugin(plugin_id: int) -> str:
    """Show the form of one plugin; 404 when there is none."""
    plugin = _find(plugin_id)
    return _plugin_page({**vars(plugin), "scopes": ", ".join(plugin.scopes)}, {}, plugin)


@dashboard.post("/plugins/new")
@dashboard.post("/plugins/<int:plugin_id>")
def save_plugin(plugin_id: int = 0) -> ResponseReturnValue:
    """Save a plugin's form; 422 and the same form with what is wrong when it is refused."""
    known = _find(plugin_id) if plugin_id else None
    store, fields = sandbox().store, request.form.to_dict()
    uploaded = request.files["icon"].read() if "icon" in request.files else b""
    fields["logo_url"] = fields.get("logo_url") or fields.get("kept_icon", "")
    refused: list[str] = []
    if uploaded:
        icon, refused = read_icon(uploaded)
        fields["logo_url"] = icon or fields["logo_url"]
    plugin, errors = read_plugin(fields, store.find_app(), plugin_id)
    plugin = replace(plugin, key=known.key if known else "")
    others = [other for other in store.find_plugins() if other.id != plugin_id]
    errors |= check_together([*others, plugin])
    if refused:
        errors["icon"] = refused
    if errors:
        return _plugin_page(fields, errors, known), 422
    saved = store.save_plugin(plugin)
    flash(f"{plugin.name} is saved.")
    if count := count_published(plugin.settings_json):
        flash(
            f"The schema in Kit's reference, which is older than its documentation, refuses "
            f"{counted(count, 'thing')} in the settings JSON: see plugin-server settings check."
        )
    return redirect(f"/dashboard/plugins/{saved}", 303)


@dashboard.post("/plugins/<int:plugin_id>/delete")
def delete_plugin(plugin_id: int) -> ResponseReturnValue:
    """Delete a plugin; drafts that use it keep their last HTML."""
    gone = _find(plugin_id)
    store = sandbox().store
    store.delete_plugin(gone.id)
    flash(f"{gone.name} is deleted.")
    return redirect("/dashboard", 303)


def _with_kept_access(fields: dict[str, Any], known: App) -> dict[str, Any]:
    """Return an app's fields with the API access that its developer entered by hand, if any."""
    is_known = bool(known.client_id) and fields.get("client_id") == known.client_id
    if not is_known or any(name in fields for name in API_FIELDS):
        return fields
    return {**{name: getattr(known, name) for name in API_FIELDS}, **fields}


def _find(plugin_id: int) -> Plugin:
    found = next((p for p in sandbox().store.find_all_plugins() if p.id == plugin_id), None)
    if found is None:
        abort(404)
    return found


def _app_page(fields: Mapping[str, Any], errors: FormErrors) -> str:
    return render_template(
        "dashboard.html",
        details=APP_DETAILS,
        oauth=PLUGIN_OAUTH,
        api=API_ACCESS,
        body_formats=BODY_FORMATS,
        fields=fields,
        errors=errors,
        plugins=sandbox().store.find_all_plugins(),
        install_uri=sandbox().install_uri,
        accounts=sandbox().accounts.values(),
    )


def _plugin_page(fields: Mapping[str, Any], errors: FormErrors, plugin: Plugin | None) -> str:
    icon = fields.get("logo_url", "")
    return render_template(
        "plugin.html",
        kit=PLUGIN,
        fields={**fields, "logo_url": "" if is_icon(icon) else icon},
        kept_icon=icon if is_icon(icon) else "",
        errors=errors,
        plugin=plugin,
    )
