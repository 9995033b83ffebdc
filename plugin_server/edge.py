"""The edge of the server: connections, requests that no application sees, slow clients, and the end.

gunicorn alone would wait for a slow client as long as it likes, in one of few threads, and answer what it
cannot read in HTML. What it cannot do is to read requests without a thread for each that has begun to
arrive; a proxy in front, which hands on whole requests only, can.
"""

import errno
import os
import select
import signal
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from gunicorn import sock, util
from gunicorn.arbiter import Arbiter
from gunicorn.http.errors import (
    ConfigurationProblem,
    InvalidResponseHeader,
    InvalidResponseHeaderName,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
)

from plugin_server import cpus, stopping, waiting
from plugin_server.editor import wire
from plugin_server.errors import (
    AddressTooLong,
    HeadersTooLarge,
    InternalError,
    MalformedRequest,
    PluginError,
    RequestIncomplete,
)
from plugin_server.logs import log_request
from plugin_server.observe import metrics
from plugin_server.pages import HEADERS
from plugin_server.worker import QuickWorker

# Seconds that a stopping worker leaves to connections that have sent nothing yet.
_LINGER = 2.0
# What tells a worker to end, by handlers.
_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)

_OURS = (ConfigurationProblem, InvalidResponseHeader, InvalidResponseHeaderName)
_REFUSALS: Mapping[type[Exception], type[PluginError]] = {
    LimitRequestLine: AddressTooLong,
    LimitRequestHeaders: HeadersTooLarge,
}


class ImpatientSocket(socket.socket):
    """A connection that waits for a whole request, not for each part of it.

    The time runs from a request's first read until an answer is sent; to be taken, that has the same
    time again. It never blocks, and waits by itself, only where there is nothing to read yet or no
    room to write: Python's own time-outs look before each call, and every change of them, as gunicorn
    makes several for each request, is one more call to the system, at which threads change places.
    """

    has_given_up = False
    # Whether nothing that arrives matters any more.
    is_over = False
    # The number of the connection's last request that an application has seen.
    answered = 0
    _deadline: float | None = None
    _head = b""

    def __init__(self, taken: socket.socket, patience: float) -> None:
        """Take a connection over from another object, and for how many seconds to wait."""
        super().__init__(fileno=taken.detach())
        super().setblocking(False)
        self.patience = patience

    def setblocking(self, flag: bool) -> None:
        """Stay as it is."""

    def settimeout(self, value: float | None) -> None:
        """Stay as it is."""

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Return what has arrived; raises TimeoutError when the time for the request is over."""
        if self.is_over:
            return b""
        if self._deadline is None:
            self._deadline = time.monotonic() + self.patience
        while True:
            with suppress(BlockingIOError):
                return super().recv(size, flags)
            self._wait(select.POLLIN, self._deadline)

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send a part of an answer; its head, which comes alone, goes with what follows, or at ``flush``."""
        if self._deadline is not None:
            self._deadline = None
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
        left, deadline = memoryview(data), time.monotonic() + self.patience
        while True:
            with suppress(BlockingIOError):
                left = left[super().send(left) :]
                if not left:
                    return
            self._wait(select.POLLOUT, deadline)

    def _wait(self, event: int, deadline: float) -> None:
        waiting.about_to_wait()
        ready = select.poll()
        ready.register(self, event)
        if not ready.poll(max(deadline - time.monotonic(), 0.001) * 1000):
            self.has_given_up = True
            # With the number of a lost connection, of which gunicorn makes no noise.
            raise TimeoutError(errno.ECONNRESET, "the client is too slow")


