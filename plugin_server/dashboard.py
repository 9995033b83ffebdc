"""What to paste in Kit's developer dashboard: a page with every field, and the settings JSON."""

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, render_template

from plugin_server.blocks import BLOCKS, find
from plugin_server.blocks.base import Block
from plugin_server.config import Config
from plugin_server.hosts import why_not_public
from plugin_server.pages import CSP_WITH_SCRIPTS


@dataclass(frozen=True)
class Field:
    """One field of Kit's dashboard, under Kit's own label, and what to paste in it."""

    label: str
    value: str


def make_blueprint(config: Config) -> Blueprint:
    """Return ``/settings/<block>.json`` and, when it is on, ``/dashboard``.

    Both show addresses under ``BASE_URL``, and nothing secret.
    """
    bp = Blueprint("dashboard", __name__)

    @bp.get("/settings/<block>.json")
    def settings(block: str) -> Response:
        """Return a block's settings JSON, finished for pasting; 404 for an unknown block."""
        text = settings_json(find(block), config.base_url)
        return Response(text + "\n", content_type="application/json")

    def show() -> Response:
        """Show every field of the app and of each block, in the order of Kit's forms."""
        page = render_template(
            "pages/dashboard.html",
            base_url=config.base_url,
            warnings=unreachable(config.base_url),
            api=None if config.kit_api_key else api_fields(config),
            oauth=oauth_fields(config) if config.plugin_auth == "oauth" else None,
            blocks=[
                (block, block_fields(block, config.base_url))
                for block in sorted(BLOCKS, key=lambda block: block.sort_order)
            ],
        )
        response = make_response(page)
        response.headers["Content-Security-Policy"] = CSP_WITH_SCRIPTS
        return response

    if config.shows_dashboard:
        bp.add_url_rule("/dashboard", view_func=show)
    return bp


def settings_json(block: Block, base_url: str) -> str:
    """Return a block's settings JSON as text for people, its addresses absolute."""
    return json.dumps(block.settings.public(base_url), indent=2, ensure_ascii=False)


def api_fields(config: Config) -> list[Field]:
    """Return the fields of the app's API access, where Kit is the OAuth server."""
    return [
        Field("Authorization URL", f"{config.base_url}/kit/connect"),
        Field("Redirect URI", f"{config.base_url}/kit/callback"),
    ]


def oauth_fields(config: Config) -> list[Field]:
    """Return the fields of the plugins' authorization, where this server is the OAuth server."""
    oauth = f"{config.base_url}/oauth"
    return [
        Field("Authorize URL", f"{oauth}/authorize"),
        Field("Token URL", f"{oauth}/token"),
        Field("Refresh token URL", f"{oauth}/refresh"),
        Field("Revoke token URL", f"{oauth}/revoke"),
        Field("Client ID", config.plugin_client_id),
    ]


def block_fields(block: Block, base_url: str) -> list[Field]:
    """Return the fields of one plugin; ``Logo`` is the address of the picture to upload."""
    return [
        Field("Name", block.label),
        Field("Description", block.description),
        Field("Sort order", str(block.sort_order)),
        Field("Logo", f"{base_url}/static/icons/{block.name}.png"),
        Field("HTML URL", f"{base_url}/blocks/{block.name}/html"),
        Field("Settings JSON", settings_json(block, base_url)),
    ]


def unreachable(base_url: str) -> list[str]:
    """Return why Kit's servers would not call this address, ``[]`` when nothing speaks against it.

    Each reason goes on from "This address …".
    """
    url = urlsplit(base_url)
    reasons = [why_not_public(url.hostname or "")]
    if url.scheme != "https":
        reasons.append("is not https")
    return [reason for reason in reasons if reason]
