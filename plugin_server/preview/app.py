"""The plugin server's application in the preview, which shows errors with their file and line."""

import logging
from typing import Any

from flask import Flask, Response, request

from plugin_server.app import create_app
from plugin_server.config.environment import load_config
from plugin_server.editor import envelope
from plugin_server.errors import InternalError
from plugin_server.preview.dashboard import dashboard_entries
from plugin_server.preview.source_errors import source_errors_of
from plugin_server.rendering.jinja_environment import jinja_environment
from plugin_server.rendering.refusal import ExplainedRefusal
from plugin_server.web import pages

log = logging.getLogger(__name__)


def make_app() -> tuple[Flask, dict[str, Any]]:
    """Return the application, and what is pasted in Kit's dashboard for it.

    Raises:
        Exception: whatever the code of a block raises when it is imported.
    """
    config = load_config()
    jinja_environment().auto_reload = True
    app = create_app(config, previews=True)
    app.register_error_handler(Exception, _explain)
    app.register_error_handler(ExplainedRefusal, _explain)
    return app, dashboard_entries(config)


def _explain(error: Exception) -> Response:
    log.exception("Unexpected error in %s", request.endpoint)
    explained = InternalError([str(each) for each in source_errors_of(error)])
    if request.path.startswith("/blocks/"):
        return envelope.error_response(explained)
    return pages.error_page(explained)
