"""The edge of the server: connections, requests that no application sees, slow clients, and the end.

gunicorn alone would wait for a slow client as long as it likes, in one of few threads, and answer what it
cannot read in HTML. Here a request takes a thread when it has arrived as a whole, and until then only the
memory of what has arrived.
"""

import errno
import select
import signal
import socket
import struct
import time
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from gunicorn import sock
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
from plugin_server.arriving import Arrival
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
# … and any worker to clients that have got their last response, to close first: what they still send would
# otherwise have the system throw that response away (https://www.rfc-editor.org/rfc/rfc9112#section-9.6).
_FAREWELL = 2.0
# Of SO_LINGER: on, for 0 seconds.
_AT_ONCE = struct.pack("ii", 1, 0)
# Bytes that are read of a connection at a time, and that incomplete requests of a worker may take in all.
_MOST_AT_ONCE, _MOST_HELD = 16 * 1024, 32 * 1024 * 1024
# What tells a worker to end, by handlers.
_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)

_OURS = (ConfigurationProblem, InvalidResponseHeader, InvalidResponseHeaderName)
_REFUSALS: Mapping[type[Exception], type[PluginError]] = {
    LimitRequestLine: AddressTooLong,
    LimitRequestHeaders: HeadersTooLarge,
}


class ImpatientSocket(socket.socket):
    """A client's connection, for which no thread waits but to have a response taken, and that not for long.

    It never blocks. What arrives is collected by whoever polls the connection; gunicorn's parser reads
    what has been collected. To send, it waits by itself where there is no room: Python's own timeouts look
    before each call, and every change of them, as gunicorn makes several for each request, is one more
    call to the system, at which threads change places.
    """

    # Whether nobody waits for the client any more, ...
    has_given_up = False
    # ... whether nothing that arrives matters any more, ...
    is_leaving = False
    # ... and whether a request ended before it was whole, of which gunicorn makes no noise.
    is_cut_off = False
    # The number of the connection's last request that an application has seen.
    answered = 0
    _is_reading = False
    _head = b""

    def __init__(self, taken: socket.socket, patience: float, most_body: int) -> None:
        """Take a connection over from another object.

        Args:
            taken: that object.
            patience: seconds in which the client has to take a response.
            most_body: bytes of a body to wait for.
        """
        super().__init__(fileno=taken.detach())
        super().setblocking(False)
        self.patience = patience
        self.arrival = Arrival(most_body)

    def setblocking(self, flag: bool) -> None:
        """Stay as it is."""

    def settimeout(self, value: float | None) -> None:
        """Stay as it is."""

    def collect(self) -> bool:
        """Read what has arrived; tell whether there is nothing to wait for.

        That is a whole request, one that will be refused, or the end of the connection.
        """
        is_closed = False
        try:
            part = super().recv(_MOST_AT_ONCE)
        except BlockingIOError:
            pass
        except OSError:  # the client has reset it
            is_closed = True
        else:
            is_closed = not part
            self.arrival.data += b"" if self.is_leaving else part
        # It may have closed its side when the request was whole.
        return (not self.is_leaving and self.arrival.is_settled()) or is_closed

    def go_ahead(self) -> None:
        """Tell a client that waits for it to send its request's body."""
        if self.arrival.wants_go_ahead:
            self.arrival.wants_go_ahead = False
            with suppress(OSError):  # the client has gone
                self.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Return what has been collected of a request, and nothing where none has begun.

        Raises:
            TimeoutError: the rest of it has not arrived, or is too large to be waited for.
            ParseException: it cannot be parsed, or its headers are too large.
        """
        self._is_reading = True
        if (part := self.arrival.take(size)) or not self.arrival.has_begun:
            return part
        self.is_cut_off = isinstance(self.arrival.error, TimeoutError)
        raise self.arrival.error

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
        left, deadline = memoryview(data), time.monotonic() + self.patience
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
        waiting.about_to_wait()
        ready = select.poll()
        ready.register(self, select.POLLOUT)
        if not ready.poll(max(deadline - time.monotonic(), 0.001) * 1000):
            self.has_given_up = True
            # When it is closed, the system is to throw away what nobody takes.
            self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            raise ConnectionResetError(errno.ECONNRESET, "the client is too slow")


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

    # Requests that arrive. Until they are whole, their connections are among gunicorn's ``pending_conns``,
    # in the order in which they began.

    def enqueue_req(self, conn: Any) -> None:
        """Have a request be answered; a new connection has to send it first, and to begin soon."""
        if not (conn.initialized or conn.data_ready):
            conn.sock = ImpatientSocket(conn.sock, self.app.client_timeout, self.app.most_body)
            if self.nr_conns >= self.worker_connections:
                self._give_up_oldest()
        super().enqueue_req(conn)

    def wait_to_begin(self, conn: Any) -> None:
        """Wait for a connection to send something."""
        self._wait_for(conn, self.app.client_timeout)

    def on_pending_socket_readable(self, conn: Any, client: ImpatientSocket) -> None:
        """Go on with a request once it has arrived; it has its time from its first byte."""
        if client.has_given_up:  # since the poller has seen it
            return
        has_begun = bool(client.arrival.data) or client.is_leaving
        if client.collect():
            super().on_pending_socket_readable(conn, client)
            return
        if not has_begun:
            conn.timeout = time.monotonic() + self.app.client_timeout
        client.go_ahead()
        # While each has so little, it cannot be too much.
        if len(client.arrival.data) > _MOST_AT_ONCE and self._held() > _MOST_HELD:
            self._give_up_oldest()

    def on_client_socket_readable(self, conn: Any, client: Any) -> None:
        """Go on with another request of a connection, at once if it has arrived."""
        if client.collect():
            super().on_client_socket_readable(conn, client)
            return
        client.go_ahead()
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._wait_for(conn, self.app.client_timeout)

    def murder_pending(self) -> None:
        """Give up what has not arrived in time; a stopping worker leaves less to what has not begun."""
        now = time.monotonic()
        for conn in list(self.pending_conns):
            if not (self.alive or conn.sock.arrival.data):
                conn.timeout = min(conn.timeout, now + _LINGER)
            if conn.timeout <= now:
                self._give_up(conn)

    def _give_up_oldest(self) -> None:
        """Make room for others."""
        if self.pending_conns:
            self._give_up(self.pending_conns[0])

    def _held(self) -> int:
        return sum(len(conn.sock.arrival.data) for conn in self.pending_conns)

    def _give_up(self, conn: Any) -> None:
        """Answer a request as far as it has arrived, and close its connection."""
        conn.sock.has_given_up = True
        super().on_pending_socket_readable(conn, conn.sock)

    # Requests that have arrived

    def handle(self, conn: Any) -> object:
        """Handle a connection's request, in a thread."""
        client = conn.sock
        if client.is_leaving:
            return False
        kept = super().handle(conn)
        if client.is_cut_off and client.answered != conn.parser.req_count:
            self._refuse(client, RequestIncomplete())
        return bool(kept) and super().has_read_all(conn) and client.arrival.expect_next()

    def handle_request(self, req: Any, conn: Any) -> object:
        """Hand a request to the application."""
        conn.sock.answered = conn.parser.req_count
        # Whoever waited for a 100 has got it.
        req._expected_100_continue = False
        kept = super().handle_request(req, conn)
        conn.sock.flush()
        return kept

    def has_read_all(self, conn: Any) -> bool:
        """Tell whether nothing of a connection's next request has arrived with the last."""
        return not conn.sock.arrival.data

    def finish_request(self, conn: Any, fs: "Future[object]") -> None:
        """Keep a connection, or wait for the client to close it, or close it."""
        client, kept = conn.sock, fs.result()
        if kept or client.is_leaving or client.has_given_up:
            super().finish_request(conn, fs)
            if kept and client.arrival.data:
                self.on_client_socket_readable(conn, client)
        else:
            client.is_leaving = True
            with suppress(OSError):  # the client has gone
                client.shutdown(socket.SHUT_WR)
            self._wait_for(conn, _FAREWELL)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer a request that cannot be read in Kit's envelope; gunicorn would repeat it in its log."""
        if isinstance(exc, ParseException) and not isinstance(exc, _OURS):
            self._refuse(client, _REFUSALS.get(type(exc), MalformedRequest)())
        else:
            self.log.exception("A request could not be handled")
            self._refuse(client, InternalError())

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
