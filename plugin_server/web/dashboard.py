"""What to paste in Kit's developer dashboard: a page with every field, and the settings JSON."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, render_template, send_from_directory

from plugin_server.blocks.base import Block
from plugin_server.blocks.loading import LoadedBlocks
from plugin_server.config.environment import Config
from plugin_server.config.hosts import why_not_public
from plugin_server.errors import NotFound
from plugin_server.resources.packages import package_of
from plugin_server.web.headers import CSP_WITH_SCRIPTS
from plugin_server.web.kit_fields import (
    API_ACCESS,
    APP_DETAILS,
    DYNAMIC,
    EVENT_PLUGIN,
    PLUGIN,
    PLUGIN_OAUTH,
    KitField,
)


@dataclass(frozen=True)
class Row:
    """One field of Kit's dashboard and what to paste in it."""

    field: KitField
    value: str


def make_blueprint(config: Config, blocks: LoadedBlocks) -> Blueprint:
    """Return ``/settings/<block>.json``, the blocks' icons and, when it is on, ``/dashboard``.

    Both show URLs below ``BASE_URL``, and nothing secret.
    """
    bp = Blueprint("dashboard", __name__)

    @bp.get("/settings/<block>.json")
    def settings(block: str) -> Response:
        """Return a block's settings JSON, ready to paste; 404 for an unknown block."""
        text = settings_json(blocks.find(block), config.base_url)
        return Response(text + "\n", content_type="application/json")

    @bp.get("/static/icons/<name>.<any(png, svg):kind>")
    def icon(name: str, kind: str) -> Response:
        """Return the icon of a block of any package."""
        package = package_of(name)
        if package is None:
            raise NotFound
        return send_from_directory(package.static / "icons", f"{name}.{kind}")

    def show() -> Response:
        """Show every field of the app and of each block, in the order in which they are needed."""
        details = app_values(config)
        page = render_template(
            "pages/dashboard.html",
            base_url=config.base_url,
            warnings=unreachable(config.base_url),
            api=None if config.kit_api_key else _rows(API_ACCESS, api_values(config)),
            oauth=_rows(PLUGIN_OAUTH, oauth_values(config)) if _uses_oauth(config) else None,
            events=[
                (event["identifier"], event["name"], _rows(EVENT_PLUGIN, event))
                for event in event_values(blocks)
            ],
            blocks=[
                (block, _block_rows(block, config, place)) for place, block in enumerate(blocks)
            ],
            details=_rows(APP_DETAILS, details),
            own_details=[field for key, field in APP_DETAILS.items() if key not in details],
        )
        response = make_response(page)
        response.headers["Content-Security-Policy"] = CSP_WITH_SCRIPTS
        return response

    if config.shows_dashboard:
        bp.add_url_rule("/dashboard", view_func=show)
    return bp


def settings_json(block: Block, base_url: str) -> str:
    """Return a block's settings JSON as indented text, its URLs absolute."""
    return json.dumps(block.settings.public(base_url), indent=2, ensure_ascii=False)


def app_values(config: Config) -> dict[str, str]:
    """Return what this server knows of the app's details page, by the keys of ``APP_DETAILS``."""
    return {
        "redirect_after_install": f"{config.base_url}/",
        "return_to_domains": urlsplit(config.base_url).hostname or "",
    }


def api_values(config: Config) -> dict[str, str]:
    """Return the values of the app's API access, by the keys of ``API_ACCESS``."""
    return {
        "authorization_url": f"{config.base_url}/kit/connect",
        "redirect_uris": f"{config.base_url}/kit/callback",
    }


def oauth_values(config: Config) -> dict[str, str]:
    """Return the values of the plugins' authorization, by the keys of ``PLUGIN_OAUTH``; no secret."""
    oauth = f"{config.base_url}/oauth"
    return {
        "authorize_url": f"{oauth}/authorize",
        "token_url": f"{oauth}/token",
        "refresh_url": f"{oauth}/refresh",
        "revoke_url": f"{oauth}/revoke",
        "client_id": config.plugin_client_id,
    }


def block_values(block: Block, config: Config, place: int) -> dict[str, str]:
    """Return the values of one plugin, by the keys of ``PLUGIN``; ``place`` is that in the menu, from 0.

    The icon is the URL of the PNG to upload; ``.svg`` in place of ``.png`` gives the monochrome one.
    Scopes belong to OAuth: without it there are none to enter.
    """
    values = {
        "name": block.label,
        "description": block.description,
        "sort_order": str(place),
        "logo_url": f"{config.base_url}/static/icons/{block.name}.png",
        "html_url": f"{config.base_url}/blocks/{block.name}/html",
        "settings_json": settings_json(block, config.base_url),
    }
    return {**values, "scopes": ", ".join(block.scopes)} if _uses_oauth(config) else values


def dynamic_values(block: Block) -> dict[str, str]:
    """Return what a dynamic block has besides, by the keys of ``DYNAMIC``; nothing of a static one.

    ``event`` is the identifier of its event plugin, if it has one.
    """
    if not block.identifier:
        return {}
    values = {"dynamic": "true", "identifier": block.identifier}
    return {**values, "event": block.event.identifier} if block.event else values


def event_values(blocks: Iterable[Block]) -> list[dict[str, str]]:
    """Return the automation event plugins of these blocks, each once, by the keys of ``EVENT_PLUGIN``."""
    found: dict[str, dict[str, str]] = {}
    for block in blocks:
        event = block.event
        if event and block.identifier:
            name = event.identifier.replace("_", " ").strip().capitalize()
            found.setdefault(
                event.identifier,
                {
                    "name": name or event.identifier,
                    "description": f"What {block.label} shows",
                    "identifier": event.identifier,
                    "sample_data": json.dumps(dict(event.sample), indent=2, ensure_ascii=False),
                },
            )
    return list(found.values())


def unreachable(base_url: str) -> list[str]:
    """Return why Kit's servers cannot request this URL; ``[]`` when they can.

    Each reason continues the sentence "This URL …".
    """
    url = urlsplit(base_url)
    reasons = [why_not_public(url.hostname or "")]
    if url.scheme != "https":
        reasons.append("is not https")
    return [reason for reason in reasons if reason]


def _uses_oauth(config: Config) -> bool:
    return config.plugin_auth == "oauth"


def _block_rows(block: Block, config: Config, place: int) -> list[Row]:
    rows = _rows(PLUGIN, block_values(block, config, place))
    return rows + _rows(DYNAMIC, dynamic_values(block))


def _rows(form: Mapping[str, KitField], values: Mapping[str, str]) -> list[Row]:
    """Return the fields that have a value, in the order of Kit's form."""
    return [Row(field, values[key]) for key, field in form.items() if key in values]
