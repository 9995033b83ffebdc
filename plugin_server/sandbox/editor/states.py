"""What is not as usual for a creator at this moment: faults of Kit, and a plan that has lapsed."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, jsonify, url_for

from plugin_server.sandbox.context import creator, sandbox
from plugin_server.sandbox.kit.faults.rules import KINDS

states = Blueprint("states", __name__)


@states.get("/editor/states")
def show_states() -> Response:
    """Return ``{"states": [{"text", "explanation", "end"}, …]}``.

    ``end`` is the request that ends a state: ``{"method", "path", "body"}``.
    """
    return jsonify(states=[*_faults(), *_lapsed_plan()])


def _faults() -> Iterator[dict[str, Any]]:
    for fault in sandbox().faults.find():
        if fault["account"] in (None, creator().id):
            left = f", {fault['taken']} of {fault['times']} times" if fault["times"] else ""
            yield {
                "text": f"Kit: {fault['fault']} of {fault['resource']}{left}",
                "explanation": f"A fault is running: {KINDS[fault['fault']]}.",
                "end": {
                    "method": "DELETE",
                    "path": url_for("faults.remove_fault", id_=fault["id"]),
                },
            }


def _lapsed_plan() -> Iterator[dict[str, Any]]:
    if not creator().has_api_access:
        yield {
            "text": "Kit: the plan has lapsed",
            "explanation": "Kit refuses every request of apps to this account with 401.",
            "end": {
                "method": "PATCH",
                "path": url_for("control.change_account", id_=creator().id),
                "body": {"has_api_access": True},
            },
        }