class EdgeWorker(QuickWorker):
    """The worker of a server that strangers can reach."""

    sockets: list[Any]

    def init_process(self) -> None:
        """Begin to work, on its share of the CPUs and the first of the master's listeners alone."""
        cpus.keep_to(cpus.share(cpus.usable(), self.sockets[0].number, self.cfg.workers))
        for other in self.sockets[1:]:
            other.close()
        self.sockets = self.sockets[:1]
        super().init_process()

    def init_signals(self) -> None:
        """Handle signals from now on, those included that came since the fork."""
        super().init_signals()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Begin or cease to take connections; those that no successor will find are taken first."""
        # One that was stopped before it began does not begin.
        super().set_accept_enabled(enabled and self.alive)
        if self.alive:
            return
        for listener in self.sockets:
            for _ in range(self.cfg.backlog if stopping.is_announced() else 0):
                known = self.nr_conns
                self.accept(listener)
                if self.nr_conns == known:
                    break
            listener.close()
        self.sockets = []

    def enqueue_req(self, conn: Any) -> None:
        """Have a request be answered; a new connection has to send something first, and soon."""
        is_new = not (conn.initialized or conn.data_ready)
        if is_new:
            conn.sock = ImpatientSocket(conn.sock, self.app.client_timeout)
        super().enqueue_req(conn)
        if is_new:
            conn.timeout = time.monotonic() + self.app.client_timeout

    def handle(self, conn: Any) -> object:
        """Handle a connection's request, in a thread."""
        kept = super().handle(conn)
        if conn.sock.has_given_up and conn.sock.answered != conn.parser.req_count:
            self._refuse(conn.sock, RequestIncomplete())
        if not kept:
            self._part_from(conn.sock)
        return kept

    def handle_request(self, req: Any, conn: Any) -> object:
        """Hand a request to the application, which answers even if its body is too slow."""
        conn.sock.answered = conn.parser.req_count
        kept = super().handle_request(req, conn)
        conn.sock.flush()
        return kept

    def murder_pending(self) -> None:
        """Close connections that have sent nothing in time."""
        if not self.alive:
            latest = time.monotonic() + _LINGER
            for conn in self.pending_conns:
                conn.timeout = min(conn.timeout, latest)
        super().murder_pending()

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer a request that cannot be read in Kit's envelope; gunicorn would repeat it in its log."""
        if isinstance(exc, ParseException) and not isinstance(exc, _OURS):
            self._refuse(client, _REFUSALS.get(type(exc), MalformedRequest)())
        else:
            self.log.exception("A request could not be handled")
            self._refuse(client, InternalError())

    @staticmethod
    def _part_from(client: ImpatientSocket) -> None:
        """Wait for a client to close its side, in this thread: gunicorn would have all others wait."""
        client.is_over = True
        if client.has_given_up:
            return
        waiting.about_to_wait()
        with suppress(OSError):  # it has been closed
            util.close_graceful(socket.socket(fileno=os.dup(client.fileno())))

    @staticmethod
    def _refuse(client: socket.socket, error: PluginError) -> None:
        outcome = type(error).__name__
        metrics.REFUSED.labels(outcome).inc()
        log_request("info", {"status": error.status, "outcome": outcome})
        answer = wire.error_answer(error)
        headers = {
            **HEADERS,
            **dict(answer.headers),
            "Cache-Control": "no-store",
            "Connection": "close",
        }
        lines = [f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([*lines, "", ""])
        with suppress(OSError):  # the client has gone
            client.send(head.encode("latin-1") + answer.get_data())


class Master(Arbiter):
    """gunicorn's master, which keeps the listeners, and lets /readyz tell before it closes them.

    Each worker has a listener of its own: on a shared one a single worker takes a whole burst. Were they
    opened by the workers, as gunicorn does, each that ends, or is killed, would have the connections
    dropped that wait there. So its successor takes the listener on, and finds them.
    """

    def __init__(self, app: Any, delay: float) -> None:
        """Take gunicorn's application, and for how many seconds to go on serving when told to stop."""
        self._delay = delay
        # The age of the youngest worker that is to be replaced.
        self._outgoing = 0
        super().__init__(app)

    def start(self) -> None:
        """Listen, once for each worker."""
        self.cfg.set("reuse_port", True)
        self.LISTENERS = [self._listen(number) for number in range(self.cfg.workers)]
        # From here on it would mean that workers listen for themselves.
        self.cfg.set("reuse_port", False)
        super().start()

    def _listen(self, number: int) -> Any:
        (listener,) = sock.create_sockets(self.cfg, self.log)
        # Tells the CPUs of the worker that has it, so that its successor keeps to the same.
        listener.number = number
        return listener

    def spawn_worker(self) -> Any:
        """Start a worker, which takes the first of the listeners: one that nobody has who stays."""
        taken = [each.sockets[0] for each in self.WORKERS.values() if each.age > self._outgoing]
        self.LISTENERS = sorted(self.LISTENERS, key=taken.count)
        # Until a worker has handlers of its own, it has the master's, to which a signal would be lost.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        try:
            return super().spawn_worker()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def reload(self) -> None:
        """Replace all workers."""
        self._outgoing = self.worker_age
        super().reload()

    def handle_ttin(self) -> None:
        """Leave the number of workers as it is: that of the listeners."""

    handle_ttou = handle_ttin

    def handle_term(self) -> None:
        """Go on serving for a while with /readyz failing, then stop; SIGINT and SIGQUIT cut it short."""
        stopping.announce()
        end = time.monotonic() + self._delay
        while (left := end - time.monotonic()) > 0:
            for number in self.wait_for_signals(timeout=left):
                if number in (signal.SIGINT, signal.SIGQUIT):
                    self.handle_quit()
        super().handle_term()
