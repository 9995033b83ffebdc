"""The HTML endpoint and the search endpoints, behind the front, which knows who asks."""

import hashlib
import json
from collections.abc import Mapping

from flask import Blueprint, Response, request

from plugin_server.blocks import find
from plugin_server.blocks.base import Block, context_of, options_of
from plugin_server.editor import wire
from plugin_server.editor.front import admitted
from plugin_server.kit.account_data import KitAccountData
from plugin_server.rendering.renderer import render_block
from plugin_server.rendering.styles import EmailStyles


def make_blueprint() -> Blueprint:
    """Return ``/blocks/…``."""
    bp = Blueprint("editor", __name__, url_prefix="/blocks")

    @bp.post("/<block_name>/html")
    def html(block_name: str) -> Response:
        """Answer a block's email HTML for a creator's settings."""
        asked = admitted(request.environ)
        wanted = wire.read_html_request(asked.body)
        return asked.answer(wire.html_answer(_render(find(block_name), wanted, asked.data)))

    @bp.post("/<block_name>/search/<setting>")
    def search(block_name: str, setting: str) -> Response:
        """Answer what a search setting offers for the creator's words."""
        asked = admitted(request.environ)
        query = wire.read_search_request(asked.body)
        found = options_of(find(block_name), setting, query, asked.data)
        return asked.answer(wire.search_answer(found))

    return bp


def _render(block: Block, wanted: wire.HtmlRequest, data: KitAccountData) -> str:
    values = block.settings.parse(wanted.settings)
    context = context_of(block, values, data)
    styles = json.dumps(wanted.styles, sort_keys=True)
    instance = _instance(wanted.settings, styles)
    return render_block(block.name, context, EmailStyles.parse(wanted.styles), instance=instance)


def _instance(settings: Mapping[str, object], styles: str) -> str:
    """Return what tells one instance of a block from others; equal requests are one instance."""
    canonical = json.dumps(settings, sort_keys=True) + styles
    return hashlib.sha256(canonical.encode()).hexdigest()
