"""Routes of the developer's dashboard: the app and its plugins."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from plugin_server.findings.wording import counted
from plugin_server.sandbox.client.body_formats import BODY_FORMATS
from plugin_server.sandbox.context import sandbox
from plugin_server.sandbox.dashboard.forms import LISTS, check_together, read_app, read_plugin
from plugin_server.sandbox.dashboard.icons import is_icon, read_icon
from plugin_server.sandbox.dashboard.settings_json import count_published
from plugin_server.sandbox.form_errors import FormErrors
from plugin_server.sandbox.records import Plugin
from plugin_server.web.kit_fields import API_ACCESS, APP_DETAILS, DYNAMIC, PLUGIN, PLUGIN_OAUTH

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
    store = sandbox().store
    has_paths = bool(store.find_events()) or any(each.dynamic for each in store.find_plugins())
    app, errors = read_app(request.form, has_paths=has_paths)
    if errors:
        return _app_page(request.form, errors), 422
    store.save_app(app)
    flash("The app is saved.")
    return redirect("/dashboard", 303)


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
    events = store.find_events()
    plugin, errors = read_plugin(fields, store.find_app(), events, plugin_id)
    plugin = replace(plugin, key=known.key if known else "")
    others = [other for other in store.find_plugins() if other.id != plugin_id]
    errors |= check_together([*others, plugin], events)
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
        events=sandbox().store.find_events(),
        install_uri=sandbox().install_uri,
        accounts=sandbox().accounts.values(),
    )


def _plugin_page(fields: Mapping[str, Any], errors: FormErrors, plugin: Plugin | None) -> str:
    icon = fields.get("logo_url", "")
    return render_template(
        "plugin.html",
        kit=PLUGIN,
        dynamic=DYNAMIC,
        events=sandbox().store.find_events(),
        fields={**fields, "logo_url": "" if is_icon(icon) else icon},
        kept_icon=icon if is_icon(icon) else "",
        errors=errors,
        plugin=plugin,
    )
