"""What a developer pastes in Kit's dashboard for this server, as the sandbox's dashboard takes it."""

import json
from typing import Any

from plugin_server.blocks import BLOCKS
from plugin_server.config import Config


def dashboard_entries(config: Config) -> dict[str, Any]:
    """Return the app and its blocks as the sandbox's dashboard takes them."""
    base = config.base_url
    return {
        "app": {
            "name": "Plugin server",
            "description": "Content blocks made from your own Kit data",
            **(_oauth(config) if config.plugin_auth == "oauth" else {}),
        },
        "plugins": [
            {
                "name": block.label,
                "description": block.description,
                "sort_order": block.sort_order,
                "logo_url": f"{base}/static/icons/{block.name}.png",
                "html_url": f"{base}/blocks/{block.name}/html",
                "settings_json": json.dumps(
                    block.settings.public(base), indent=2, ensure_ascii=False
                ),
                "active": True,
                "authorization": config.plugin_auth,
            }
            for block in BLOCKS
        ],
    }


def _oauth(config: Config) -> dict[str, Any]:
    """Return both sides of the OAuth: where Kit is the client, and where the app is."""
    base = config.base_url
    return {
        "authorize_url": f"{base}/oauth/authorize",
        "token_url": f"{base}/oauth/token",
        "refresh_url": f"{base}/oauth/refresh",
        "revoke_url": f"{base}/oauth/revoke",
        "client_id": config.plugin_client_id,
        "client_secret": config.plugin_client_secret[0].get_secret_value(),
        "authorization_url": f"{base}/kit/connect",
        "redirect_uris": [f"{base}/kit/callback"],
        "kit_client_id": config.kit_client_id,
        "kit_client_secret": config.kit_client_secret.get_secret_value(),
    }
