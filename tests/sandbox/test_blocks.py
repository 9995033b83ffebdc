"""Blocks in drafts: what the sandbox's server sends to an app, and what it makes of the responses."""

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from selectolax.lexbor import LexborHTMLParser
from support.servers.raw_connections import dripping

from plugin_server.sandbox.client.plugin_client import PluginClient
from plugin_server.sandbox.records import Plugin
from plugin_server.sandbox.store import Store

STYLES = {"p": {"color": "rgb(45, 42, 38)"}}
SETTINGS = {"post": "p1", "accent": "#C8102E"}


def render(browser: httpx2.Client, block: str) -> dict[str, Any]:
    response = browser.post(f"{block}/html", json={"settings": SETTINGS, "styles": STYLES})
    assert response.status_code == 200, response.text
    return dict(response.json())


def search(browser: httpx2.Client, block: str, name: str, **body: Any) -> dict[str, Any]:
    response = browser.post(f"{block}/search/{name}", json={"settings": {}, "search": "", **body})
    assert response.status_code == 200, response.text
    return dict(response.json())


def order(browser: httpx2.Client, block: str) -> list[int]:
    page = LexborHTMLParser(browser.get(block.partition("/blocks")[0]).text)
    data = json.loads(page.css_first("#editor-data").text())
    return [each["id"] for each in data["blocks"]]


def test_sends_kits_html_request(installed: httpx2.Client, foreign: Any, block: str) -> None:
    response = render(installed, block)
    (request,) = foreign.to("/html")
    assert request["body"] == {"settings": SETTINGS, "styles": STYLES}
    assert request["headers"]["Content-Type"] == "application/json"
    assert request["headers"]["Authorization"] == "Bearer a1"
    assert (response["html"], response["errors"]) == ("<p>Hello</p>", [])


def test_sends_no_token_without_authorization(
    installed: httpx2.Client, foreign: Any, block: str, pasted: dict[str, Any]
) -> None:
    pasted["plugins"][0]["authorization"] = "none"
    installed.put("/dashboard/app.json", json=pasted)
    render(installed, block)
    assert "Authorization" not in foreign.to("/html")[0]["headers"]


def test_searches_with_the_dependencies_as_keys(
    installed: httpx2.Client, foreign: Any, block: str
) -> None:
    foreign.responses["/related"] = {"data": [{"label": "One", "value": "1"}]}
    settings = {"title": "Fog", "accent": "#000000"}
    response = search(installed, block, "related", settings=settings, search="on")
    assert foreign.to("/related")[0]["body"] == {"title": "Fog", "search": "on"}
    assert response["options"] == [{"label": "One", "value": "1"}]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"data": [], "errors": ["Connect your account."]}, "Connect your account."),
        ({"data": {}}, "not a list of options"),
        ({"data": [{"label": "One"}]}, "not a list of options"),
        ({}, "not a JSON object"),
    ],
)
def test_reports_why_a_search_failed(
    installed: httpx2.Client, foreign: Any, block: str, data: Any, sentence: str
) -> None:
    foreign.responses["/search"] = data
    response = search(installed, block, "post")
    assert response["options"] == []
    assert sentence in response["errors"][0]


@pytest.mark.parametrize("name", ["title", "nonsense"])
def test_searches_search_settings_only(installed: httpx2.Client, block: str, name: str) -> None:
    response = installed.post(f"{block}/search/{name}", json={"settings": {}, "search": ""})
    assert response.status_code == 404


@pytest.mark.parametrize(
    ("app_response", "sentence"),
    [
        ({"code": 404, "errors": ["Plan not found", "Choose one."]}, "Plan not found"),
        (lambda _: (503, {"code": 503, "errors": ["Kit is away."]}), "Kit is away."),
        (lambda _: (500, b"<h1>Oops</h1>"), "The app responded with status 500."),
        (b"nonsense", "The app's response is not a JSON object."),
        ([1], "The app's response is not a JSON object."),
        ({"code": 200}, "The app's response has no html."),
        (
            {"code": 200, "html": "<script>x</script>"},
            "Kit refuses this block, because it contains",
        ),
        ({"code": 200, "html": "x" * 1_100_000}, "The app's response is larger than 1 MB."),
        (lambda _: (302, {}), "The app responded with status 302."),
    ],
)
def test_reports_why_a_block_cannot_be_shown(
    installed: httpx2.Client, foreign: Any, block: str, app_response: Any, sentence: str
) -> None:
    foreign.responses["/html"] = app_response
    response = render(installed, block)
    assert response["html"] == ""
    assert sentence in response["errors"][0]


