"""The editor's panel with the settings JSON of a block: it is in effect while it is edited."""

from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from plugin_server.findings.finding import Finding
from plugin_server.findings.lines import Lines
from plugin_server.findings.reporter import excerpt
from plugin_server.resources.paths import short_path
from plugin_server.sandbox.context import (
    digest_of_plugins,
    sandbox,
    stored_plugin,
    visible_plugin,
)
from plugin_server.sandbox.dashboard.settings_json import outline, read_settings
from plugin_server.sandbox.records import Plugin
from plugin_server.sandbox.settings_edits import NotSaved
from plugin_server.settings.checker import Report

settings_panel = Blueprint(
    "settings_panel", __name__, url_prefix="/editor/plugins/<int:plugin_id>/settings-json"
)

_LONGEST = 200_000


@settings_panel.get("")
def show_settings(plugin_id: int) -> Response:
    """Return ``{"text", "where", "is_edited", "can_undo", "html", "settings", "version"}``.

    ``where`` is what *Save* writes, ``html`` the findings, and ``settings`` the outline that is in effect.
    """
    plugin = _plugin(plugin_id)
    edits = sandbox().settings_edits
    text = edits.text(plugin)
    return _state(plugin, edits.check(plugin, text), text=text)


@settings_panel.put("")
def change_settings(plugin_id: int) -> Response:
    """Take ``{"text": …}``, which is in effect unless it has errors; returns what ``GET`` does."""
    body = request.get_json()
    text = body.get("text") if isinstance(body, dict) else None
    if not isinstance(text, str) or len(text) > _LONGEST:
        abort(400, f"text must be a text of at most {_LONGEST:,} characters.")
    plugin = _plugin(plugin_id)
    return _state(plugin, sandbox().settings_edits.change(plugin, text))


@settings_panel.post("/save")
def save_settings(plugin_id: int) -> ResponseReturnValue:
    """Save what is edited: 409 with ``errors`` when that is not possible."""
    return _save(plugin_id, sandbox().settings_edits.save)


@settings_panel.post("/undo")
def undo_settings(plugin_id: int) -> ResponseReturnValue:
    """Return to what is saved, or to what was saved before it."""
    return _save(plugin_id, sandbox().settings_edits.undo)


def _save(plugin_id: int, change: Any) -> ResponseReturnValue:
    plugin = _plugin(plugin_id)
    try:
        changed = change(plugin)
    except NotSaved as problem:
        return jsonify(errors=[str(problem)]), 409
    if changed != plugin:
        sandbox().store.save_plugin(changed)
    return show_settings(plugin_id)


def _plugin(plugin_id: int) -> Plugin:
    visible_plugin(plugin_id)
    return stored_plugin(plugin_id)


def _state(plugin: Plugin, report: Report, **more: str) -> Response:
    edits = sandbox().settings_edits
    file = edits.file_of(plugin)
    return jsonify(
        **more,
        where=short_path(file) if file else "the dashboard",
        is_edited=edits.is_edited(plugin),
        can_undo=edits.can_undo(plugin),
        has_errors=bool(report.errors),
        html=render_template(
            "panels/settings_findings.html",
            findings=[_placed(report, each) for each in report.findings],
        ),
        settings=outline(read_settings(edits.apply(plugin).settings_json)),
        version=sandbox().live_events.version(digest_of_plugins()),
    )


def _placed(report: Report, finding: Finding) -> dict[str, Any]:
    """Return a finding with its line of the text, and a caret below the column."""
    line, caret = excerpt(Lines(report.text)[finding.place.line], finding.place.column or 1)
    return {"finding": finding, "line": line, "caret": caret}
