"""A request while it arrives: where it ends, so that no thread has to wait for it.

What a request means is for gunicorn's parser to say, which reads it from here once it is whole. The parser
may never get more than that: where the two disagree, the connection ends. What it would refuse anyway need
not be waited for. Source: https://www.rfc-editor.org/rfc/rfc9112#section-6
"""

import errno
import re
from collections.abc import Generator

from gunicorn.http.errors import LimitRequestHeaders, ParseException

# Bytes of a request's line and headers, or of a chunked body's trailers.
_MAX_HEAD = 64 * 1024
# Bytes of the line before a chunk; gunicorn's own limit.
_MAX_CHUNK_LINE = 8190

_FRAMING = re.compile(
    rb"\r\n(?:content-length:[ \t]*0*(\d{1,9})|transfer-encoding:[^\r\n]*chunked)[ \t]*\r\n",
    re.IGNORECASE,
)
_EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)
# With the end of what is before it: the head, or another chunk.
_CHUNK = re.compile(rb"\r\n([0-9a-f]+)[ \t]*(?:;[^\n]*)?\r\n", re.IGNORECASE)


class _Done(Exception):
    """The rest need not be waited for; holds what the parser is to meet if it asks for it."""


class RequestBuffer:
    """The bytes that a client has sent and nobody has read yet.

    Attributes:
        data: these bytes.
        has_started: whether any of the request at their beginning has been read.
        expects_continue: whether the client waits for a 100 before it sends the body.
        error: what the parser is to meet if it asks for more than there is.
    """

    def __init__(self, max_body: int) -> None:
        """Take for how many bytes of a body to wait; a larger one is refused without being read."""
        self._max_body = max_body
        self.data = b""
        self._expect()

    def _expect(self) -> None:
        # Bytes of the request that have not been read, once all of it is there.
        self._left: int | None = None
        self.has_started = self.expects_continue = False
        self.error: Exception = TimeoutError(errno.ECONNRESET, "the request has not arrived")
        self._search = self._find_end()

    def is_ready(self) -> bool:
        """Tell whether there is nothing to wait for: a whole request, or one that will be refused."""
        return next(self._search, True)

    @property
    def is_complete(self) -> bool:
        """Whether all of the request has arrived."""
        return self._left is not None

    def take(self, most: int) -> bytes:
        """Return up to so many of the request's bytes, and never one of the next request."""
        part = self.data[: most if self._left is None else min(most, self._left)]
        self.data = self.data[len(part) :]
        if self._left is not None:
            self._left -= len(part)
        self.has_started = self.has_started or bool(part)
        return part

    def start_next(self) -> bool:
        """Begin with the next request; tell whether it is known where that is."""
        if self._left != 0:
            return False
        self._expect()
        return True

    def _find_end(self) -> Generator[bool, None, None]:
        """Yield ``False`` as often as more has to arrive, and set ``_left`` when all is there."""
        try:
            body = yield from self._find_blank_line(0)
            head = self.data[:body]
            framing = _FRAMING.search(head)
            # Of HTTP/1.0 it is not known: https://www.rfc-editor.org/rfc/rfc9110#section-10.1.1
            is_new = head.partition(b"\r\n")[0].endswith(b"HTTP/1.1")
            self.expects_continue = is_new and _EXPECTS.search(head) is not None
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
        except _Done as settled:
            (self.error,) = settled.args

    def _find_blank_line(self, start: int) -> Generator[bool, None, int]:
        seen = start
        while (at := self.data.find(b"\r\n\r\n", seen)) < 0:
            lines = self.data[start:]
            if len(lines) > _MAX_HEAD:
                raise _Done(LimitRequestHeaders("the headers are too large"))
            if lines.count(b"\n") != lines.count(b"\r\n"):
                raise _Done(ParseException("the request cannot be parsed"))
            # Its first three bytes may be there.
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
            # The framing of small chunks may be more than what they hold.
            self._limit(at - body - _MAX_HEAD)

    def _limit(self, size: int) -> None:
        if size > self._max_body:
            raise _Done(TimeoutError(errno.EMSGSIZE, "the body is too large"))