def test_reports_that_nothing_listens(
    installed: httpx2.Client, block: str, pasted: dict[str, Any]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    pasted["plugins"][0]["html_url"] = f"http://127.0.0.1:{port}/"
    installed.put("/dashboard/app.json", json=pasted)
    response = render(installed, block)
    assert response["errors"] == ["The app could not be reached (ConnectError)."]
    assert "status none" in response["panels"]["inspector"]


@pytest.mark.parametrize("piece", [b"", b"{"])
def test_gives_up_on_a_slow_app(tmp_path: Path, piece: bytes) -> None:
    client = PluginClient(Store(tmp_path, time.time), timeout=0.2)
    with dripping(piece) as url:
        plugin = Plugin(1, "Slow", "", 0, "", url, "[]", authorization="none")
        exchange = client.block_html(2601, plugin, {}, {})
    client.http.close()
    assert exchange.errors == ["The app took too long to respond."]


def test_refreshes_once_without_the_secret_and_repeats_the_request(
    installed: httpx2.Client, foreign: Any, block: str
) -> None:
    def html(request: dict[str, Any]) -> tuple[int, Any]:
        good = request["headers"]["Authorization"] == "Bearer a2"
        return (200, {"code": 200, "html": "<p>New</p>"}) if good else (401, {})

    foreign.responses["/html"] = html
    foreign.responses["/refresh"] = {
        "access_token": "a2",
        "refresh_token": "r2",
        "expires_in": 3600,
        "created_at": 2,
    }
    response = render(installed, block)
    assert response["html"] == "<p>New</p>"
    assert "after refreshing it" in response["panels"]["inspector"]
    (request,) = foreign.to("/refresh")
    assert request["body"] == {
        "client_id": "plugin-client",
        "grant_type": "refresh_token",
        "refresh_token": "r1",
    }
    render(installed, block)
    assert len(foreign.to("/refresh")) == 1


def test_a_developer_can_let_the_tokens_end(
    installed: httpx2.Client, foreign: Any, block: str
) -> None:
    def html(request: dict[str, Any]) -> tuple[int, Any]:
        good = request["headers"]["Authorization"] == "Bearer a1"
        return (200, {"code": 200, "html": "<p>Again</p>"}) if good else (401, {})

    foreign.responses |= {"/html": html, "/refresh": foreign.responses["/token"]}
    installed.post("/apps/1/end-tokens")
    response = render(installed, block)
    assert response["html"] == "<p>Again</p>"
    assert "after refreshing it" in response["panels"]["inspector"]


@pytest.mark.parametrize("refresh", [lambda _: (400, {"error": "invalid_grant"}), {}, b"nonsense"])
def test_a_failed_refresh_shows_the_first_response(
    installed: httpx2.Client, foreign: Any, block: str, refresh: Any
) -> None:
    foreign.responses["/html"] = lambda _: (401, {})
    foreign.responses["/refresh"] = refresh
    response = render(installed, block)
    assert response["errors"] == ["The connection to this app has ended. Install the app again."]
    assert len(foreign.to("/html")) == 1


def test_sends_a_request_twice_at_most(installed: httpx2.Client, foreign: Any, block: str) -> None:
    foreign.responses["/html"] = lambda _: (401, {})
    foreign.responses["/refresh"] = foreign.responses["/token"]
    render(installed, block)
    assert len(foreign.to("/html")) == 2


def test_an_uninstalled_app_gets_no_request(
    installed: httpx2.Client, foreign: Any, block: str
) -> None:
    installed.post("/apps/1/uninstall")
    assert render(installed, block)["errors"] == ["This app is not installed. Install it again."]
    assert foreign.to("/html") == []


def test_a_draft_survives_a_restart(
    serve: Callable[[Path], Any], tmp_path: Path, installed: httpx2.Client, block: str
) -> None:
    render(installed, block)
    with serve(tmp_path) as url, httpx2.Client(base_url=url, timeout=60) as again:
        page = again.get(block.partition("/blocks")[0]).text
        assert "\\u003cp\\u003eHello\\u003c/p\\u003e" in page
        assert '"post": "p1"' in page
        assert "A letter" in again.get("/drafts").text


def test_a_draft_belongs_to_one_creator(installed: httpx2.Client, block: str) -> None:
    installed.post("/session", data={"account": "2602"})
    draft = block.partition("/blocks")[0]
    assert installed.get(draft).status_code == 404
    assert installed.put(draft, json={"subject": "Mine"}).status_code == 404
    body = {"settings": {}, "styles": {}}
    assert installed.post(f"{block}/html", json=body).status_code == 404
    assert "A letter" not in installed.get("/drafts").text


def test_a_removed_block_comes_back_on_demand(installed: httpx2.Client, block: str) -> None:
    blocks = block.rpartition("/")[0]
    body = {"settings": {}, "styles": {}}
    render(installed, block)
    installed.put(block, json={"at": None})
    assert installed.post(f"{block}/html", json=body).status_code == 404
    # Its id is not used again: a late response finds no wrong block.
    assert installed.post(blocks, json={"plugin_id": 1}).json()["id"] == 2
    installed.put(block, json={"at": 1})
    assert order(installed, block) == [2, 1]
    assert installed.get(block).json()["html"] == "<p>Hello</p>"


def test_moves_a_block(installed: httpx2.Client, block: str) -> None:
    blocks = block.rpartition("/")[0]
    for at in (0, 1):
        made = installed.post(blocks, json={"plugin_id": 1, "settings": SETTINGS, "at": at})
        assert made.json()["settings"] == SETTINGS
    assert order(installed, block) == [2, 3, 1]
    installed.put(block, json={"at": 0})
    assert order(installed, block) == [1, 2, 3]
    assert installed.put(block, json={"at": -1}).status_code == 400


def test_saves_subject_and_settings(installed: httpx2.Client, block: str) -> None:
    draft = block.partition("/blocks")[0]
    installed.put(draft, json={"subject": "Another"})
    installed.put(block, json={"settings": {"title": "Half-way"}})
    page = installed.get(draft).text
    assert "Another" in page
    assert "Half-way" in page


def test_deletes_a_draft(installed: httpx2.Client, block: str) -> None:
    draft = block.split("/")[2]
    installed.post(f"/drafts/{draft}/delete")
    assert installed.get(f"/editor/{draft}").status_code == 404


@pytest.mark.parametrize("body", [[], {"settings": []}, {"settings": {}, "styles": []}, {}])
def test_refuses_a_body_of_another_shape(installed: httpx2.Client, block: str, body: Any) -> None:
    response = installed.post(f"{block}/html", json=body)
    assert response.status_code == 400
    assert response.json()["errors"]


def test_a_removed_plugin_leaves_the_draft_readable(
    installed: httpx2.Client, block: str, pasted: dict[str, Any]
) -> None:
    render(installed, block)
    [plugin] = installed.put("/dashboard/app.json", json=pasted).json()["plugins"]
    installed.post(f"/dashboard/plugins/{plugin['id']}/delete")
    page = installed.get(block.partition("/blocks")[0], params={"host": "evening"})
    assert "\\u003cp\\u003eHello" in page.text
    assert installed.post(f"{block}/html", json={"settings": {}, "styles": {}}).status_code == 404


def test_the_email_document_can_run_nothing(browser: httpx2.Client) -> None:
    policy = browser.get("/editor/email").headers["Content-Security-Policy"]
    assert "script-src 'none'" in policy
    assert "sandbox allow-same-origin" in policy
    assert "allow-scripts" not in policy
