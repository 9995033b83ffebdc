"""A proxy before a server that records the requests which pass through it, as they arrive at its socket."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
from support.servers.threads import serving

# They are about a connection, and the other side of the proxy has one of its own.
_OF_CONNECTION = {"connection", "content-length", "host", "transfer-encoding"}


@dataclass
class RecordingProxy:
    """The requests so far, each as its method and path without the query."""

    url: str = ""
    requests: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def recording_proxy(target: str) -> Iterator[RecordingProxy]:
    """Forward every request to the server at a URL, until the block ends."""
    recorded = RecordingProxy()
    http = httpx2.Client(timeout=60)

    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65_537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            recorded.requests.append((self.command, self.path.partition("?")[0]))
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {
                name: value
                for name, value in self.headers.items()
                if name.lower() not in _OF_CONNECTION
            }
            response = http.request(
                self.command, f"{target}{self.path}", headers=headers, content=body
            )
            self.send_response(response.status_code)
            for name in ("Content-Type", "Retry-After"):
                if name in response.headers:
                    self.send_header(name, response.headers[name])
            self.send_header("Content-Length", str(len(response.content)))
            self.end_headers()
            self.wfile.write(response.content)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    recorded.url = f"http://127.0.0.1:{server.server_port}"
    with http, serving(server):
        yield recorded
