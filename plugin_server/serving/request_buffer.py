"""Buffers a request until it is complete, so that no thread has to wait for it.

It only finds where a request ends; gunicorn's parser reads the complete request from here and decides what it
means. The parser never gets bytes of the next request: if the two disagree about the end, the connection is
closed (no request smuggling). What the parser would refuse anyway is handed over at once.
Source: https://www.rfc-editor.org/rfc/rfc9112#section-6
"""

import errno
import re
from collections.abc import Generator

from gunicorn.http.errors import LimitRequestHeaders, ParseException

# Bytes of a request's first line and headers, or of a chunked body's trailers.
_MAX_HEAD = 64 * 1024
# Bytes of the line before a chunk; gunicorn's own limit.
_MAX_CHUNK_LINE = 8190

_FRAMING = re.compile(
    rb"\r\n(?:content-length:[ \t]*0*(\d{1,9})|transfer-encoding:[^\r\n]*chunked)[ \t]*\r\n",
    re.IGNORECASE,
)
_EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)
# Including the CRLF that ends what is before it: the head, or another chunk.
_CHUNK = re.compile(rb"\r\n([0-9a-f]+)[ \t]*(?:;[^\n]*)?\r\n", re.IGNORECASE)


class _Done(Exception):
    """Nothing more is needed; has the error that the parser gets if it reads on."""


class RequestBuffer:
    """The bytes that a client has sent and the parser has not read yet.

    Attributes:
        data: these bytes.
        has_started: whether some bytes of the current request have been read.
        expects_continue: whether the client waits for ``100 Continue`` before it sends the body.
        error: what the parser gets if it reads more than there is.
    """

    def __init__(self, max_body: int) -> None:
        """Take the largest body to wait for, in bytes; a larger one is refused without being read."""
        self._max_body = max_body
        self.data = b""
        self._reset()

    def _reset(self) -> None:
        # Bytes of the request that have not been read, once it is complete.
        self._left: int | None = None
        self.has_started = self.expects_continue = False
        self.error: Exception = TimeoutError(errno.ECONNRESET, "the request has not arrived")
        self._search = self._find_end()

    def is_ready(self) -> bool:
        """Return whether there is nothing to wait for: a complete request, or one that will be refused."""
        return next(self._search, True)

    @property
    def is_complete(self) -> bool:
        """Whether all of the request has arrived."""
        return self._left is not None

    def take(self, most: int) -> bytes:
        """Remove and return at most ``most`` bytes of the request, never of the next one."""
        part = self.data[: most if self._left is None else min(most, self._left)]
        self.data = self.data[len(part) :]
        if self._left is not None:
            self._left -= len(part)
        self.has_started = self.has_started or bool(part)
        return part

    def start_next(self) -> bool:
        """Start with the next request; return ``False`` if the end of the last one is not known."""
        if self._left != 0:
            return False
        self._reset()
        return True

    def _find_end(self) -> Generator[bool, None, None]:
        """Yield ``False`` whenever more has to arrive; set ``_left`` when the request is complete."""
        try:
            body = yield from self._find_blank_line(0)
            head = self.data[:body]
            framing = _FRAMING.search(head)
            # HTTP/1.0 does not have it: https://www.rfc-editor.org/rfc/rfc9110#section-10.1.1
            is_http_1_1 = head.partition(b"\r\n")[0].endswith(b"HTTP/1.1")
            self.expects_continue = is_http_1_1 and _EXPECTS.search(head) is not None
            if framing is None:
                end = body
            elif framing[1] is None:
                end = yield from self._find_last_chunk(body)
            else:
                end = body + int(framing[1])
                self._limit(end - body)
                while len(self.data) < end:
                    yield False
            self._left = end
        except _Done as done:
            (self.error,) = done.args

    def _find_blank_line(self, start: int) -> Generator[bool, None, int]:
        seen = start
        while (at := self.data.find(b"\r\n\r\n", seen)) < 0:
            lines = self.data[start:]
            if len(lines) > _MAX_HEAD:
                raise _Done(LimitRequestHeaders("the headers are too large"))
            if lines.count(b"\n") != lines.count(b"\r\n"):
                raise _Done(ParseException("the request cannot be parsed"))
            # The first three bytes of the blank line may be there.
            seen = max(len(self.data) - 3, start)
            yield False
        return at + 4

    def _find_last_chunk(self, body: int) -> Generator[bool, None, int]:
        at = body - 2
        while True:
            while (chunk := _CHUNK.match(self.data, at)) is None:
                line = self.data[at + 2 : at + 2 + _MAX_CHUNK_LINE]
                is_too_long = b"\n" in line or len(line) == _MAX_CHUNK_LINE
                if is_too_long or not b"\r\n".startswith(self.data[at : at + 2]):
                    raise _Done(ParseException("the request cannot be parsed"))
                yield False
            if not (length := int(chunk[1], 16)):
                return (yield from self._find_blank_line(chunk.end() - 2))
            at = chunk.end() + length
            # The framing of small chunks may take more bytes than their content.
            self._limit(at - body - _MAX_HEAD)

    def _limit(self, size: int) -> None:
        if size > self._max_body:
            raise _Done(TimeoutError(errno.EMSGSIZE, "the body is too large"))
