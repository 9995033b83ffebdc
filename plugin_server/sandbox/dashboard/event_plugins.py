"""The dashboard's automation event plugins: their form, and the checks of what is entered."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from plugin_server.findings.finding import Finding
from plugin_server.sandbox.context import sandbox
from plugin_server.sandbox.dashboard.forms import NEEDS_IDENTIFIER, check_identifier
from plugin_server.sandbox.dashboard.sample_data import (
    LONGEST,
    check_sample_data,
    excerpt_of,
    sentence_of,
)
from plugin_server.sandbox.form_errors import FormErrors
from plugin_server.sandbox.records import App, EventPlugin, Plugin
from plugin_server.web.kit_fields import EVENT_PLUGIN

event_plugins = Blueprint("event_plugins", __name__, url_prefix="/dashboard/events")

_NEW = {"sample_data": "{\n}"}
_LONGEST_TEXT = 1_000


def read_event(
    fields: Mapping[str, Any], app: App, id_: int = 0
) -> tuple[EventPlugin, FormErrors, list[Finding]]:
    """Parse an event plugin's form.

    Returns:
        The record as it was typed, its errors by field, and the findings in its sample data, of which a
        script may give the object itself instead of its text.
    """
    given = {name: fields.get(name, "") for name in EVENT_PLUGIN}
    text: dict[str, Any] = {name: _text(value, _LONGEST_TEXT) for name, value in given.items()}
    text["sample_data"] = _text(given["sample_data"], LONGEST + 1) or "{}"
    errors: FormErrors = {
        name: [f"{EVENT_PLUGIN[name].label} is required."]
        for name in ("name", "identifier")
        if not text[name]
    }
    if text["identifier"]:
        errors["identifier"] = check_identifier(text["identifier"])
    if not app.identifier:
        errors.setdefault("identifier", []).append(NEEDS_IDENTIFIER)
    findings = check_sample_data(text["sample_data"])
    errors["sample_data"] = [sentence_of(each) for each in findings]
    event = EventPlugin(id_, **text)
    return event, {name: found for name, found in errors.items() if found}, findings


def check_event_among(
    event: EventPlugin, others: Sequence[EventPlugin], plugins: Sequence[Plugin]
) -> FormErrors:
    """Return the errors of an event plugin whose identifier another plugin of the app has."""
    taken = {other.identifier for other in others} | {other.identifier for other in plugins}
    if not event.identifier or event.identifier not in taken:
        return {}
    return {"identifier": [f'Another plugin has the identifier "{event.identifier}".']}


@event_plugins.get("/new")
def new() -> str:
    """Show an empty form."""
    return _page(_NEW, {}, [], None)


@event_plugins.get("/<int:event_id>")
def show(event_id: int) -> str:
    """Show the form of one event plugin; 404 when there is none."""
    event = _find(event_id)
    return _page(vars(event), {}, [], event)


@event_plugins.post("/new")
@event_plugins.post("/<int:event_id>")
def save(event_id: int = 0) -> ResponseReturnValue:
    """Save a form; 422 and the same form with what is wrong when it is refused."""
    known = _find(event_id) if event_id else None
    store = sandbox().store
    event, errors, findings = read_event(request.form, store.find_app(), event_id)
    event = replace(event, pasted=known.pasted if known else False)
    others = [other for other in store.find_events() if other.id != event_id]
    errors = check_event_among(event, others, store.find_all_plugins()) | errors
    if errors:
        return _page(request.form, errors, findings, known), 422
    saved = store.save_event(event)
    flash(f"{event.name} is saved.")
    return redirect(f"/dashboard/events/{saved}", 303)


@event_plugins.post("/<int:event_id>/delete")
def delete(event_id: int) -> ResponseReturnValue:
    """Delete an event plugin; blocks that show its data have none then."""
    event = _find(event_id)
    sandbox().store.delete_event(event.id)
    flash(f"{event.name} is deleted.")
    return redirect("/dashboard", 303)


def _find(event_id: int) -> EventPlugin:
    found = next((each for each in sandbox().store.find_events() if each.id == event_id), None)
    return found or abort(404)


def _page(
    fields: Mapping[str, Any],
    errors: FormErrors,
    findings: Sequence[Finding],
    event: EventPlugin | None,
) -> str:
    # As browsers count lines, and as the text will be stored.
    text = str(fields.get("sample_data", "")).strip()
    store = sandbox().store
    return render_template(
        "event.html",
        kit=EVENT_PLUGIN,
        fields=fields,
        errors=errors,
        excerpts=[excerpt_of(text, each) for each in findings],
        event=event,
        app=store.find_app(),
        blocks=[each for each in store.find_plugins() if event and each.event == event.identifier],
    )


def _text(value: Any, longest: int) -> str:
    if isinstance(value, dict | list):
        value = json.dumps(value, indent=2, ensure_ascii=False)
    return value.strip()[:longest] if isinstance(value, str) else ""
