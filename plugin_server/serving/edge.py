"""The worker that strangers can reach: slow clients, unreadable requests, and graceful shutdown.

gunicorn alone would wait for a slow client without a limit, in one of few threads, and respond in HTML to
what it cannot read. Here a request takes a thread only when it is complete, and until then the memory of
what has arrived; each client has CLIENT_TIMEOUT seconds to send a request and to take its response; and
whatever cannot be read gets Kit's envelope. A proxy in front can do that too, but not every deployment has
one.
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
from typing_extensions import override

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
from plugin_server.serving.endless_requests import RunningRequests
from plugin_server.serving.worker import LeaderFollowerWorker
from plugin_server.web.headers import SECURITY_HEADERS

# Seconds for which a worker waits for a client to close the connection after its last response. Closing
# first, while the client still sends, would make the system discard that response
# (https://www.rfc-editor.org/rfc/rfc9112#section-9.6).
_DRAIN_SECONDS = 2.0
# Bytes that the incomplete requests of a worker may take together.
_MAX_PENDING_BYTES = 32 * 1024 * 1024
# The signals that stop a worker.
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)

# Subclasses of ParseException that are our errors, not the client's.
_SERVER_ERRORS = (ConfigurationProblem, InvalidResponseHeader, InvalidResponseHeaderName)
_ERRORS: Mapping[type[Exception], type[PluginError]] = {
    LimitRequestLine: UrlTooLong,
    LimitRequestHeaders: HeadersTooLarge,
}


class EdgeWorker(LeaderFollowerWorker):
    """The plugin server's worker: one listener of its own, complete requests only, and Kit's envelope."""

    sockets: list[Any]

    @override
    def init_process(self) -> None:
        """Start to serve, on the first of the master's listeners only; see ``Master``."""
        for other in self.sockets[1:]:
            other.close()
        self.sockets = self.sockets[:1]
        self._running = RunningRequests(self.app.endless_seconds)
        super().init_process()

    @override
    def notify(self) -> None:
        """Notify the master that this worker is alive, unless endless requests hold all its threads.

        The master replaces a worker that it does not hear from.
        """
        if self._running.count_endless() < self.cfg.threads:
            super().notify()

    @override
    def init_signals(self) -> None:
        """Install signal handlers, then accept the signals that were blocked during the fork."""
        super().init_signals()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)

    @override
    def set_accept_enabled(self, enabled: bool) -> None:
        """Start or stop accepting connections; a stopping server first accepts those that wait.

        With the whole server stopping, no successor takes the listener over, and they would be lost.
        """
        # A worker that was stopped before it started does not start.
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

    # Incomplete requests. Their connections are in gunicorn's ``pending_conns``, the oldest first.

    @override
    def enqueue_req(self, conn: Any) -> None:
        """Queue a request; a new connection has CLIENT_TIMEOUT seconds to send its first bytes."""
        if not (conn.initialized or conn.data_ready):
            conn.sock = ClientSocket(conn.sock, self.app.client_timeout, self.app.max_body)
            if self.nr_conns >= self.worker_connections:
                self._drop_oldest()
        super().enqueue_req(conn)

    @override
    def wait_for_first_bytes(self, conn: Any) -> None:
        """Poll a new connection until it has sent something."""
        self._wait_for(conn, self.app.client_timeout)

    @override
    def on_pending_socket_readable(self, conn: Any, client: ClientSocket) -> None:
        """Buffer what has arrived; queue the request when complete. Its time runs from its first byte."""
        if client.has_timed_out:  # after the poller reported it
            return
        has_started = bool(client.buffer.data) or client.is_draining
        if client.receive_available():
            super().on_pending_socket_readable(conn, client)
            return
        if not has_started:
            conn.timeout = time.monotonic() + self.app.client_timeout
        client.send_continue()
        # The sum is computed only when a request is large enough to matter.
        if len(client.buffer.data) > RECEIVE_SIZE and self._pending_bytes() > _MAX_PENDING_BYTES:
            self._drop_oldest()

    @override
    def on_client_socket_readable(self, conn: Any, client: Any) -> None:
        """Queue the next request of a connection if it is complete, else wait for the rest."""
        if client.receive_available():
            super().on_client_socket_readable(conn, client)
            return
        client.send_continue()
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._wait_for(conn, self.app.client_timeout)

    @override
    def murder_pending(self) -> None:
        """Refuse requests that did not arrive in time; a stopping worker waits less for the first bytes."""
        now = time.monotonic()
        for conn in list(self.pending_conns):
            if not (self.alive or conn.sock.buffer.data):
                conn.timeout = min(conn.timeout, now + shutdown.FIRST_BYTE_SECONDS)
            if conn.timeout <= now:
                self._drop(conn)

    def _drop_oldest(self) -> None:
        """Refuse the oldest incomplete request, to make room."""
        if self.pending_conns:
            self._drop(self.pending_conns[0])

    def _pending_bytes(self) -> int:
        return sum(len(conn.sock.buffer.data) for conn in self.pending_conns)

    def _drop(self, conn: Any) -> None:
        """Handle a request as far as it has arrived, which refuses it, and close its connection."""
        conn.sock.has_timed_out = True
        super().on_pending_socket_readable(conn, conn.sock)

    # Complete requests

    @override
    def handle(self, conn: Any) -> object:
        """Handle a connection's request; return whether the connection stays open."""
        client = conn.sock
        if client.is_draining:
            return False
        keep_alive = super().handle(conn)
        if client.is_incomplete and client.last_handled != conn.parser.req_count:
            self._send_error(client, RequestIncomplete())
        return (
            bool(keep_alive)
            and super().has_no_buffered_request(conn)
            and client.buffer.start_next()
        )

    @override
    def handle_request(self, req: Any, conn: Any) -> object:
        """Have the application respond; an incomplete request is the connection's last."""
        conn.sock.last_handled = conn.parser.req_count
        if not conn.sock.buffer.is_complete:
            req.force_close()
        # A client that waited for 100 Continue has received it.
        req._expected_100_continue = False
        self._running.start()
        try:
            keep_alive = super().handle_request(req, conn)
            conn.sock.flush()
        finally:
            self._running.end()
        return keep_alive

    @override
    def has_no_buffered_request(self, conn: Any) -> bool:
        return not conn.sock.buffer.data

    @override
    def finish_request(self, conn: Any, fs: "Future[object]") -> None:
        """Keep a connection open, wait for the client to close it, or close it."""
        client, keep_alive = conn.sock, fs.result()
        if keep_alive or client.is_draining or client.has_timed_out:
            super().finish_request(conn, fs)
            if keep_alive and client.buffer.data:
                self.on_client_socket_readable(conn, client)
        else:
            client.is_draining = True
            with suppress(OSError):  # the client has gone
                client.shutdown(socket.SHUT_WR)
            self._wait_for(conn, _DRAIN_SECONDS)

    @override
    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Respond to an unreadable request in Kit's envelope; gunicorn would write the request to its log."""
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
        response = envelope.error_response(error)
        headers = {
            **SECURITY_HEADERS,
            **dict(response.headers),
            "Cache-Control": "no-store",
            "Connection": "close",
        }
        lines = [f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([*lines, "", ""])
        with suppress(OSError):  # the client has gone
            client.send(head.encode("latin-1") + response.get_data())
