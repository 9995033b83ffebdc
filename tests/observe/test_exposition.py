"""Who may read the metrics."""

from typing import Any

import pytest
from support.servers.settings import SETTINGS

from plugin_server.app import create_app
from plugin_server.config.environment import load_config

PUBLIC = {"base_url": "https://blocks.example.com", "trusted_proxies": 1}
TOKEN = "a-token-for-scrapers"


def client(store: Any, **settings: Any) -> Any:
    return create_app(load_config(**SETTINGS, **settings), store=store).test_client()


def test_they_are_not_public(store: Any) -> None:
    response = client(store, **PUBLIC).get("/metrics")
    assert response.status_code == 404
    assert "METRICS_TOKEN" in response.text


def test_on_a_developers_machine_they_are_open(store: Any) -> None:
    response = client(store).get("/metrics")
    assert response.status_code == 200
    assert response.content_type.startswith("text/plain; version=0.0.4")
    assert "# TYPE plugin_server_request_duration_seconds histogram" in response.text


@pytest.mark.parametrize("settings", [PUBLIC, {}], ids=["public", "here"])
@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN])
def test_with_a_token_they_need_it_everywhere(
    store: Any, settings: dict[str, Any], header: str | None
) -> None:
    http = client(store, **settings, metrics_token=TOKEN)
    headers = {} if header is None else {"Authorization": header}
    refused = http.get("/metrics", headers=headers)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    allowed = http.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert allowed.status_code == 200
