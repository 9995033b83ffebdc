"""A Kit that takes its time and counts, in this process: what the paced run needs of it."""

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from support.servers.threads import serving

POSTS = 60


@dataclass
class SlowKit:
    """Every account has 60 posts. ``seconds`` is what each response takes; ``requests`` counts by path."""

    url: str = ""
    seconds: float = 0.05
    requests: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def respond(self, path: str) -> tuple[int, dict[str, Any]]:
        """Return the status and the JSON of a response."""
        with self.lock:
            self.requests[re.sub(r"\d+$", "{id}", path)] += 1
        time.sleep(self.seconds)
        if path == "/v4/posts":
            posts = [_post(number) for number in range(POSTS, 0, -1)]
            return 200, {"posts": posts, "pagination": {"has_next_page": False, "end_cursor": None}}
        if path == "/v4/account/colors":
            return 200, {"colors": ["#0b63c4"]}
        if path == "/v4/account":
            return 200, {"account": {"id": 1, "timezone": {"name": "America/New_York"}}}
        if single := re.fullmatch(r"/v4/posts/(\d+)", path):
            return 200, {"post": _post(int(single[1]))}
        return 404, {"errors": ["Not Found"]}


@contextmanager
def slow_kit() -> Iterator[SlowKit]:
    """Run one on a free port, until the block ends."""
    kit = SlowKit()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, body = kit.respond(urlsplit(self.path).path)
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kit.url = f"http://127.0.0.1:{server.server_port}"
    with serving(server):
        yield kit


def _post(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "title": f"Letter {number} from the sea",
        "description": f"What letter {number} has to say.",
        "status": "published",
        "published_at": f"2026-0{1 + number % 9}-{1 + number % 28:02}T08:00:00Z",
        "thumbnail_url": f"https://images.example.com/{number}.jpg",
        "thumbnail_alt": "The sea",
        "public_url": f"https://letters.example.com/posts/{number}",
    }
