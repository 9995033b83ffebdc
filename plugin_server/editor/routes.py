"""The HTML endpoint and the search endpoints of blocks.

Each route authenticates the request, checks the installation's limit, and returns the cached response or
builds one. A response depends only on the path, the exact bytes of the body and the account's data, so it is
cached with that data as long as the data is current. ``envelope.py`` has the shapes of bodies.
"""

import hashlib
from collections.abc import Callable, Collection, Sequence

from flask import Blueprint, Response, request
from werkzeug import Request

from plugin_server.blocks.base import Block, context_of, dynamic_block, options_of
from plugin_server.editor import envelope
from plugin_server.kit.account_data import KitAccountData
from plugin_server.observe import record
from plugin_server.ratelimit.installations import InstallationLimit
from plugin_server.rendering.personal.fields import SAMPLE_APP
from plugin_server.rendering.renderer import Renderer

Authenticate = Callable[[Request, Sequence[str]], str]


def make_blueprint(
    find: Callable[[str], Block],
    authenticate: Authenticate,
    limit: InstallationLimit,
    account_data: Callable[[str, Collection[str]], KitAccountData],
    renderer: Renderer,
    *,
    caches_responses: bool = True,
    app_identifier: str = SAMPLE_APP,
) -> Blueprint:
    """Return ``/blocks/…``.

    Args:
        find: takes a block's name, and returns the block; raises NotFound and BlockUnavailable.
        authenticate: takes a request and the required scopes, and returns the id of its account.
        limit: of the requests of each installation.
        account_data: takes an account id and a block's scopes, and returns what the block may read.
        renderer: renders all blocks.
        caches_responses: whether equal requests get a cached response while the account's data is current.
        app_identifier: the app's in Kit, which dynamic blocks with an event need.
    """
    bp = Blueprint("editor", __name__, url_prefix="/blocks")

    def respond(block: Block, build: Callable[[bytes, str, KitAccountData], bytes]) -> Response:
        # The request itself: Flask's proxy would look it up at every use.
        current = request._get_current_object()  # type: ignore[attr-defined]
        account_id = authenticate(current, tuple(block.scopes))
        limit.check_request(current, account_id)
        body = envelope.read_body(current)
        data = account_data(account_id, block.scopes)
        key = f"{current.path} {hashlib.sha256(body).hexdigest()}"
        content = data.cached_response(key) if caches_responses else None
        if content is None:
            content = build(body, key, data)
            data.cache_response(key, content)
        record.current().cache = data.freshness.result
        return envelope.response(content, data.freshness)

    @bp.post("/<block_name>/html")
    def html(block_name: str) -> Response:
        """Respond with a block's email HTML for the settings of a creator.

        Request: ``{"settings": {name: value}, "styles": {element: {property: value}}}``.
        Response: ``{"code": 200, "html": "<div>…"}``.
        """
        block = find(block_name)

        def build(body: bytes, key: str, data: KitAccountData) -> bytes:
            parsed = envelope.read_html_request(body)
            context = context_of(block, block.settings.parse(parsed.settings), data)
            markup = renderer.render(
                block.name,
                context,
                parsed.styles,
                instance=key,
                email_digest=parsed.email_digest,
                dynamic=dynamic_block(block, app_identifier),
            )
            return envelope.html_response(markup)

        return respond(block, build)

    @bp.post("/<block_name>/search/<setting>")
    def search(block_name: str, setting: str) -> Response:
        """Respond with the options of a search setting that match what the creator typed.

        Request: ``{"search": "typed", …}``.
        Response: ``{"code": 200, "data": [{"label": "…", "value": "…"}]}``.
        """
        block = find(block_name)

        def build(body: bytes, _key: str, data: KitAccountData) -> bytes:
            query = envelope.read_search_request(body)
            return envelope.search_response(options_of(block, setting, query, data))

        return respond(block, build)

    return bp
