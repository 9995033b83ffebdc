"""Misbehaviour on demand: its JSON for programs."""

import json

from flask import Blueprint, Response, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from plugin_server.sandbox.context import sandbox
from plugin_server.sandbox.faults import TOKEN_ENDPOINT, read_fault

misbehaviour = Blueprint("misbehaviour", __name__)


@misbehaviour.get("/faults.json")
def list_faults() -> Response:
    """Answer the rules in force: an array of objects."""
    return jsonify(sandbox().faults.find())


@misbehaviour.post("/faults.json")
def add_fault() -> ResponseReturnValue:
    """Add a rule: 201 and the rule with its ``id``, or 422 ``{"errors": [sentence, …]}``."""
    try:
        fields = json.loads(request.get_data())
    except ValueError:
        fields = None
    fault, errors = read_fault(fields, sandbox().accounts, known_resources())
    if errors:
        return jsonify(errors=errors), 422
    return jsonify(sandbox().faults.add(fault)), 201


@misbehaviour.delete("/faults.json")
def clear_faults() -> ResponseReturnValue:
    """Remove every rule: 204."""
    sandbox().faults.clear()
    return "", 204


@misbehaviour.delete("/faults/<int:id_>.json")
def remove_fault(id_: int) -> ResponseReturnValue:
    """Remove one rule: 204, or 404 when it is not in force."""
    if not sandbox().faults.remove(id_):
        abort(404, "This rule is not in force any more.")
    return "", 204


@misbehaviour.get("/requests.json")
def show_requests() -> Response:
    """Answer the counts of the requests to Kit's API since the last reset, and the last 1000."""
    return jsonify(sandbox().traffic.report())


@misbehaviour.delete("/requests.json")
def reset_requests() -> ResponseReturnValue:
    """Begin to count anew: 204."""
    sandbox().traffic.reset()
    return "", 204


def known_resources() -> list[str]:
    """Return every path of Kit's API, such as ``posts/{id}``, without ``/v4/``."""
    paths = {rule.rule for rule in current_app.url_map.iter_rules() if rule.endpoint in _readable()}
    found = {path.removeprefix("/v4/").replace("<int:id_>", "{id}") for path in paths}
    return sorted(found | {TOKEN_ENDPOINT})


def _readable() -> set[str]:
    names = current_app.view_functions
    return {name for name in names if name.startswith("kit_api.") and name != "kit_api.unknown"}
