"""Fault injection: its page for developers and its JSON endpoints for programs."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from plugin_server.sandbox.form_errors import FormErrors, all_messages
from plugin_server.sandbox.kit.api import OPERATIONS
from plugin_server.sandbox.kit.context import sandbox
from plugin_server.sandbox.kit.faults.rules import KINDS, OAUTH_ENDPOINTS, read_fault
from plugin_server.sandbox.kit.fields import number

faults = Blueprint("faults", __name__)

_GONE = "This rule is not in force any more."
_CREDENTIALS = {"oauth": "OAuth", "api_key": "an API key"}


@faults.get("/faults.json")
def list_faults() -> Response:
    """Return the rules in force: an array of objects."""
    return jsonify(sandbox().faults.find())


@faults.post("/faults.json")
def add_fault() -> ResponseReturnValue:
    """Add a rule: 201 and the rule with its ``id``, or 422 ``{"errors": [sentence, …]}``."""
    try:
        fields = json.loads(request.get_data())
    except ValueError:
        fields = None
    fault, errors = read_fault(fields, sandbox().accounts, _resources())
    if fault is None:
        return jsonify(errors=all_messages(errors)), 422
    return jsonify(sandbox().faults.add(fault)), 201


@faults.delete("/faults.json")
def clear_faults() -> ResponseReturnValue:
    """Remove every rule: 204."""
    sandbox().faults.clear()
    return "", 204


@faults.delete("/faults/<int:id_>.json")
def remove_fault(id_: int) -> ResponseReturnValue:
    """Remove one rule: 204, or 404 when it is not in force."""
    if not sandbox().faults.remove(id_):
        abort(404, _GONE)
    return "", 204


@faults.get("/faults")
def show_page() -> str:
    """Show the rules in force, the form for one more, and the counts."""
    return _page({}, {})


@faults.post("/faults")
def submit_fault() -> ResponseReturnValue:
    """Add the form's rule; 422 and the same form with its errors when it is invalid."""
    fields = {name: _value(text.strip()) for name, text in request.form.items()}
    fault, errors = read_fault(fields, sandbox().accounts, _resources())
    if fault is None:
        return _page(request.form, errors), 422
    sandbox().faults.add(fault)
    return _back("The rule is in force.")


@faults.post("/faults/<int:id_>/remove")
def submit_removal(id_: int) -> ResponseReturnValue:
    """Remove one rule."""
    return _back("The rule is removed." if sandbox().faults.remove(id_) else _GONE)


@faults.post("/faults/remove")
def submit_clear() -> ResponseReturnValue:
    """Remove every rule."""
    sandbox().faults.clear()
    return _back("Every rule is removed.")


@faults.post("/requests/reset")
def submit_reset() -> ResponseReturnValue:
    """Reset the counts."""
    sandbox().request_log.reset()
    return _back("The counts are reset.")


def _back(message: str) -> ResponseReturnValue:
    flash(message)
    return redirect("/faults", 303)


def _page(fields: Mapping[str, Any], errors: FormErrors) -> str:
    accounts = sandbox().accounts
    return render_template(
        "faults.html",
        fields=fields,
        errors=errors,
        faults=sandbox().faults.find(),
        request_log=sandbox().request_log.report(),
        resources=["*", *_resources()],
        kinds={kind: f"{kind}: {text}" for kind, text in KINDS.items()},
        accounts=accounts,
        any_account=[("", "Every account"), *((a.id, a.name) for a in accounts.values())],
        credentials=_CREDENTIALS,
        any_credential=[("", "Any, or none"), *_CREDENTIALS.items()],
    )


def _resources() -> list[str]:
    """Return every path of Kit's API, such as ``posts/{id}``, without ``/v4/``."""
    return sorted({operation.path for operation in OPERATIONS} | OAUTH_ENDPOINTS)


def _value(text: str) -> Any:
    """Return a form's text as JSON would have it: numbers as such, an empty text as ``None``."""
    try:
        return number(text)
    except ValueError:
        return text or None
