"""A client's connection: what arrives is collected without waiting, and what is sent has to be taken."""

import errno
import select
import socket
import struct
import time
from contextlib import suppress
from typing import Any

from plugin_server import blocking
from plugin_server.serving.request_buffer import RequestBuffer

# Bytes that are read at a time.
RECEIVE_SIZE = 16 * 1024
# Of SO_LINGER: on, for 0 seconds.
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class ClientSocket(socket.socket):
    """A client's connection, for which no thread waits but to have a response taken, and that not for long.

    It never blocks. What arrives is collected by whoever polls the connection; gunicorn's parser reads
    what has been collected. To send, it waits by itself where there is no room: Python's own timeouts look
    before each call, and every change of them, as gunicorn makes several for each request, is one more
    call to the system, at which threads change places.
    """

    # Whether nobody waits for the client any more, ...
    has_timed_out = False
    # ... whether nothing that arrives matters any more, ...
    is_draining = False
    # ... and whether a request ended before it was whole, of which gunicorn makes no noise.
    is_incomplete = False
    # The number of the connection's last request that an application has seen.
    last_handled = 0
    _is_reading = False
    _head = b""

    def __init__(self, taken: socket.socket, send_timeout: float, max_body: int) -> None:
        """Take a connection over from another object.

        Args:
            taken: that object.
            send_timeout: seconds in which the client has to take a response.
            max_body: bytes of a body to wait for.
        """
        super().__init__(fileno=taken.detach())
        super().setblocking(False)
        self.send_timeout = send_timeout
        self.buffer = RequestBuffer(max_body)

    def setblocking(self, flag: bool) -> None:
        """Stay as it is."""

    def settimeout(self, value: float | None) -> None:
        """Stay as it is."""

    def receive_available(self) -> bool:
        """Read what has arrived; tell whether there is nothing to wait for.

        That is a whole request, one that will be refused, or the end of the connection.
        """
        is_closed = False
        try:
            part = super().recv(RECEIVE_SIZE)
        except BlockingIOError:
            pass
        except OSError:  # the client has reset it
            is_closed = True
        else:
            is_closed = not part
            self.buffer.data += b"" if self.is_draining else part
        # It may have closed its side when the request was whole.
        return (not self.is_draining and self.buffer.is_ready()) or is_closed

    def send_continue(self) -> None:
        """Tell a client that waits for it to send its request's body."""
        if self.buffer.expects_continue:
            self.buffer.expects_continue = False
            with suppress(OSError):  # the client has gone
                self.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Return what has been collected of a request, and nothing where none has started_at.

        Raises:
            TimeoutError: the rest of it has not arrived, or is too large to be waited for.
            ParseException: it cannot be parsed, or its headers are too large.
        """
        self._is_reading = True
        if (part := self.buffer.take(size)) or not self.buffer.has_started:
            return part
        self.is_incomplete = isinstance(self.buffer.error, TimeoutError)
        raise self.buffer.error

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send a part of an answer; its head, which comes alone, goes with what follows, or at ``flush``."""
        if self._is_reading:
            self._is_reading = False
            self._head = bytes(data)
        else:
            self._send(self._take_head() + data)

    def flush(self) -> None:
        """Send a head that nothing has followed."""
        if self._head:
            self._send(self._take_head())

    def _take_head(self) -> bytes:
        head, self._head = self._head, b""
        return head

    def _send(self, data: bytes) -> None:
        left, deadline = memoryview(data), time.monotonic() + self.send_timeout
        while True:
            try:
                left = left[self.send(left) :]
            except BlockingIOError:
                self._wait_for_room(deadline)
            except OSError as error:
                # Whatever the network says of it: of this number gunicorn makes no noise.
                raise ConnectionResetError(errno.ECONNRESET, "the client has gone") from error
            if not left:
                return

    def _wait_for_room(self, deadline: float) -> None:
        blocking.before_blocking()
        ready = select.poll()
        ready.register(self, select.POLLOUT)
        if not ready.poll(max(deadline - time.monotonic(), 0.001) * 1000):
            self.has_timed_out = True
            # When it is closed, the system is to throw away what nobody takes.
            self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            raise ConnectionResetError(errno.ECONNRESET, "the client is too slow")
