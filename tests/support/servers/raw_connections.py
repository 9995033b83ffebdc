"""Raw connections to a server: whatever bytes a client may send, and the responses as they arrive."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from urllib.parse import urlsplit

import pytest
from support.servers.logs_and_metrics import log_lines, measured
from support.servers.processes import Server, running_server

# The beginning of a request's head.
HEAD = b"POST /blocks/post/html HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
GET = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.fixture(scope="module")
def hasty_server(
    tmp_path_factory: pytest.TempPathFactory, free_ports: Callable[[int], list[int]]
) -> Iterator[Server]:
    """A server of two threads in all, which does not wait long."""
    few = {"WEB_CONCURRENCY": "1", "WEB_THREADS": "2", "CLIENT_TIMEOUT": "1"}
    with running_server(tmp_path_factory.mktemp("hasty"), free_ports(1)[0], **few) as running:
        yield running


@contextmanager
def dripping(piece: bytes) -> Iterator[str]:
    """Serve one response that never ends, of which another piece follows again and again; give its URL."""
    done = Event()

    def drip() -> None:
        client, _ = listener.accept()
        with client, suppress(OSError):
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            while not done.wait(0.05):
                client.sendall(piece)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=drip)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/html"
        done.set()
        thread.join()


@contextmanager
def connection(server: Server, sent: bytes = b"") -> Iterator[socket.socket]:
    """Open a connection and send something on it."""
    url = urlsplit(server.server)
    with socket.create_connection((url.hostname, url.port), timeout=20) as client:
        client.sendall(sent)
        yield client


def read_response(client: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Read until the server closes; return the status, the headers and the body."""
    received = b""
    while part := client.recv(65536):
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:])
    return int(lines[0].split()[1]), headers, body


def assert_refusal(client: socket.socket, status: int) -> None:
    """Read until the server closes; this has to be an error in Kit's envelope, and nothing else."""
    found, headers, body = read_response(client)
    envelope = json.loads(body)
    assert (found, envelope["code"], envelope["data"]) == (status, status, [])
    assert len(envelope["errors"]) == 1
    assert headers["content-type"] == "application/json"
    assert headers["connection"] == "close"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def refused(server: Server, reason: str) -> float:
    """Return how many requests the server has refused for a reason before any application saw them."""
    return measured(server.server, "plugin_server_refused_requests_total", reason=reason)


def errors(server: Server) -> list[str]:
    """Return what the server's log calls an error; every line has to be one of the log's own."""
    grave = [line for line in log_lines(server.log) if line["level"] in ("error", "critical")]
    return [str(line) for line in grave]
