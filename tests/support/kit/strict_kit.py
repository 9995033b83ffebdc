"""A Kit whose refresh tokens work once, which counts, and fails on demand, over real HTTP."""

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from support.servers.threads import serving

SECRET = "kit-client-secret"
POST = {
    "id": 1,
    "title": "A letter",
    "status": "published",
    "published_at": "2026-03-01T08:00:00Z",
    "public_url": "https://letters.example.com/a-letter",
}


@dataclass
class StrictKit:
    """One creator's Kit. ``lifetime`` is that of access tokens to come, in seconds."""

    url: str = ""
    lifetime: int = 7200
    refreshes: int = 0
    generation: int = 0
    refusals: list[str] = field(default_factory=list)
    revoked: list[dict[str, str]] = field(default_factory=list)
    lose_response: bool = False
    repeat_response: bool = False
    challenge: str = ""
    drip: float = 0
    before_response: Callable[[], None] = lambda: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def variables(self) -> dict[str, str]:
        """Return what makes a server take this for Kit."""
        return {
            "KIT_API_URL": self.url,
            "KIT_OAUTH_URL": f"{self.url}/v4/oauth",
            "KIT_APP_URL": self.url,
        }

    def tokens(self) -> dict[str, Any]:
        return {
            "access_token": f"kit-access-{self.generation}",
            "refresh_token": f"kit-refresh-{self.generation}",
            "token_type": "Bearer",
            "expires_in": self.lifetime,
            "scope": "public",
            "created_at": 1,
        }

    def proves(self, body: dict[str, Any]) -> bool:
        """Return whether an exchange carries our secret and meets the challenge (RFC 7636)."""
        verifier = hashlib.sha256(body.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        return bool(body.get("client_secret") == SECRET and challenge == self.challenge)

    def refresh(self, token: str) -> tuple[int, dict[str, Any]]:
        with self.lock:
            self.refreshes += 1
            repeated = self.repeat_response and token == f"kit-refresh-{self.generation - 1}"
            if token != f"kit-refresh-{self.generation}" and not repeated:
                self.refusals.append(token)
                return 400, {"error": "invalid_grant"}
            if not repeated:
                self.generation += 1
            return 200, self.tokens()


class Handler(BaseHTTPRequestHandler):
    """Responds for the StrictKit that its class is made with."""

    kit: StrictKit
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path.endswith("/authorize"):
            query = parse_qs(url.query)
            self.kit.challenge = query["code_challenge"][0]
            back = urlencode({"code": "kit-code", "state": query["state"][0]})
            self.send_response(302)
            self.send_header("Location", f"{query['redirect_uri'][0]}?{back}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.headers["Authorization"] != f"Bearer kit-access-{self.kit.generation}":
            self.respond(401, {"errors": ["The access token is invalid"]})
            return
        self.respond(
            200,
            {
                "/v4/account": {"account": {"id": 26, "name": "Ada"}},
                "/v4/posts": {"posts": [POST], "pagination": {"has_next_page": False}},
                "/v4/posts/1": {"post": POST},
            }[url.path],
        )

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("/revoke"):
            self.kit.revoked.append(dict(parse_qsl(content.decode())))
            self.respond(200, {})
            return
        body = json.loads(content)
        if body["grant_type"] == "authorization_code":
            good = self.kit.proves(body)
            self.respond(200, self.kit.tokens()) if good else self.respond(401, {"error": "no"})
            return
        status, response = self.kit.refresh(body["refresh_token"])
        self.kit.before_response()
        if self.kit.lose_response:
            self.kit.lose_response = False
            self.close_connection = True
            self.connection.close()
            return
        self.respond(status, response)

    def respond(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.kit.drip and "access_token" in body:
            for byte in content:
                self.wfile.write(bytes([byte]))
                threading.Event().wait(self.kit.drip)
        else:
            self.wfile.write(content)

    def log_message(self, *_: Any) -> None: ...


@contextmanager
def running_strict_kit() -> Iterator[StrictKit]:
    """Run a Kit until the block ends."""
    kit = StrictKit()
    handler = type("Handler", (Handler,), {"kit": kit})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # peers are killed here
    kit.url = f"http://127.0.0.1:{server.server_port}"
    with serving(server):
        yield kit


@pytest.fixture
def strict_kit() -> Iterator[StrictKit]:
    with running_strict_kit() as kit:
        yield kit
