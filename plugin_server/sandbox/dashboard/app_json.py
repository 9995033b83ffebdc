"""The whole dashboard as JSON, for scripts: what a developer would enter in its forms."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from plugin_server.sandbox.context import sandbox
from plugin_server.sandbox.dashboard.event_plugins import check_event_among, read_event
from plugin_server.sandbox.dashboard.forms import (
    API_FIELDS,
    check_together,
    read_app,
    read_plugin,
)
from plugin_server.sandbox.dashboard.identity import KEEPS, absent, with_ids
from plugin_server.sandbox.form_errors import all_messages
from plugin_server.sandbox.records import App, EventPlugin, Plugin
from plugin_server.web.kit_fields import DYNAMIC

app_json = Blueprint("app_json", __name__, url_prefix="/dashboard/app.json")

_SHAPE = 'Send {"app": {…}, "plugins": [{…}], "events": [{…}]} as JSON.'
_OF_SANDBOX = {"id", "set_aside", "pasted"}


@app_json.get("")
def show() -> Response:
    """Return the app, its plugins and its event plugins, as ``PUT`` takes them; secrets, too."""
    store = sandbox().store
    return jsonify(
        app=asdict(store.find_app()),
        plugins=[
            {**_members(each), "settings_json": json.loads(each.settings_json)}
            for each in store.find_plugins()
        ],
        events=[
            {**_members(each), "sample_data": json.loads(each.sample_data)}
            for each in store.find_events()
        ],
    )


@app_json.put("")
def paste() -> ResponseReturnValue:
    """Save the app, plugins and event plugins: ``{"app": {…}, "plugins": [{…}, …], "events": [{…}, …]}``.

    The members are the fields of the forms; ``settings_json`` may be the array itself, ``sample_data`` the
    object, and ``event`` of a plugin is the identifier of its event plugin. A plugin is known by its optional
    ``key``, such as its block's name, or else by its name or its HTML URL, an event plugin by its identifier,
    so that doing it again changes nothing; installations, drafts and other plugins stay. So do, if nothing
    is said of them, the API access that was entered for the same ``client_id``, ``body_format`` and
    ``identifier`` of the app, and what makes a plugin dynamic.

    ``"keep"``: which of the other plugins stay: ``"all"``, those entered ``"by_hand"``, or ``"none"``. The
    others are set aside until they are pasted again, and drafts keep their blocks; other event plugins
    that were pasted are deleted, unless a plugin that stays shows their data. ``"left_out": [key, …]``:
    plugins that stay as they are, although they are not among these.
    Returns 200 ``{"plugins": [{"id", "name"}]}``, or 422 ``{"errors": [sentence, …]}``.
    """
    try:
        body = json.loads(request.get_data())
        fields, rows = dict(body["app"]), [dict(row) for row in body.get("plugins", [])]
        event_rows = [dict(row) for row in body.get("events", [])]
        keep, left_out = body.get("keep", "all"), [*map(str, body.get("left_out", []))]
    except (ValueError, TypeError, KeyError, AttributeError):
        return jsonify(errors=[_SHAPE]), 422
    if keep not in KEEPS:
        return jsonify(errors=[f'"keep" is one of {", ".join(KEEPS)}.']), 422
    store = sandbox().store
    known, stored = store.find_app(), store.find_plugins()
    fields = {"body_format": known.body_format, "identifier": known.identifier, **fields}
    has_paths = bool(event_rows) or any(row.get("dynamic") for row in rows)
    app, wrong = read_app(_with_kept_access(fields, known), has_paths=has_paths)
    errors = all_messages(wrong)
    pasted, wrong_events = _read_events(event_rows, app)
    names = {each.identifier for each in pasted}
    others = [each for each in store.find_events() if each.identifier not in names]
    read = [read_plugin(row, app, [*pasted, *others]) for row in rows]
    every = store.find_all_plugins()
    plugins = with_ids([plugin for plugin, _ in read], every)
    plugins = [
        _with_kept_dynamic(row, plugin, every) for row, plugin in zip(rows, plugins, strict=True)
    ]
    leaving = absent(stored, plugins, keep, left_out)
    replaced = {plugin.id for plugin in (*plugins, *leaving)}
    together = [plugin for plugin in stored if plugin.id not in replaced]
    used = {plugin.event for plugin in (*together, *plugins)}
    removed = _absent_events(others, keep, used)
    events = [*pasted, *(each for each in others if each not in removed)]
    errors += [*wrong_events, *_event_errors(pasted, together)]
    for number, (plugin, (_, wrong)) in enumerate(zip(plugins, read, strict=True), start=1):
        together.append(plugin)
        messages = all_messages(wrong | check_together(together, events))
        errors += [f"Plugin {plugin.name or number}: {each}" for each in messages]
    if errors:
        return jsonify(errors=errors), 422
    store.save_dashboard(app, [*leaving, *plugins], pasted, removed)
    saved = [{"id": plugin.id, "name": plugin.name} for plugin in store.find_plugins()]
    return jsonify(plugins=saved)


def _members(record: Plugin | EventPlugin) -> dict[str, Any]:
    return {name: value for name, value in asdict(record).items() if name not in _OF_SANDBOX}


def _read_events(rows: Sequence[dict[str, Any]], app: App) -> tuple[list[EventPlugin], list[str]]:
    """Return the event plugins of a request with the ids of the stored ones that they are, and the errors."""
    ids = {each.identifier: each.id for each in sandbox().store.find_events()}
    events, errors = [], []
    for number, row in enumerate(rows, start=1):
        event, wrong, _ = read_event(row, app)
        events.append(replace(event, id=ids.get(event.identifier, 0), pasted=True))
        errors += [f"Event plugin {event.name or number}: {each}" for each in all_messages(wrong)]
    return events, errors


def _event_errors(events: Sequence[EventPlugin], plugins: Sequence[Plugin]) -> list[str]:
    """Return the errors of event plugins that share an identifier with each other, or a plugin that stays."""
    return [
        f"Event plugin {event.name}: {each}"
        for number, event in enumerate(events)
        for each in all_messages(check_event_among(event, events[:number], plugins))
    ]


def _absent_events(
    others: Sequence[EventPlugin], keep: str, used: Collection[str]
) -> list[EventPlugin]:
    """Return the stored event plugins that go when others are pasted."""
    return [
        each for each in others if keep != "all" and each.pasted and each.identifier not in used
    ]


def _with_kept_dynamic(row: Mapping[str, Any], plugin: Plugin, stored: Sequence[Plugin]) -> Plugin:
    """Return a pasted plugin with what makes it dynamic, where its developer entered that by hand."""
    known = next((each for each in stored if each.id == plugin.id), None)
    if known is None or any(name in row for name in DYNAMIC):
        return plugin
    return replace(plugin, dynamic=known.dynamic, identifier=known.identifier, event=known.event)


def _with_kept_access(fields: dict[str, Any], known: App) -> dict[str, Any]:
    """Return an app's fields with the API access that its developer entered by hand, if any."""
    is_known = bool(known.client_id) and fields.get("client_id") == known.client_id
    if not is_known or any(name in fields for name in API_FIELDS):
        return fields
    return {**{name: getattr(known, name) for name in API_FIELDS}, **fields}
