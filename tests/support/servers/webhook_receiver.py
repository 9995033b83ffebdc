"""An app that receives webhooks, in this process."""

import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from support.servers.threads import serving
from support.waiting import wait_until


@dataclass
class Receiver:
    """Records deliveries. It responds with ``statuses`` in turn, then with 200, always with ``headers``."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def bodies(self) -> list[Any]:
        return [json.loads(body) for _, body in self.received]

    def wait(self, count: int) -> list[Any]:
        """Wait for deliveries and return their bodies."""
        wait_until(lambda: len(self.received) >= count)
        return self.bodies()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    app = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            app.received.append((dict(self.headers), body))
            self.send_response(app.statuses.pop(0) if app.statuses else 200)
            for name, value in app.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "7")
            self.end_headers()
            self.wfile.write(b"<thank>")

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with serving(server):
        app.url = f"http://127.0.0.1:{server.server_port}/hook"
        yield app


def signatures(header: str, body: bytes, *secrets: str) -> bool:
    """Return whether a header has the time and one signature of each secret."""
    time, *given = (part.partition("=")[2] for part in header.split(","))
    signed = time.encode() + b"." + body
    return given == [hmac.new(each.encode(), signed, sha256).hexdigest() for each in secrets]
