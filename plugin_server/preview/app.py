"""The plugin server's application in the preview, which shows errors with their file and line."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial, wraps
from itertools import islice
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, request

from plugin_server.app import create_app
from plugin_server.blocks.loading import BlockFailure, load_blocks
from plugin_server.config.environment import load_config
from plugin_server.editor import envelope
from plugin_server.errors import BlockUnavailable, InternalError
from plugin_server.examples.time_limit import run_limited
from plugin_server.findings.finding import NOWHERE, info
from plugin_server.findings.wording import listed
from plugin_server.preview.dashboard import dashboard_entries
from plugin_server.preview.source_errors import SourceError, display_path, source_errors_of
from plugin_server.rendering.jinja_environment import jinja_environment
from plugin_server.rendering.refusal import ExplainedRefusal
from plugin_server.rendering.source.tokens import tokenize
from plugin_server.rendering.template_places import place_in_template
from plugin_server.rendering.template_trace import TracedHtml, remembering_runs
from plugin_server.resources.packages import built_in_package, package_of
from plugin_server.sandbox.client.exchange import DEVELOPER_ERROR
from plugin_server.sandbox.client.plugin_client import TEMPLATE_LINE
from plugin_server.web import pages

log = logging.getLogger(__name__)

View = Callable[..., Any]

# The endpoints that run the code of blocks.
_BLOCKS = ("editor.html", "editor.search")
# Seconds that they have beyond what they may wait for Kit, and within what the sandbox waits for them.
_MARGIN = 1.0


def make_app() -> tuple[Flask, dict[str, Any]]:
    """Return the application, and what the preview needs to know of it.

    That is ``entries``, what is pasted in Kit's dashboard; ``left_out``, the names of blocks that could not
    be loaded; and their ``errors``.

    Raises:
        Exception: whatever this server's own code raises when it is imported.
    """
    config = load_config()
    jinja_environment().auto_reload = True
    blocks = load_blocks(config.blocks)
    app = create_app(config, blocks=blocks, previews=True)
    app.view_functions["editor.html"] = _traced(app.view_functions["editor.html"])
    limit = config.editor_deadline + _MARGIN
    for endpoint in _BLOCKS:
        app.view_functions[endpoint] = _limited(app.view_functions[endpoint], limit)
    app.register_error_handler(Exception, _explain)
    app.register_error_handler(ExplainedRefusal, _explain)
    app.register_error_handler(BlockUnavailable, _explain_left_out)
    return app, {
        "entries": dashboard_entries(config, blocks),
        "left_out": [failure.block for failure in blocks.failures],
        "errors": [*map(vars, _errors_of(blocks.failures))],
    }


def _errors_of(failures: Iterable[BlockFailure]) -> list[SourceError]:
    """Return the errors of blocks that were left out, each of which names its blocks and their package."""
    blocks: dict[SourceError, list[str]] = {}
    for failure in failures:
        for error in source_errors_of(failure.error):
            blocks.setdefault(error, []).append(str(failure))
    return [
        replace(error, text=f"{error.text}\n(Left out: {listed(names, 'and')}; the others work.)")
        for error, names in blocks.items()
    ]


def _limited(view: View, seconds: float) -> View:
    @wraps(view)
    def run(**arguments: Any) -> Any:
        return run_limited(partial(view, **arguments), seconds)

    return run


def _traced(view: View) -> View:
    """Return a view of a block's HTML that also says which line of a template wrote a start tag."""

    @wraps(view)
    def run(**arguments: Any) -> Any:
        number = request.headers.get(TEMPLATE_LINE, "")
        with remembering_runs() as runs:
            response = view(**arguments)
        if number.isdecimal() and runs:
            line = _template_line(runs[-1](), int(number))
            response = jsonify({**response.get_json(), "template_line": line})
        response.headers[TEMPLATE_LINE] = "available"
        return response

    return run


def _template_line(html: TracedHtml, number: int) -> dict[str, Any] | None:
    tags = (token for token in tokenize(html.html) if token.kind == "start")
    tag = next(islice(tags, number, None), None)
    lines = html.lines_at(tag.offset) if tag else ()
    if not lines:
        return None
    found = place_in_template(info("picked", NOWHERE, ""), lines, jinja_environment())
    return {
        "file": display_path(Path(found.place.file)),
        "line": found.place.line,
        "text": found.source_line.strip(),
        # The shared macro that the line calls, if any.
        "inside": found.message.removeprefix(", "),
    }


def _explain(error: Exception) -> Response:
    """Respond with the place of an error in a block's code."""
    log.exception("Unexpected error in %s%s", request.endpoint, _whose())
    return _respond(error, "refused" if isinstance(error, ExplainedRefusal) else "failed")


def _explain_left_out(error: BlockUnavailable) -> Response:
    """Respond with why a block could not be loaded, which the log has had since then."""
    return _respond(error.__cause__ or error)


def _respond(error: BaseException, kind: str = "failed") -> Response:
    explained = InternalError([f"{each}{_whose()}" for each in source_errors_of(error)])
    if request.path.startswith("/blocks/"):
        response = envelope.error_response(explained)
        response.headers[DEVELOPER_ERROR] = kind
        return response
    return pages.error_page(explained)


def _whose() -> str:
    """Return which block of another package was requested, in parentheses; ``""`` for our own."""
    name = (request.view_args or {}).get("block_name", "")
    package = package_of(name)
    return f" ({name} of {package})" if package not in (None, built_in_package()) else ""
