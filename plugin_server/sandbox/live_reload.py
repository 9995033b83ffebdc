"""Live reload: notifies open pages that code, a template or settings have changed.

The sandbox does not watch files: the program that does, such as ``preview``, sends ``POST /live``.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from plugin_server.sandbox.context import digest_of_plugins, sandbox

live_reload = Blueprint("live_reload", __name__)


@live_reload.get("/live")
def listen() -> Response:
    """Stream server-sent events, each with JSON in its ``data``, and with an id.

    ``changed`` has ``files``, as readable paths, ``version``, that of the editor's page, which other plugins
    and other examples change, and ``at``, in Unix milliseconds; ``broken`` has ``file``, ``line`` (``null``
    when unknown) and ``text`` of the first error, and ``all``, a pair of place and text for each error;
    ``fixed`` comes before the ``changed`` that ends a ``broken``; ``alive`` comes every few seconds without
    other events.
    ``?last=`` is the id of the last event that a page has received.
    """
    last = request.args.get("last") or request.headers.get("Last-Event-ID", "")
    return Response(sandbox().live_events.listen(last), mimetype="text/event-stream")


@live_reload.post("/live")
def publish() -> ResponseReturnValue:
    """Publish an event: files that have changed, errors, or both: 204.

    ``{"files": [path, …], "errors": [{"file", "line", "text"}, …]}``: without ``errors`` everything works
    now; without ``files`` nothing has changed for the blocks. One error may also be sent by itself.
    """
    body = request.get_json()
    if not isinstance(body, dict):
        abort(400, "Send a JSON object.")
    files, given = body.get("files"), body.get("errors", [body] if "file" in body else [])
    errors = [_error(each) for each in given] if isinstance(given, list) else []
    if isinstance(files, list):
        names = [str(file) for file in files]
        sandbox().live_events.changed(names, digest_of_plugins(), errors)
    elif errors:
        sandbox().live_events.broken(errors)
    else:
        abort(400, 'Send {"files": [path, …]} or {"file": path, "line": number, "text": sentence}.')
    return "", 204


def _error(given: object) -> Mapping[str, Any]:
    error = given if isinstance(given, dict) else {}
    line = error.get("line")
    if "file" not in error or not (line is None or isinstance(line, int)):
        abort(400, 'An error is {"file": path, "line": number, "text": sentence}.')
    return {"file": str(error["file"]), "line": line, "text": str(error.get("text", ""))}
