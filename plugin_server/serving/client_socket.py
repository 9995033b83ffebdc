"""A client's connection: received data is buffered without blocking, and sending has a time limit."""

import errno
import select
import socket
import struct
import time
from contextlib import suppress
from typing import Any

from typing_extensions import override

from plugin_server import blocking
from plugin_server.serving.request_buffer import RequestBuffer

# Bytes that are read at a time.
RECEIVE_SIZE = 16 * 1024
# Value of SO_LINGER: on, for 0 seconds.
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class ClientSocket(socket.socket):
    """A client's connection that never blocks to receive, and only for a limited time to send.

    The worker polls the connection and calls ``receive_available``, which buffers what has arrived;
    gunicorn's parser reads from that buffer. Sending waits here when the client does not take its response.
    Python's own timeouts are not used: they poll before each call, and gunicorn changes them several times
    for each request; each change is one more system call, at which threads may switch.

    Attributes:
        buffer: what has arrived and has not been read.
        has_timed_out: the client was too slow, and nothing more is sent or received.
        is_draining: the last response was sent; what still arrives is discarded.
        is_incomplete: a request ended before it was complete, which gunicorn does not log.
        last_handled: the number of the connection's last request that the application has handled.
    """

    has_timed_out = False
    is_draining = False
    is_incomplete = False
    last_handled = 0
    _is_reading = False
    _head = b""

    def __init__(self, accepted: socket.socket, send_timeout: float, max_body: int) -> None:
        """Take a connection over from another socket object.

        Args:
            accepted: that object, which is detached.
            send_timeout: seconds in which the client has to take a response.
            max_body: bytes of a body to buffer.
        """
        super().__init__(fileno=accepted.detach())
        super().setblocking(False)
        self.send_timeout = send_timeout
        self.buffer = RequestBuffer(max_body)

    @override
    def setblocking(self, flag: bool) -> None:
        """Nothing changes: this socket never blocks, whatever gunicorn sets."""

    @override
    def settimeout(self, value: float | None) -> None:
        """Nothing changes: see ``setblocking``."""

    def receive_available(self) -> bool:
        """Buffer what has arrived; return whether there is nothing more to wait for.

        That is a complete request, one that will be refused, or the end of the connection.
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
        # The client may have closed its side after a complete request.
        return (not self.is_draining and self.buffer.is_ready()) or is_closed

    def send_continue(self) -> None:
        """Send ``100 Continue`` to a client that waits for it before it sends the body."""
        if self.buffer.expects_continue:
            self.buffer.expects_continue = False
            with suppress(OSError):  # the client has gone
                self.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    @override
    def recv(self, size: int, flags: int = 0) -> bytes:
        """Return buffered bytes of one request; ``b""`` where none has started.

        Raises:
            TimeoutError: the rest of it has not arrived, or is too large to be buffered.
            ParseException: it cannot be parsed, or its headers are too large.
        """
        self._is_reading = True
        if (part := self.buffer.take(size)) or not self.buffer.has_started:
            return part
        self.is_incomplete = isinstance(self.buffer.error, TimeoutError)
        raise self.buffer.error

    @override
    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send a part of a response; its head, which comes first, is sent with the next part or by ``flush``.

        Raises:
            ConnectionResetError: the client has gone, or was too slow.
        """
        if self._is_reading:
            self._is_reading = False
            self._head = bytes(data)
        else:
            self._send(self._take_head() + data)

    def flush(self) -> None:
        """Send the head of a response that has no body."""
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
                self._wait_until_writable(deadline)
            except OSError as error:
                # Whatever the system's reason: gunicorn does not log errors with this number.
                raise ConnectionResetError(errno.ECONNRESET, "the client has gone") from error
            if not left:
                return

    def _wait_until_writable(self, deadline: float) -> None:
        blocking.before_blocking()
        ready = select.poll()
        ready.register(self, select.POLLOUT)
        if not ready.poll(max(deadline - time.monotonic(), 0.001) * 1000):
            self.has_timed_out = True
            # Closing must discard what the client did not take.
            self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            raise ConnectionResetError(errno.ECONNRESET, "the client is too slow")
