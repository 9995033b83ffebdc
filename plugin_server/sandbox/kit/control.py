"""What a test suite needs of the sandbox beside Kit's API: published pages, the request log, a reset."""

from flask import Blueprint, Response, abort, jsonify

from plugin_server.sandbox.context import sandbox

control = Blueprint("control", __name__)


@control.get("/pages/<path:name>")
def show_page(name: str) -> Response:
    """Return a page that a creator has published: of a form, or a landing page."""
    pages = (account.pages.get(name) for account in sandbox().accounts.values())
    found = next(filter(None, pages), None) or abort(404)
    return Response(found, content_type="text/html; charset=utf-8")


@control.get("/sandbox/requests.json")
def show_requests() -> Response:
    """Return the counts of the requests to Kit's API since the last reset, and the last 1000."""
    return jsonify(sandbox().request_log.report())
