"""What the inspector keeps and shows of the requests to an app."""

import json
import os
import subprocess
from typing import Any

import httpx2
import pytest
from selectolax.lexbor import LexborHTMLParser

STYLES = {"p": {"color": "rgb(45, 42, 38)"}}
TOKENS = {
    "access_token": "access-7Qz",
    "refresh_token": "refresh-7Qz",
    "expires_in": 3600,
    "created_at": 1,
}
SECRETS = ("7Qz", "plugin-secret", "code-8Rt", "session=8Rt")


@pytest.fixture
def installed(browser: httpx2.Client, pasted: dict[str, Any], foreign: Any) -> httpx2.Client:
    """A creator's browser, with tokens that are easy to recognize."""
    foreign.responses["/token"] = TOKENS
    foreign.headers["Set-Cookie"] = "session=8Rt"
    state = browser.get("/apps/1/install").next_request.url.params["state"]
    browser.get("/apps/install", params={"code": "code-8Rt", "state": state})
    return browser


def inspector(browser: httpx2.Client, block: str, **settings: object) -> str:
    body = {"settings": settings, "styles": STYLES}
    response = browser.post(f"{block}/html", json=body)
    assert response.status_code == 200, response.text
    return str(response.json()["panels"]["inspector"])


def parts(fragment: str) -> list[str]:
    """Return what stands in the boxes of an opened request, as plain text."""
    return [node.text().rstrip("\n") for node in LexborHTMLParser(fragment).css("pre")]


def opened(browser: httpx2.Client, fragment: str) -> list[str]:
    """Return the fragments of all requests that a page would fetch when they are opened."""
    urls = [node.attributes["data-fill"] for node in LexborHTMLParser(fragment).css("[data-fill]")]
    return [browser.get(str(url)).json()["html"] for url in urls]


def test_shows_what_was_sent_and_received(
    installed: httpx2.Client, foreign: Any, block: str
) -> None:
    fragment = inspector(installed, block, title="Grüße & <b>")
    _, sent_headers, sent, received_headers, received = parts(fragment)
    assert "Content-Type: application/json" in sent_headers
    assert json.loads(sent) == {"settings": {"title": "Grüße & <b>"}, "styles": STYLES}
    assert "Grüße & <b>" in sent
    assert "content-type: application/json" in received_headers
    assert json.loads(received) == {"code": 200, "html": "<p>Hello</p>"}
    assert f"POST {foreign.url}/html, status 200" in " ".join(
        LexborHTMLParser(fragment).text().split()
    )


def test_shows_what_is_not_json_as_it_came(
    installed: httpx2.Client, foreign: Any, block: str
) -> None:
    foreign.responses["/html"] = lambda _: (500, b"<h1>Oops</h1>\nat line 3")
    assert parts(inspector(installed, block))[-1] == "<h1>Oops</h1>\nat line 3"


@pytest.mark.parametrize("depth", [300, 600, 900, 5000])
def test_shows_a_response_however_deep(
    installed: httpx2.Client, foreign: Any, block: str, depth: int
) -> None:
    deep = b"[" * depth + b"]" * depth
    foreign.responses["/html"] = b'{"code": 200, "html": "<p>x</p>", "deep": ' + deep + b"}"
    assert "status 200" in inspector(installed, block)


def test_keeps_no_token_code_secret_or_cookie(
    installed: httpx2.Client, foreign: Any, block: str
) -> None:
    # An app may repeat what it was sent, and response its tokens as something else than JSON.
    echo = lambda request: (200, {"code": 200, "html": request["headers"]["Authorization"]})  # noqa: E731
    foreign.responses |= {"/html": echo, "/refresh": b"access_token=new-7Qz"}
    installed.post("/apps/1/uninstall")
    state = installed.get("/apps/1/install").next_request.url.params["state"]
    installed.get("/apps/install", params={"code": "code-8Rt", "state": state})
    inspector(installed, block)
    foreign.responses["/html"] = lambda request: (401, {"code": 401, "errors": ["Expired."]})
    fragment = inspector(installed, block)
    pages = [fragment, *opened(installed, fragment)]
    for kind in ("token", "revoke", "refresh", "html"):
        assert any(f"<strong>{kind}</strong>" in page for page in pages)
    assert sum("•••" in page for page in pages) == len(pages)
    assert [secret for secret in SECRETS for page in pages if secret in page] == []


def test_lists_the_last_fifty_of_the_creator_newest_first(
    installed: httpx2.Client, foreign: Any, block: str
) -> None:
    foreign.responses["/search"] = {"data": []}
    for number in range(50):
        installed.post(f"{block}/search/post", json={"settings": {}, "search": str(number)})
    fragment = inspector(installed, block)
    kinds = [node.text() for node in LexborHTMLParser(fragment).css("summary strong")]
    assert kinds == ["html"] + ["search"] * 49
    first, *_ = (parts(page)[2] for page in opened(installed, fragment))
    assert json.loads(first) == {"search": "49"}
    installed.post("/session", data={"account": "2602"})
    assert installed.get("/requests/60").status_code == 404


def test_a_request_that_is_not_among_the_last_is_not_found(installed: httpx2.Client) -> None:
    response = installed.get("/requests/999", headers={"Content-Type": "application/json"})
    assert response.status_code == 404
    assert "no longer among the last" in response.json()["errors"][0]


@pytest.mark.parametrize(
    "text", ["fog", 'it\'s "$TOKEN" `id` \\ !x', "two\nlines", "@/etc/passwd", "Grüße 港 ü\u0301"]
)
def test_the_curl_command_sends_the_same_request(
    installed: httpx2.Client, foreign: Any, block: str, text: str
) -> None:
    command, *_ = parts(inspector(installed, block, title=text))
    environment = {**os.environ, "TOKEN": "of-my-own"}
    done = subprocess.run(
        ["sh", "-c", f"{command} --silent"], env=environment, capture_output=True, text=True
    )
    assert json.loads(done.stdout) == {"code": 200, "html": "<p>Hello</p>"}, done.stderr
    ours, theirs = foreign.to("/html")
    assert theirs["body"] == ours["body"] == {"settings": {"title": text}, "styles": STYLES}
    assert theirs["headers"]["Content-Type"] == ours["headers"]["Content-Type"]
    assert theirs["headers"]["Authorization"] == "Bearer of-my-own"


def test_an_app_that_does_not_respond_is_shown(
    installed: httpx2.Client, block: str, pasted: dict[str, Any]
) -> None:
    pasted["plugins"][0]["html_url"] = "http://127.0.0.1:9/"
    installed.put("/dashboard/app.json", json=pasted)
    fragment = inspector(installed, block)
    assert "no response" in fragment
    assert "The app could not be reached (ConnectError)." in fragment
