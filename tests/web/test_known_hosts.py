"""Which hosts the server serves."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from support.servers.settings import SETTINGS

from plugin_server.app import create_app
from plugin_server.config.environment import load_config

PUBLIC = "https://blocks.example.com"


def client(store: Any, base_url: str = PUBLIC, **settings: Any) -> FlaskClient:
    return create_app(
        load_config(**SETTINGS, base_url=base_url, **settings), store=store
    ).test_client()


def status(http: FlaskClient, host: str, path: str = "/", **headers: str) -> int:
    return http.get(path, headers={"Host": host, **headers}).status_code


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "blocks.example.com.evil.example",
        "127.0.0.1:8000",
        "[::1]",
        "",
        ":443",
        "a:b:c",
    ],
)
def test_a_foreign_host_is_refused(store: Any, host: str) -> None:
    http = client(store)
    assert status(http, host) == 400
    block = http.post("/blocks/post/html", headers={"Host": host}, json={})
    assert (block.status_code, block.get_json()["code"]) == (400, 400)


@pytest.mark.parametrize("host", ["blocks.example.com", "Blocks.Example.com:443", "other.example"])
def test_our_own_hosts_are_served(store: Any, host: str) -> None:
    assert status(client(store, allowed_hosts="other.example, third.example"), host) == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_may_use_an_ip_address(store: Any, path: str) -> None:
    assert status(client(store), "10.0.0.7:8000", path) == 200


def test_the_host_of_the_request_to_a_trusted_proxy_counts(store: Any) -> None:
    forwarded = {"X-Forwarded-Host": "blocks.example.com"}
    assert status(client(store, trusted_proxies=1), "127.0.0.1:8000", **forwarded) == 200
    assert status(client(store), "127.0.0.1:8000", **forwarded) == 400
    forged = {"X-Forwarded-Host": "evil.example"}
    assert status(client(store, trusted_proxies=1), "blocks.example.com", **forged) == 400


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "[::1]"])
def test_a_developers_machine_has_several_names(store: Any, host: str) -> None:
    assert status(client(store, "http://127.0.0.1:8000"), host) == 200
