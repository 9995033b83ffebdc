"""What gunicorn is told."""

import pytest
from gunicorn.util import parse_address
from support.settings import SETTINGS

from plugin_server.config import load_config
from plugin_server.serving import gunicorn_settings


@pytest.mark.parametrize("host", ["127.0.0.1", "::", "::1", "blocks.internal"])
def test_an_address_is_understood(host: str) -> None:
    told = gunicorn_settings(load_config(**SETTINGS, host=host, port=8000))
    assert parse_address(told["bind"]) == (host, 8000)
