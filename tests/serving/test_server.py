"""The settings of gunicorn."""

import resource

import pytest
from gunicorn.util import parse_address
from support.servers.settings import SETTINGS

from plugin_server.config.environment import load_config
from plugin_server.serving.server import (
    Server,
    gunicorn_settings,
    max_connections,
)


@pytest.mark.parametrize("host", ["127.0.0.1", "::", "::1", "blocks.internal"])
def test_a_host_is_parsed(host: str) -> None:
    settings = gunicorn_settings(load_config(**SETTINGS, host=host, port=8000))
    assert parse_address(settings["bind"]) == (host, 8000)


@pytest.mark.parametrize(
    ("files", "connections"),
    [(256, 128), (1024, 512), (2000, 1000), (1_000_000, 1000), (resource.RLIM_INFINITY, 1000)],
)
def test_connections_leave_files_to_others(files: int, connections: int) -> None:
    assert max_connections(files) == connections


def test_gunicorn_believes_no_header_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    settings = Server(load_config(**SETTINGS)).cfg
    assert (settings.forwarded_allow_ips, settings.forwarder_headers) == ([], [])
