"""Pages for people: the front page and the error page."""

from collections.abc import Sequence

from flask import Blueprint, Response, make_response, render_template

from plugin_server.blocks.base import Block
from plugin_server.errors import PluginError


def make_blueprint(blocks: Sequence[Block], *, dashboard: bool) -> Blueprint:
    """Return the front page.

    Args:
        blocks: the blocks that it lists.
        dashboard: whether it links to ``/dashboard``.
    """
    bp = Blueprint("pages", __name__)

    @bp.get("/")
    def index() -> str:
        """Show what this server is."""
        return render_template("pages/index.html", blocks=blocks, dashboard=dashboard)

    return bp


def error_page(error: PluginError) -> Response:
    """Return an error as a page that says what happened and what to do."""
    page = render_template("pages/error.html", messages=error.messages)
    # A page is never HTTP 200 when it reports an error, whatever Kit's envelope would say.
    return make_response(page, error.status if error.status >= 400 else error.code)
