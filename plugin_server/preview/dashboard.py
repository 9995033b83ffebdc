"""What a developer pastes in Kit's dashboard for this server, in the sandbox's format."""

from collections.abc import Iterable
from typing import Any

from plugin_server.blocks.base import Block
from plugin_server.config.environment import Config
from plugin_server.rendering.personal.fields import SAMPLE_APP
from plugin_server.web.dashboard import (
    api_values,
    app_values,
    block_values,
    dynamic_values,
    event_values,
    oauth_values,
)

# Said of each block: of a plugin of which nothing is said, the dashboard keeps what was entered by hand.
STATIC = {"dynamic": "", "identifier": "", "event": ""}


def dashboard_entries(config: Config, blocks: Iterable[Block]) -> dict[str, Any]:
    """Return the app and its blocks as the sandbox's dashboard accepts them.

    The values are those of the page ``/dashboard``, with the names and secrets that the page leaves out.
    """
    blocks = [*blocks]
    return {
        "app": {
            "name": "Plugin server",
            "identifier": config.kit_app_identifier or SAMPLE_APP,
            "summary": "Content blocks made from your own Kit data",
            **app_values(config),
            **(_oauth(config) if config.plugin_auth == "oauth" else {}),
        },
        "plugins": [
            {
                "key": block.name,
                **block_values(block, config, place),
                **STATIC,
                **dynamic_values(block),
                "active": True,
                "authorization": config.plugin_auth,
            }
            for place, block in enumerate(blocks)
        ],
        "events": event_values(blocks),
    }


def _oauth(config: Config) -> dict[str, Any]:
    """Return both OAuth settings: with Kit as the client, and with the app as the client."""
    return {
        **oauth_values(config),
        "client_secret": config.plugin_client_secret[0].get_secret_value(),
        **api_values(config),
        "kit_client_id": config.kit_client_id,
        "kit_client_secret": config.kit_client_secret.get_secret_value(),
    }
