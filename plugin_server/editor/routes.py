"""The HTML endpoint and the search endpoints.

A response depends on its URL, on the body, byte for byte, on the account's data and on nothing else; so it is
kept with that data, and returned again as long as that is current.
"""

import hashlib
from collections.abc import Callable, Sequence

from flask import Blueprint, Response, request
from werkzeug import Request

from plugin_server.blocks import find
from plugin_server.blocks.base import Block, context_of, options_of
from plugin_server.editor import envelope
from plugin_server.kit.account_data import KitAccountData
from plugin_server.observe import record
from plugin_server.ratelimit.installations import InstallationLimit
from plugin_server.rendering.renderer import Renderer

Authenticate = Callable[[Request, Sequence[str]], str]


def make_blueprint(
    authenticate: Authenticate,
    limit: InstallationLimit,
    account_data: Callable[[str], KitAccountData],
    renderer: Renderer,
    *,
    caches_responses: bool = True,
) -> Blueprint:
    """Return ``/blocks/…``.

    Args:
        authenticate: request and needed scopes to the id of the account that it is made for.
        limit: how often each installation may ask.
        account_data: account id to what blocks may read of it.
        renderer: renders all blocks.
        caches_responses: whether equal requests get a cached response while the account's data is current.
    """
    bp = Blueprint("editor", __name__, url_prefix="/blocks")

    def respond(block: Block, make: Callable[[bytes, str, KitAccountData], bytes]) -> Response:
        # Not the proxy, whose every use looks for the request again.
        asked = request._get_current_object()  # type: ignore[attr-defined]
        account_id = authenticate(asked, block.scopes)
        limit.require_of(asked, account_id)
        body = envelope.read_body(asked)
        data = account_data(account_id)
        name = f"{asked.path} {hashlib.sha256(body).hexdigest()}"
        content = data.recall(name) if caches_responses else None
        if content is None:
            content = make(body, name, data)
            data.keep(name, content)
        record.current().cache = data.freshness.result
        return envelope.response(content, data.freshness)

    @bp.post("/<block_name>/html")
    def html(block_name: str) -> Response:
        """Respond with a block's email HTML for a creator's settings."""
        block = find(block_name)

        def make(body: bytes, name: str, data: KitAccountData) -> bytes:
            wanted = envelope.read_html_request(body)
            context = context_of(block, block.settings.parse(wanted.settings), data)
            markup = renderer.render(
                block.name, context, wanted.styles, instance=name, email_digest=wanted.email
            )
            return envelope.html_response(markup)

        return respond(block, make)

    @bp.post("/<block_name>/search/<setting>")
    def search(block_name: str, setting: str) -> Response:
        """Respond with what a search setting offers for the creator's words."""
        block = find(block_name)

        def make(body: bytes, name: str, data: KitAccountData) -> bytes:
            query = envelope.read_search_request(body)
            return envelope.search_response(options_of(block, setting, query, data))

        return respond(block, make)

    return bp
