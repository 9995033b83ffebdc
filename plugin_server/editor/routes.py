"""The HTML endpoint and the search endpoints."""

import hashlib
import json
from collections.abc import Callable, Sequence

from flask import Blueprint, Request, Response, request

from plugin_server.blocks import find
from plugin_server.editor import wire
from plugin_server.kit.account_data import AccountData
from plugin_server.rendering.renderer import render_block
from plugin_server.rendering.styles import EmailStyles

Authenticate = Callable[[Request, Sequence[str]], str]


def make_blueprint(
    authenticate: Authenticate,
    account_data: Callable[[str], AccountData],
) -> Blueprint:
    """Return ``/blocks/…``.

    Args:
        authenticate: request and needed scopes to the id of the account that it is made for.
        account_data: account id to what blocks may read of it.
    """
    bp = Blueprint("editor", __name__, url_prefix="/blocks")

    @bp.post("/<block_name>/html")
    def html(block_name: str) -> Response:
        """Answer a block's email HTML for a creator's settings."""
        block = find(block_name)
        account_id = authenticate(request, block.scopes)
        wanted = wire.read_html_request(request)
        values = block.settings.parse(wanted.settings)
        data = account_data(account_id)
        context = block.context(values, data)
        styles = EmailStyles.parse(wanted.styles)
        html = render_block(block.name, context, styles, instance=_instance(wanted))
        return wire.marked(wire.html_answer(html), data.freshness)

    @bp.post("/<block_name>/search/<setting>")
    def search(block_name: str, setting: str) -> Response:
        """Answer what a search setting offers for the creator's words."""
        block = find(block_name)
        account_id = authenticate(request, block.scopes)
        query = wire.read_search_request(request)
        data = account_data(account_id)
        options = block.search(setting, query, data)
        return wire.marked(wire.search_answer(options), data.freshness)

    return bp


def _instance(wanted: wire.HtmlRequest) -> str:
    """Return what tells one instance of a block from others; equal requests are one instance."""
    canonical = json.dumps([wanted.settings, wanted.styles], sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
