"""A sandbox served over real HTTP, and a foreign app that records what the sandbox sends it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect
from support.servers.sandbox import running_sandbox
from support.servers.threads import serving

TOKENS = {"access_token": "a1", "refresh_token": "r1", "expires_in": 3600, "created_at": 1}


@dataclass
class Foreign:
    """An app that is not ours: returns the responses of a test, by path, and records every request.

    A response is the JSON body, bytes, or a function of the request that returns status and body.
    All carry the same headers.
    """

    url: str = ""
    responses: dict[str, Any] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})

    def to(self, path: str) -> list[dict[str, Any]]:
        """Return the recorded requests to one path."""
        return [request for request in self.requests if request["path"] == path]


class KitClient:
    """A client of Kit's API with tokens, which also adds fault rules."""

    def __init__(self, browser: httpx2.Client, redirect_uri: str) -> None:
        self.browser, self.redirect_uri = browser, redirect_uri
        self.tokens: dict[str, Any] = {}

    def connect(self, account: int = 2601) -> None:
        self.browser.post("/session", data={"account": str(account)})
        parameters = {"client_id": "kit-client", "response_type": "code"}
        parameters["redirect_uri"] = self.redirect_uri
        response = self.browser.post("/oauth/authorize", data={**parameters, "decision": "approve"})
        code = httpx2.URL(response.headers["Location"]).params["code"]
        secret = {"client_secret": "kit-secret", "grant_type": "authorization_code"}
        self.tokens = self.post_token({**parameters, **secret, "code": code}).json()

    def post_token(self, body: dict[str, str]) -> httpx2.Response:
        return self.browser.post("/oauth/token", json={"client_id": "kit-client", **body})

    def refresh(self) -> httpx2.Response:
        parameters = {"grant_type": "refresh_token", "refresh_token": self.tokens["refresh_token"]}
        response = self.post_token(parameters)
        if response.is_success:
            self.tokens = response.json()
        return response

    def get(self, path: str) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        return self.browser.get(f"/v4/{path}", headers=headers)

    def faulty(self, **rule: Any) -> int:
        response = self.browser.post("/faults.json", json=rule)
        assert response.status_code == 201, response.text
        return int(response.json()["id"])

    def requests(self) -> dict[str, Any]:
        return dict(self.browser.get("/requests.json").json())


@pytest.fixture
def foreign() -> Iterator[Foreign]:
    app = Foreign(responses={"/token": TOKENS, "/html": {"code": 200, "html": "<p>Hello</p>"}})

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            text = body.decode()
            parsed = json.loads(text) if text.startswith("{") else dict(parse_qsl(text))
            request = {"path": self.path, "headers": self.headers, "body": parsed, "text": text}
            app.requests.append(request)
            found = app.responses.get(self.path, {})
            status, response = found(request) if callable(found) else (200, found)
            self.send_response(status)
            for name, value in app.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(
                response if isinstance(response, bytes) else json.dumps(response).encode()
            )

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with serving(server):
        app.url = f"http://127.0.0.1:{server.server_port}"
        yield app


@pytest.fixture
def serve(clock: Callable[[], float]) -> Callable[[Path], Any]:
    """A function that serves a sandbox on a data folder, as a context manager."""
    return lambda data_dir: running_sandbox(data_dir, clock)


@pytest.fixture
def sandbox_url(serve: Callable[[Path], Any], tmp_path: Path) -> Iterator[str]:
    with serve(tmp_path) as url:
        yield url


@pytest.fixture
def browser(sandbox_url: str) -> Iterator[httpx2.Client]:
    """A client with cookies that does not follow redirects, as the creator's browser."""
    with httpx2.Client(base_url=sandbox_url, timeout=60) as client:
        yield client


@pytest.fixture
def record(foreign: Foreign) -> dict[str, Any]:
    """What a script pastes in the dashboard: an app with one plugin."""
    return {
        "app": {
            "name": "Harbour blocks",
            "description": "Blocks from the quay",
            "authorize_url": f"{foreign.url}/authorize",
            "token_url": f"{foreign.url}/token",
            "refresh_url": f"{foreign.url}/refresh",
            "revoke_url": f"{foreign.url}/revoke",
            "client_id": "plugin-client",
            "client_secret": "plugin-secret",
            "authorization_url": f"{foreign.url}/kit/connect",
            "redirect_uris": [f"{foreign.url}/kit/callback"],
            "kit_client_id": "kit-client",
            "kit_client_secret": "kit-secret",
        },
        "plugins": [
            {
                "name": "Post",
                "description": "One of your posts",
                "sort_order": 0,
                "logo_url": "",
                "html_url": f"{foreign.url}/html",
                "settings_json": [
                    {
                        "type": "search",
                        "name": "post",
                        "label": "Post",
                        "request_url": f"{foreign.url}/search",
                        "required": True,
                    },
                    {"type": "text", "name": "title", "label": "Title", "help": "Above the post"},
                    {
                        "type": "search",
                        "name": "related",
                        "label": "Related",
                        "request_url": f"{foreign.url}/related",
                        "dependencies": ["title"],
                    },
                    {"type": "color", "name": "accent", "label": "Accent"},
                    {"type": "fontFamily", "name": "font", "label": "Font"},
                    {"type": "date", "name": "day", "label": "Day"},
                    {
                        "type": "select",
                        "name": "layout",
                        "label": "Layout",
                        "placeholder": "Choose one",
                        "options": [{"label": "Card", "value": "card"}],
                    },
                ],
                "active": True,
                "authorization": "oauth",
            }
        ],
    }


@pytest.fixture
def pasted(browser: httpx2.Client, record: dict[str, Any]) -> dict[str, Any]:
    """The record, pasted."""
    assert browser.put("/dashboard/app.json", json=record).status_code == 200
    return record


@pytest.fixture
def kit(browser: httpx2.Client, pasted: dict[str, Any]) -> KitClient:
    """A connected client of Kit's API, with the request log reset."""
    kit = KitClient(browser, pasted["app"]["redirect_uris"][0])
    kit.connect()
    browser.delete("/requests.json")
    return kit


@pytest.fixture
def installed(browser: httpx2.Client, pasted: dict[str, Any]) -> httpx2.Client:
    """The creator's browser, with the app installed."""
    state = browser.get("/apps/1/install").next_request.url.params["state"]
    response = browser.get("/apps/install", params={"code": "c1", "state": state})
    assert response.status_code == 302, response.text
    return browser


@pytest.fixture
def block(installed: httpx2.Client) -> str:
    """The URL of a new block in a new draft."""
    draft = installed.post("/drafts", json={"subject": "A letter"}).json()["id"]
    made = installed.post(f"/editor/{draft}/blocks", json={"plugin_id": 1}).json()
    return f"/editor/{draft}/blocks/{made['id']}"


@pytest.fixture
def editor(chromium: Browser, installed: httpx2.Client) -> Iterator[Page]:
    """The editor with a new email, in the time zone of Dubai; a script error fails the test."""
    context = chromium.new_context(
        base_url=str(installed.base_url),
        timezone_id="Asia/Dubai",
        viewport={"width": 1440, "height": 900},
    )
    page = context.new_page()
    problems: list[str] = []
    # Chromium reports each script that the frames prevented from running, which is their purpose.
    harmless = "Blocked script execution in"
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda message: problems.append(message.text) if message.type == "error" else None,
    )
    page.goto("/editor")
    expect(page.locator("#canvas")).to_have_attribute("data-state", "ready")
    yield page
    context.close()
    assert [problem for problem in problems if harmless not in problem] == []
