"""What gunicorn is told."""

import pytest
from gunicorn.util import parse_address
from support.settings import SETTINGS

from plugin_server.blocks import BLOCKS
from plugin_server.config import load_config
from plugin_server.rendering.environment import environment
from plugin_server.serving import gunicorn_settings, is_of_blocks


@pytest.mark.parametrize("host", ["127.0.0.1", "::", "::1", "blocks.internal"])
def test_an_address_is_understood(host: str) -> None:
    told = gunicorn_settings(load_config(**SETTINGS, host=host, port=8000))
    assert parse_address(told["bind"]) == (host, 8000)


def test_workers_share_the_templates_of_all_blocks() -> None:
    shared = set(environment().list_templates(filter_func=is_of_blocks))
    assert shared == {f"blocks/{block.name}.html" for block in BLOCKS} | {"macros/email.html"}
