"""Live reload: notifies open pages that code, a template or settings have changed.

The sandbox does not watch files: the program that does, such as ``preview``, sends ``POST /live``.
"""

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from plugin_server.sandbox.context import sandbox

live_reload = Blueprint("live_reload", __name__)


@live_reload.get("/live")
def listen() -> Response:
    """Stream server-sent events, each with JSON in its ``data``, and with an id.

    ``changed`` has ``files``, as readable paths, and ``at``, in Unix milliseconds; ``broken`` has
    ``file``, ``line`` (``null`` when unknown) and ``text``; ``fixed`` comes before the ``changed`` that
    ends a ``broken``; ``alive`` comes every few seconds without other events.
    ``?last=`` is the id of the last event that a page has received.
    """
    last = request.args.get("last") or request.headers.get("Last-Event-ID", "")
    return Response(sandbox().live_events.listen(last), mimetype="text/event-stream")


@live_reload.post("/live")
def publish() -> ResponseReturnValue:
    """Publish an event: ``{"files": [path, …]}`` or ``{"file", "line", "text"}``: 204."""
    body = request.get_json()
    if not isinstance(body, dict):
        abort(400, "Send a JSON object.")
    files, line = body.get("files"), body.get("line")
    if isinstance(files, list):
        sandbox().live_events.changed([str(file) for file in files])
    elif "file" in body and (line is None or isinstance(line, int)):
        sandbox().live_events.broken(str(body["file"]), line, str(body.get("text", "")))
    else:
        abort(400, 'Send {"files": [path, …]} or {"file": path, "line": number, "text": sentence}.')
    return "", 204
