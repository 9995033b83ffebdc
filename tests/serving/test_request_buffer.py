"""Where a request ends, however its bytes arrive."""

import pytest
from gunicorn.http.errors import LimitRequestHeaders, ParseException

from plugin_server.serving.request_buffer import RequestBuffer

LIMIT = 1000
LINE = b"POST / HTTP/1.1\r\n"
CHUNKED = LINE + b"Transfer-Encoding: chunked\r\n\r\n"

WHOLE = {
    "no header": LINE + b"\r\n",
    "no body": LINE + b"Host: x\r\n\r\n",
    "an empty line first": b"\r\n" + LINE + b"\r\n",
    "an empty body": LINE + b"Content-Length: 0\r\n\r\n",
    "a body": LINE + b"Content-Length: 5\r\n\r\nhello",
    "the largest body": LINE + b"Content-Length: 1000\r\n\r\n" + b"x" * LIMIT,
    "a body of line ends": LINE + b"content-length:\t4 \r\nX: x\r\n\r\n\r\n\r\n",
    "a length with zeros": LINE + b"Content-Length: 000000000003\r\n\r\nabc",
    "a name that looks like a length": LINE + b"X-Content-Length: 5\r\n\r\n",
    "a chunk": CHUNKED + b"5\r\nhello\r\n0\r\n\r\n",
    "chunks": CHUNKED + b"5\r\nhello\r\nA\r\n0123456789\r\n00\r\n\r\n",
    "a chunk that looks like the last": CHUNKED + b"7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n",
    "extensions": CHUNKED + b'5 ;a=b;c="d"\r\nhello\r\n0;e\r\n\r\n',
    "trailers": CHUNKED + b"0\r\nX: x\r\nY: y\r\n\r\n",
    "another coding first": LINE + b"Transfer-Encoding: gzip, Chunked\r\n\r\n0\r\n\r\n",
}


def feed(buffer: RequestBuffer, sent: bytes, size: int) -> int:
    """Let bytes arrive in pieces; return after how many there was nothing to wait for, or -1."""
    for end in range(size, len(sent) + size, size):
        buffer.data += sent[end - size : end]
        if buffer.is_ready():
            return min(end, len(sent))
    return -1


@pytest.mark.parametrize("size", [1, 3, 10_000])
@pytest.mark.parametrize("sent", WHOLE.values(), ids=WHOLE.keys())
def test_a_request_is_whole_with_its_last_byte(sent: bytes, size: int) -> None:
    buffer = RequestBuffer(LIMIT)
    assert feed(buffer, sent, size) == len(sent)
    buffer.data += b"GET / HTTP/1.1\r\n"
    assert buffer.take(8) + buffer.take(9_000) == sent
    assert buffer.take(1) == b""
    assert buffer.start_next()
    assert not buffer.is_ready()
    buffer.data += b"\r\n"
    assert buffer.is_ready()
    assert buffer.take(9_000) == b"GET / HTTP/1.1\r\n\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET",
        LINE,
        LINE + b"Host: x\r\n",
        LINE + b"Content-Length: 5\r\n\r\nhell",
        CHUNKED,
        CHUNKED + b"5",
        CHUNKED + b"5;a=b",
        CHUNKED + b"5\r\nhel",
        CHUNKED + b"5\r\nhello",
        CHUNKED + b"5\r\nhello\r\n",
        CHUNKED + b"0\r\n",
        CHUNKED + b"0\r\nX: x\r\n",
    ],
)
def test_what_is_incomplete_is_waited_for(sent: bytes) -> None:
    buffer = RequestBuffer(LIMIT)
    buffer.data += sent
    assert not buffer.is_ready()
    assert buffer.take(9_000) == sent
    assert isinstance(buffer.error, TimeoutError)
    assert not buffer.start_next()


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (b"GET / HTTP/1.1\n", ParseException),
        (b"x" * 70_000, LimitRequestHeaders),
        (LINE + b"Content-Length: 1001\r\n\r\n", TimeoutError),
        (LINE + b"Content-Length: 999999999\r\n\r\n", TimeoutError),
        (CHUNKED + b"zz\r\n", ParseException),
        (CHUNKED + b"-1\r\n", ParseException),
        (CHUNKED + b"\r\n", ParseException),
        (CHUNKED + b"0\n", ParseException),
        (CHUNKED + b"0x5\r\n", ParseException),
        (CHUNKED + b"5\r\nhelloXX", ParseException),
        (CHUNKED + b"5" + b";" * 9_000, ParseException),
        (CHUNKED + b"fffffffffffffffff\r\n", TimeoutError),
        (CHUNKED + b"1\r\nx\r\n" * 20_000, TimeoutError),
        (CHUNKED + b"0\r\nX: " + b"x" * 70_000, LimitRequestHeaders),
    ],
)
def test_what_will_be_refused_is_not_waited_for(sent: bytes, error: type[Exception]) -> None:
    buffer = RequestBuffer(LIMIT)
    assert feed(buffer, sent, 1000) > 0
    assert isinstance(buffer.error, error)
    assert not buffer.start_next()


@pytest.mark.parametrize(
    ("head", "wants"),
    [
        (LINE + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n", True),
        (CHUNKED.replace(b"\r\n\r\n", b"\r\nexpect:100-Continue\r\n\r\n"), True),
        (LINE + b"Content-Length: 5\r\n\r\n", False),
        (b"POST / HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n", False),
        (LINE + b"Content-Length: 5\r\nExpect: 100-continue", False),
    ],
)
def test_a_client_that_waits_to_send_its_body_is_noticed(head: bytes, wants: bool) -> None:
    buffer = RequestBuffer(LIMIT)
    buffer.data += head
    assert not buffer.is_ready()
    assert buffer.expects_continue is wants
