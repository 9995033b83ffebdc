"""The plugin server's application in the preview, which shows errors with their file and line."""

import logging
from dataclasses import replace
from typing import Any

from flask import Flask, Response, request

from plugin_server.app import create_app
from plugin_server.blocks.loading import BlockFailure, load_blocks
from plugin_server.config.environment import load_config
from plugin_server.editor import envelope
from plugin_server.errors import InternalError
from plugin_server.preview.dashboard import dashboard_entries
from plugin_server.preview.source_errors import source_error_of, source_errors_of
from plugin_server.rendering.jinja_environment import jinja_environment
from plugin_server.rendering.refusal import ExplainedRefusal
from plugin_server.web import pages

log = logging.getLogger(__name__)


def make_app() -> tuple[Flask, dict[str, Any]]:
    """Return the application, and what the preview needs to know of it.

    That is ``entries``, what is pasted in Kit's dashboard, and ``errors``, those of blocks left out.

    Raises:
        Exception: whatever the code of a block raises when it is imported.
    """
    config = load_config()
    jinja_environment().auto_reload = True
    blocks = load_blocks(config.blocks)
    app = create_app(config, blocks=blocks, previews=True)
    app.register_error_handler(Exception, _explain)
    app.register_error_handler(ExplainedRefusal, _explain)
    errors = [_left_out(failure) for failure in blocks.failures]
    return app, {"entries": dashboard_entries(config, blocks), "errors": errors}


def _left_out(failure: BlockFailure) -> dict[str, Any]:
    """Return the error of a block that could not be loaded, which names the block and its package."""
    error = source_error_of(failure.error)
    return vars(replace(error, text=f"{error.text} ({failure} is left out; the others work.)"))


def _explain(error: Exception) -> Response:
    log.exception("Unexpected error in %s", request.endpoint)
    explained = InternalError([str(each) for each in source_errors_of(error)])
    if request.path.startswith("/blocks/"):
        return envelope.error_response(explained)
    return pages.error_page(explained)
