"""The edge of the server: connections, requests that no application sees, slow clients, and the end.

gunicorn alone would wait for a slow client as long as it likes, in one of few threads, and answer what it
cannot read in HTML. Here a request takes a thread when it has arrived as a whole, and until then only the
memory of what has arrived.
"""

import signal
import socket
import time
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from gunicorn.http.errors import (
    ConfigurationProblem,
    InvalidResponseHeader,
    InvalidResponseHeaderName,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
)

from plugin_server.editor import envelope
from plugin_server.errors import (
    HeadersTooLarge,
    InternalError,
    MalformedRequest,
    PluginError,
    RequestIncomplete,
    UrlTooLong,
)
from plugin_server.observe import metrics
from plugin_server.observe.logs import log_request
from plugin_server.serving import shutdown
from plugin_server.serving.client_socket import RECEIVE_SIZE, ClientSocket
from plugin_server.serving.worker import LeaderFollowerWorker
from plugin_server.web.headers import SECURITY_HEADERS

# Seconds that a stopping worker leaves to connections that have sent nothing yet.
_FIRST_BYTES_GRACE = 2.0
# … and any worker to clients that have got their last response, to close first: what they still send would
# otherwise have the system throw that response away (https://www.rfc-editor.org/rfc/rfc9112#section-9.6).
_DRAIN_SECONDS = 2.0
# Bytes that the incomplete requests of a worker may take in all.
_MAX_PENDING_BYTES = 32 * 1024 * 1024
# The signals that end a worker, each with a handler.
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)

_SERVER_ERRORS = (ConfigurationProblem, InvalidResponseHeader, InvalidResponseHeaderName)
_ERRORS: Mapping[type[Exception], type[PluginError]] = {
    LimitRequestLine: UrlTooLong,
    LimitRequestHeaders: HeadersTooLarge,
}


class EdgeWorker(LeaderFollowerWorker):
    """The worker of a server that strangers can reach."""

    sockets: list[Any]

    def init_process(self) -> None:
        """Begin to work, on the first of the master's listeners alone."""
        for other in self.sockets[1:]:
            other.close()
        self.sockets = self.sockets[:1]
        super().init_process()

    def init_signals(self) -> None:
        """Handle signals from now on, those included that came since the fork."""
        super().init_signals()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Begin or cease to take connections; those that no successor will find are taken first."""
        # One that was stopped before it began does not begin.
        super().set_accept_enabled(enabled and self.alive)
        if self.alive:
            return
        for listener in self.sockets:
            for _ in range(self.cfg.backlog if shutdown.is_announced() else 0):
                known = self.nr_conns
                self.accept(listener)
                if self.nr_conns == known:
                    break
            listener.close()
        self.sockets = []

    # Requests that arrive. Until they are whole, their connections are among gunicorn's ``pending_conns``,
    # in the order in which they began.

    def enqueue_req(self, conn: Any) -> None:
        """Have a request be last_handled; a new connection has to send it first, and to begin soon."""
        if not (conn.initialized or conn.data_ready):
            conn.sock = ClientSocket(conn.sock, self.app.client_timeout, self.app.max_body)
            if self.nr_conns >= self.worker_connections:
                self._drop_oldest()
        super().enqueue_req(conn)

    def wait_for_first_bytes(self, conn: Any) -> None:
        """Wait for a connection to send something."""
        self._wait_for(conn, self.app.client_timeout)

    def on_pending_socket_readable(self, conn: Any, client: ClientSocket) -> None:
        """Go on with a request once it has arrived; it has its time from its first byte."""
        if client.has_timed_out:  # since the poller has seen it
            return
        has_started = bool(client.buffer.data) or client.is_draining
        if client.receive_available():
            super().on_pending_socket_readable(conn, client)
            return
        if not has_started:
            conn.timeout = time.monotonic() + self.app.client_timeout
        client.send_continue()
        # While each has so little, it cannot be too much.
        if len(client.buffer.data) > RECEIVE_SIZE and self._pending_bytes() > _MAX_PENDING_BYTES:
            self._drop_oldest()

    def on_client_socket_readable(self, conn: Any, client: Any) -> None:
        """Go on with another request of a connection, at once if it has arrived."""
        if client.receive_available():
            super().on_client_socket_readable(conn, client)
            return
        client.send_continue()
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._wait_for(conn, self.app.client_timeout)

    def murder_pending(self) -> None:
        """Give up what has not arrived in time; a stopping worker leaves less to what has not started_at."""
        now = time.monotonic()
        for conn in list(self.pending_conns):
            if not (self.alive or conn.sock.buffer.data):
                conn.timeout = min(conn.timeout, now + _FIRST_BYTES_GRACE)
            if conn.timeout <= now:
                self._drop(conn)

    def _drop_oldest(self) -> None:
        """Make room for others."""
        if self.pending_conns:
            self._drop(self.pending_conns[0])

    def _pending_bytes(self) -> int:
        return sum(len(conn.sock.buffer.data) for conn in self.pending_conns)

    def _drop(self, conn: Any) -> None:
        """Answer a request as far as it has arrived, and close its connection."""
        conn.sock.has_timed_out = True
        super().on_pending_socket_readable(conn, conn.sock)

    # Requests that have arrived

    def handle(self, conn: Any) -> object:
        """Handle a connection's request, in a thread."""
        client = conn.sock
        if client.is_draining:
            return False
        kept = super().handle(conn)
        if client.is_incomplete and client.last_handled != conn.parser.req_count:
            self._send_error(client, RequestIncomplete())
        return bool(kept) and super().has_no_buffered_request(conn) and client.buffer.start_next()

    def handle_request(self, req: Any, conn: Any) -> object:
        """Hand a request to the application."""
        conn.sock.last_handled = conn.parser.req_count
        if not conn.sock.buffer.is_complete:
            req.force_close()
        # Whoever waited for a 100 has got it.
        req._expected_100_continue = False
        kept = super().handle_request(req, conn)
        conn.sock.flush()
        return kept

    def has_no_buffered_request(self, conn: Any) -> bool:
        """Tell whether nothing of a connection's next request has arrived with the last."""
        return not conn.sock.buffer.data

    def finish_request(self, conn: Any, fs: "Future[object]") -> None:
        """Keep a connection, or wait for the client to close it, or close it."""
        client, kept = conn.sock, fs.result()
        if kept or client.is_draining or client.has_timed_out:
            super().finish_request(conn, fs)
            if kept and client.buffer.data:
                self.on_client_socket_readable(conn, client)
        else:
            client.is_draining = True
            with suppress(OSError):  # the client has gone
                client.shutdown(socket.SHUT_WR)
            self._wait_for(conn, _DRAIN_SECONDS)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer a request that cannot be read in Kit's envelope; gunicorn would repeat it in its log."""
        if isinstance(exc, ParseException) and not isinstance(exc, _SERVER_ERRORS):
            self._send_error(client, _ERRORS.get(type(exc), MalformedRequest)())
        else:
            self.log.exception("A request could not be handled")
            self._send_error(client, InternalError())

    @staticmethod
    def _send_error(client: socket.socket, error: PluginError) -> None:
        outcome = type(error).__name__
        metrics.REFUSED.labels(outcome).inc()
        log_request("info", {"status": error.status, "outcome": outcome})
        answer = envelope.error_response(error)
        headers = {
            **SECURITY_HEADERS,
            **dict(answer.headers),
            "Cache-Control": "no-store",
            "Connection": "close",
        }
        lines = [f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([*lines, "", ""])
        with suppress(OSError):  # the client has gone
            client.send(head.encode("latin-1") + answer.get_data())
