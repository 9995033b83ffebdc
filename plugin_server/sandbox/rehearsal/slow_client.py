"""A client that sends slowly, over its own sockets: HTTP libraries send as fast as they can."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.client import HTTPException, HTTPResponse
from urllib.parse import urlsplit

from plugin_server.blocking import before_blocking
from plugin_server.sandbox.client.plugin_client import MAX_RESPONSE, parse_json
from plugin_server.sandbox.rehearsal.calls import Call

_PIECES = 5


def send_slowly(
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    pause: Callable[[], None],
    timeout: float,
) -> Call:
    """Post a body in pieces, with a pause after each, and return the response."""
    started = time.perf_counter()
    status, content, problem = None, b"", ""
    received: tuple[tuple[str, str], ...] = ()
    before_blocking()
    try:
        with _connected(url, timeout) as connection:
            connection.sendall(_head(url, headers, len(body)))
            size = max(1, -(-len(body) // _PIECES))
            for start in range(0, len(body), size):
                pause()
                connection.sendall(body[start : start + size])
            response = HTTPResponse(connection, method="POST")
            response.begin()
            status, received = response.status, tuple(response.getheaders())
            content = response.read(MAX_RESPONSE)
    except (OSError, HTTPException) as error:
        problem = f"no response ({type(error).__name__})"
    return Call(
        url=url,
        request_json={},
        request_headers=headers,
        status=status,
        response_headers=received,
        ms=round((time.perf_counter() - started) * 1000),
        response_body=content,
        response_json=parse_json(content),
        problem=problem,
        request_body=body,
    )


@contextmanager
def stalled(
    url: str, headers: Mapping[str, str], body: bytes, *, number: int, timeout: float
) -> Iterator[None]:
    """Keep requests open that have sent half of their body, until the block ends; raises OSError."""
    with ExitStack() as stack:
        for _ in range(number):
            connection = stack.enter_context(_connected(url, timeout))
            connection.sendall(_head(url, headers, len(body)) + body[: len(body) // 2])
        yield


@contextmanager
def _connected(url: str, timeout: float) -> Iterator[socket.socket]:
    parts = urlsplit(url)
    is_https = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if is_https else 80)
    with ExitStack() as stack:
        connection = stack.enter_context(socket.create_connection((host, port), timeout=timeout))
        if is_https:
            context = ssl.create_default_context()
            connection = stack.enter_context(context.wrap_socket(connection, server_hostname=host))
        yield connection


def _head(url: str, headers: Mapping[str, str], length: int) -> bytes:
    parts = urlsplit(url)
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    lines = [f"POST {path} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {length}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode()
