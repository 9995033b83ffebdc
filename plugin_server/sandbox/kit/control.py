"""What test suites and the sandbox's own pages need beside Kit's API: what no app can do at Kit.

Published pages, the log of requests, a reset, and changes of accounts by hand.
"""

from typing import Any

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from plugin_server.sandbox.kit.account_checks import check_record
from plugin_server.sandbox.kit.account_files import dump_account, put_record
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.context import sandbox

MAX_RETRY_SECONDS = 24 * 3600

control = Blueprint("control", __name__)

_CHANGEABLE: dict[str, tuple[type, ...]] = {
    "has_api_access": (bool,),
    "profile": (dict, type(None)),
    "colors": (list,),
    "account": (dict,),
}


@control.get("/pages/<path:name>")
def show_page(name: str) -> Response:
    """Return a page that a creator has published: of a form, or a landing page."""
    pages = (account.pages.get(name) for account in sandbox().accounts.values())
    found = next(filter(None, pages), None) or abort(404)
    return Response(found, content_type="text/html; charset=utf-8")


@control.get("/requests.json")
@control.get("/sandbox/requests.json")
def show_requests() -> Response:
    """Return the counts of the requests to Kit's API since the last reset, and the last 1000."""
    return jsonify(sandbox().request_log.report())


@control.delete("/requests.json")
def reset_requests() -> ResponseReturnValue:
    """Reset the counts: 204."""
    sandbox().request_log.reset()
    return "", 204


@control.post("/sandbox/reset")
def reset() -> ResponseReturnValue:
    """Return every account to its file, and everything else to its state at the start: 204.

    With ``{"account": id}`` only that account is reset. Apps stay connected: installations, tokens and the
    OAuth clients that have registered themselves are left as they are.
    """
    account = _body().get("account")
    if account is not None:
        sandbox().states.reset(_account(account).id)
    else:
        sandbox().states.reset()
        sandbox().faults.clear()
        sandbox().limits.clear()
        sandbox().request_log.reset()
        sandbox().webhooks.retries = sandbox().config.webhook_retries
    return "", 204


@control.put("/sandbox/webhook_retries.json")
def set_retries() -> ResponseReturnValue:
    """Retry deliveries after ``{"seconds": [0.1, 1]}``, once for each number: 204, or 422 with ``errors``."""
    seconds = _body().get("seconds")
    if not isinstance(seconds, list) or not all(
        isinstance(each, (int, float)) and 0 <= each <= MAX_RETRY_SECONDS for each in seconds
    ):
        text = f"seconds must be an array of numbers from 0 to {MAX_RETRY_SECONDS}."
        return jsonify(errors=[text]), 422
    sandbox().webhooks.retries = tuple(map(float, seconds))
    return "", 204


@control.get("/sandbox/accounts/<int:id_>.json")
def show_account(id_: int) -> Response:
    """Return an account as it is now, in the format of account files."""
    return jsonify(dump_account(_account(id_)))


@control.patch("/sandbox/accounts/<int:id_>.json")
def change_account(id_: int) -> ResponseReturnValue:
    """Change the account itself: ``has_api_access``, ``profile``, ``colors``, or members of ``account``.

    204; 422 with ``errors`` for anything else.
    """
    account, body = _account(id_), _body()
    wrong = [name for name in body if not isinstance(body[name], _CHANGEABLE.get(name, ()))]
    if wrong or body.get("account", {}).get("id", id_) != id_:
        text = f"Change {', '.join(_CHANGEABLE)}, and not {', '.join(wrong) or 'id'}."
        return jsonify(errors=[text]), 422
    with account.lock:
        body["account"] = {**account.account, **body.get("account", {})}
        for name, value in body.items():
            setattr(account, name, value)
        sandbox().changed(account)
    return "", 204


@control.put("/sandbox/accounts/<int:id_>/<name>")
def put(id_: int, name: str) -> ResponseReturnValue:
    """Add a record to a collection such as ``posts``, or replace the one with its ``id``.

    Returns the record as it is stored, or 422 with ``errors``.
    """
    account, record = _account(id_), _body()
    table = account.collections.get(name)
    if table is None:
        abort(404, f"An account has {', '.join(account.collections)}.")
    record.setdefault("id", table[0]["id"] + 1 if table else 1)
    if errors := check_record(name, record):
        return jsonify(errors=errors), 422
    with account.lock:
        stored = put_record(account, name, record)
        sandbox().changed(account)
    return jsonify(stored)


@control.delete("/sandbox/accounts/<int:id_>/<name>/<int:record>")
def remove(id_: int, name: str, record: int) -> ResponseReturnValue:
    """Remove a record of a collection: 204."""
    account = _account(id_)
    with account.lock:
        table = account.collections.get(name)
        if table is None or table.find(record) is None:
            abort(404)
        table.remove(record)
        sandbox().changed(account)
    return "", 204


@control.errorhandler(HTTPException)
def _show_error(error: HTTPException) -> ResponseReturnValue:
    return jsonify(errors=[error.description]), error.code or 500


def _account(id_: Any) -> Account:
    return sandbox().accounts.get(id_) or abort(404, "There is no such account.")


def _body() -> dict[str, Any]:
    body = request.get_json(force=True, silent=True) if request.get_data() else {}
    return body if isinstance(body, dict) else abort(400, "Send a JSON object.")
