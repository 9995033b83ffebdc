"""The HTML endpoint and the search endpoints."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence

from flask import Blueprint, Request, Response, current_app, request

from plugin_server.blocks import find
from plugin_server.blocks.base import Block
from plugin_server.editor import wire
from plugin_server.kit.account_data import KitAccountData
from plugin_server.rendering.renderer import render_block
from plugin_server.rendering.styles import EmailStyles

Authenticate = Callable[[Request, Sequence[str]], str]


def make_blueprint(
    authenticate: Authenticate,
    account_data: Callable[[str], KitAccountData],
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
        body = wire.read_body(request)
        data = account_data(account_id)
        name = _name(body)
        answer = _recall(data, name)
        if answer is None:
            html = _render(block, wire.read_html_request(body), data)
            answer = wire.html_answer(html)
            data.keep(name, answer)
        return wire.answer(answer, data.freshness)

    @bp.post("/<block_name>/search/<setting>")
    def search(block_name: str, setting: str) -> Response:
        """Answer what a search setting offers for the creator's words."""
        block = find(block_name)
        account_id = authenticate(request, block.scopes)
        body = wire.read_body(request)
        data = account_data(account_id)
        name = _name(body)
        answer = _recall(data, name)
        if answer is None:
            query = wire.read_search_request(body)
            answer = wire.search_answer(block.search(setting, query, data))
            data.keep(name, answer)
        return wire.answer(answer, data.freshness)

    return bp


def _name(body: bytes) -> str:
    """Return what tells an answer from all others that its account may get.

    An answer depends on its address, on the request's body, byte for byte, and on the account's data,
    which ``data.recall`` looks after. Who may have it is decided before, for each request anew.
    """
    return f"{request.path} {hashlib.sha256(body).hexdigest()}"


def _recall(data: KitAccountData, name: str) -> bytes | None:
    # In the preview templates change from one request to the next.
    return data.recall(name) if current_app.config.get("RECALL_ANSWERS", True) else None


def _render(block: Block, wanted: wire.HtmlRequest, data: KitAccountData) -> str:
    values = block.settings.parse(wanted.settings)
    context = block.context(values, data)
    styles = json.dumps(wanted.styles, sort_keys=True)
    instance = _instance(wanted.settings, styles)
    return render_block(block.name, context, EmailStyles.of_json(styles), instance=instance)


def _instance(settings: Mapping[str, object], styles: str) -> str:
    """Return what tells one instance of a block from others; equal requests are one instance."""
    canonical = json.dumps(settings, sort_keys=True) + styles
    return hashlib.sha256(canonical.encode()).hexdigest()
