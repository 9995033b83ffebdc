"""How the bodies of requests to an app's OAuth endpoints are written: each way in turn, or the chosen one."""

import json
from typing import Any
from urllib.parse import parse_qsl

import httpx2
import pytest
from selectolax.lexbor import LexborHTMLParser

FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def install(browser: httpx2.Client) -> None:
    state = browser.get("/apps/1/install").next_request.url.params["state"]
    response = browser.get("/apps/install", params={"code": "c 1", "state": state})
    assert response.status_code == 302, response.text


def formats(requests: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    """Return of each request the media type, and whether its body is JSON."""
    return [(each["headers"]["Content-Type"], each["text"].startswith("{")) for each in requests]


def choose(browser: httpx2.Client, pasted: dict[str, Any], name: str) -> httpx2.Response:
    app = {**pasted["app"], "body_format": name}
    return browser.put("/dashboard/app.json", json={**pasted, "app": app})


def test_each_format_has_its_turn(
    browser: httpx2.Client, pasted: dict[str, Any], foreign: Any
) -> None:
    for _ in range(4):
        install(browser)
    sent = foreign.to("/token")
    assert formats(sent) == [(FORM, True), (FORM, False), (JSON, True), (FORM, True)]
    first, second, third, fourth = (each["body"] for each in sent)
    assert first == second == third == fourth
    assert dict(parse_qsl(sent[1]["text"]))["code"] == "c 1"


@pytest.mark.parametrize(
    ("name", "format_"),
    [("form", (FORM, False)), ("json", (JSON, True)), ("json_as_form", (FORM, True))],
)
def test_the_dashboard_says_which(
    browser: httpx2.Client, pasted: dict[str, Any], foreign: Any, name: str, format_: Any
) -> None:
    assert choose(browser, pasted, name).status_code == 200
    install(browser)
    browser.post("/apps/1/uninstall")
    # What pastes the app again, as the preview does at its start, leaves the choice.
    browser.put("/dashboard/app.json", json=pasted)
    install(browser)
    assert formats(foreign.to("/token") + foreign.to("/revoke")) == [format_] * 3
    chosen = LexborHTMLParser(browser.get("/dashboard").text).css("#body_format [selected]")
    assert [each.attributes["value"] for each in chosen] == [name]


def test_an_unknown_format_is_refused(browser: httpx2.Client, pasted: dict[str, Any]) -> None:
    response = choose(browser, pasted, "xml")
    assert response.status_code == 422
    assert "Body of token requests must be empty or one of" in response.json()["errors"][0]


def test_the_inspector_shows_the_body_and_says_why(
    browser: httpx2.Client, pasted: dict[str, Any]
) -> None:
    shown = []
    for number in (1, 2, 3):
        install(browser)
        page = LexborHTMLParser(browser.get(f"/requests/{number}").json()["html"])
        curl, _, sent, *_ = (node.text() for node in page.css("pre"))
        shown.append((" ".join(page.text().split()), sent, curl))
    for (text, sent, curl), words in zip(
        shown, ("JSON that is labeled as a form", "a form", "JSON"), strict=True
    ):
        assert f"This body is {words}." in text
        assert "takes them in turn" in text
        if words == "a form":
            assert "grant_type=authorization_code&code=•••" in sent.strip()
            assert "client_secret=•••" in curl
        else:
            assert json.loads(sent)["code"] == "•••"
