"""Bodies in chunks: an app never meets one that cannot be read, whoever sends it and wherever to."""

import json
import os
import signal
from typing import Any

import pytest
from support.servers.collector import Collector
from support.servers.processes import Server
from support.servers.raw_connections import connection, errors, read_response
from support.waiting import wait_until

PATHS = (
    "/blocks/post/html",
    "/blocks/post/search/post",
    "/oauth/token",
    "/oauth/refresh",
    "/oauth/revoke",
    "/oauth/authorize",
    "/kit/connect",
    "/nowhere",
)
MALFORMED = {
    "no number": b"zz\r\n",
    "a negative size": b"-5\r\nhello\r\n0\r\n\r\n",
    "a sign": b"+5\r\nhello\r\n0\r\n\r\n",
    "a prefix": b"0x5\r\nhello\r\n0\r\n\r\n",
    "an underscore": b"1_0\r\nhello\r\n0\r\n\r\n",
    "no size": b"\r\nhello\r\n0\r\n\r\n",
    "a size without an end": b"f" * 9000,
    "no line end": b"5\r\nhelloXX0\r\n\r\n",
    "a bare line feed": b"5\nhello\r\n0\r\n\r\n",
    "a broken extension": b"5;;;=\0\r\nhello\r\n0\r\n\r\n",
    "a carriage return in an extension": b"5;a\rb\r\nhello\r\n0\r\n\r\n",
    "a broken trailer": b"0\r\nbroken\r\n\r\n",
    "a trailer that is none": b"0\r\nHost: x\r\n\r\n",
    "a long trailer": b"0\r\nX: " + b"x" * 9000 + b"\r\n\r\n",
    "trailers without an end": b"0\r\n" + (b"X: " + b"x" * 8000 + b"\r\n") * 20,
    "behind much that is right": b"4000\r\n" + b"x" * 0x4000 + b"\r\n" + b"-\r\n",
}


def chunked(path: str, body: bytes, more: str = "") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{more}"
    return f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + body


def assert_shape(path: str, status: int, headers: dict[str, str], body: bytes) -> None:
    """Require an error in the format of all the endpoint's errors."""
    if path.startswith("/blocks/"):
        assert json.loads(body)["code"] == status
    elif path.startswith("/oauth/") and path != "/oauth/authorize":
        assert json.loads(body)["error"] == "invalid_request"
    else:
        assert headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
@pytest.mark.parametrize("path", PATHS)
def test_malformed_chunks_are_refused_as_all_else_is(
    hasty_server: Server, path: str, body: bytes
) -> None:
    with connection(hasty_server, chunked(path, body)) as client:
        status, headers, content = read_response(client)
    assert status == 400
    assert_shape(path, status, headers, content)
    assert b"HTTP/1.1" not in content
    assert not errors(hasty_server)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"5\r\nhel", 408),
        (b"5\r\nhello\r\n", 408),
        (b"0\r\nX: x\r\n", 408),
        (b"f" * 16 + b"\r\n", 413),
        (b"50000\r\nx", 413),
        (b"1\r\nx\r\n" * 100_000, 413),
        ((b"8000\r\n" + b"x" * 0x8000 + b"\r\n") * 20 + b"0\r\n\r\n", 413),
        ((b"5000\r\n" + b"x" * 0x5000 + b"\r\n") * 2 + b"0\r\n\r\n", 413),
    ],
    ids=[
        "half a chunk",
        "no last chunk",
        "half a trailer",
        "a huge chunk",
        "a large chunk",
        "many small chunks",
        "too many chunks",
        "more than the endpoint reads",
    ],
)
@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke"])
def test_chunks_that_are_missing_or_too_much_are_refused_as_all_else_is(
    hasty_server: Server, path: str, body: bytes, status: int
) -> None:
    with connection(hasty_server, chunked(path, body, "Connection: close\r\n")) as client:
        found, headers, content = read_response(client)
    assert found == status
    assert_shape(path, status, headers, content)
    assert not errors(hasty_server)


@pytest.mark.parametrize(
    "body",
    [
        b"%x\r\n%s\r\n0\r\n\r\n",
        b"00%x ; a=b\r\n%s\r\n0;c\r\nX: x\r\n\r\n",
        b"1\r\n \r\n%X\r\n%s\r\n000\r\n\r\n",
    ],
)
def test_chunks_are_read(hasty_server: Server, body: bytes) -> None:
    content = b'{"grant_type": "something"}'
    sent = chunked("/oauth/token", body % (len(content), content), "Connection: close\r\n")
    with connection(hasty_server, sent) as client:
        status, _, received = read_response(client)
    assert (status, json.loads(received)["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5",
        b"Transfer-Encoding: gzip",
        b"Transfer-Encoding: identity",
        b"Transfer-Encoding: xchunked",
        b"Transfer-Encoding: chunked, chunked",
        b"Transfer-Encoding: chunked, gzip",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding:",
    ],
)
def test_a_body_of_an_unknown_length_is_refused(hasty_server: Server, framing: bytes) -> None:
    sent = chunked("/oauth/token", b"0\r\n\r\n").replace(b"Transfer-Encoding: chunked", framing)
    with connection(hasty_server, sent) as client:
        status, _, _ = read_response(client)
    assert status == 400
    assert not errors(hasty_server)


def test_nobody_can_cause_an_event(serve: Any, collector: Collector) -> None:
    dsn = f"http://public-key@127.0.0.1:{collector.port}/7"
    server = serve(SENTRY_DSN=dsn, CLIENT_TIMEOUT="1", WEB_CONCURRENCY="1")
    for path in PATHS:
        for body in MALFORMED.values():
            with connection(server, chunked(path, body)) as client:
                read_response(client)
    os.kill(server.pid, signal.SIGTERM)  # which sends what has been gathered
    wait_until(lambda: server.workers() == [])
    assert collector.bodies == []
