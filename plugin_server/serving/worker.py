"""The gunicorn worker of both servers: gunicorn's threaded worker with the leader/followers pattern."""

import selectors
import threading
import time
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import Any, cast

from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import TConn, ThreadWorker
from typing_extensions import override

from plugin_server import blocking

# Seconds after which a leader that is still handling a request, and has not called ``before_blocking``, is
# taken to be blocked.
_STUCK_SECONDS = 0.1
# Seconds for which the main thread lets others lead, at least.
_MIN_LEAD_SECONDS = 0.05


def _completed(result: object) -> "Future[object]":
    future: Future[object] = Future()
    future.set_result(result)
    return future


class LeaderFollowerWorker(ThreadWorker):
    """gunicorn's threaded worker, with one thread at a time that polls and handles requests.

    Python runs one thread at a time. ThreadWorker polls in one thread and hands each request to another:
    threads that are ready to run wait for each other in turns of 5 ms, and every hand-over costs as much as
    a response from memory.

    Here one thread, the leader, polls the connections and handles their requests itself, one after another.
    When a request is about to block, on Kit or a slow client, its thread gives up the lead and another one
    leads from then on; the same happens when a request takes suspiciously long. Only the leader touches the
    poller and the lists of connections. The main thread leads now and then for what gunicorn does there
    (timeouts, signals, the listener), and replaces a leader that is stuck in a request.

    With ThreadWorker instead, two processes handle 0.57 times as many repeated requests, 0.66 times as many
    of the editing mix, and 0.74 times as many while Kit is slow. That is why it stays, although it overrides
    methods of gunicorn that gunicorn does not document.
    """

    keepalived_conns: deque[TConn]

    @override
    def init_process(self) -> None:
        """Start to serve, after the fork."""
        # gunicorn's configuration looks each setting up again, dozens of times for each request; as an
        # attribute of the object itself it is found at once.
        own = cast("dict[str, Any]", vars(self.cfg))
        own.update({name: setting.get() for name, setting in self.cfg.settings.items()})
        # Connections with something to read, and those of them that are still in the poller.
        self._ready: deque[TConn] = deque()
        self._polled: set[TConn] = set()
        # The connection whose request the leader is handling, and since when.
        self._current_request: tuple[TConn, float] | None = None
        self._leader: int | None = threading.get_ident()
        self._threads = self._idle = 0
        self._main_thread_waits = self._is_stopped = False
        self._failure: BaseException | None = None
        self._change = threading.Lock()
        self._leader_vacant = threading.Condition(self._change)
        self._main_thread_may_lead = threading.Condition(self._change)
        # Held until the main thread is needed. Unlike an event's, a lock's methods may be called by a
        # signal handler.
        self._main_thread_lock = threading.Lock()
        blocking.set_hook(self._give_up_lead_if_leader)
        super().init_process()

    @override
    def run(self) -> None:
        """Serve until a signal stops the worker; threads finish the requests that they handle."""
        try:
            super().run()
        finally:
            with self._change:
                self._is_stopped = True
                self._leader_vacant.notify_all()

    # The main thread, which leads unless it waits

    @override
    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Let other threads lead for ``timeout`` seconds, or until the main thread is needed.

        Raises:
            Exception: polling has failed; as in ThreadWorker, the worker stops because of it.
        """
        with self._change:
            self._give_up_lead()
        # Long enough for a thread that has just become free to notice.
        end = time.monotonic() + max(timeout, _MIN_LEAD_SECONDS)
        while (left := end - time.monotonic()) > 0:
            if self._main_thread_lock.acquire(timeout=min(left, _STUCK_SECONDS)):
                break
            with self._change:
                self._replace_stuck_leader()
        with self._change:
            self._main_thread_waits = True
            while self._leader is not None:
                self.notify()  # gunicorn's master that this worker is alive
                self._wake_leader()
                if not self._main_thread_may_lead.wait(_STUCK_SECONDS):
                    self._replace_stuck_leader()
            self._leader, self._main_thread_waits = threading.get_ident(), False
        if self._failure:
            raise self._failure
        if not self._ready:
            # While all threads are blocked nobody polls, and a connection with a request waiting must not
            # be closed as idle.
            super().wait_for_and_dispatch_events(0)

    @override
    def murder_keepalived(self, force: bool = False) -> None:
        """Close connections that have been idle for too long; with ``force`` all idle ones."""
        everyone = self.keepalived_conns
        self.keepalived_conns = deque(conn for conn in everyone if conn not in self._polled)
        super().murder_keepalived(force)
        self.keepalived_conns.extend(conn for conn in everyone if conn in self._polled)

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop gracefully."""
        super().handle_exit(sig, frame)
        self._notify_main_thread()

    @override
    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """Stop at once, but for requests being handled; ThreadWorker waits for its pool's lock here."""
        self._is_stopped = True
        self._wake_leader()
        Worker.handle_quit(self, sig, frame)

    def _notify_main_thread(self) -> None:
        """Have the main thread look at signals and the listener at once."""
        with suppress(RuntimeError):  # it has been notified already
            self._main_thread_lock.release()

    # The lead; all but the last two are called while ``_change`` is held

    def _give_up_lead(self) -> None:
        """Pass the lead on: to the main thread if it waits, else to an idle thread or a new one."""
        if self._current_request and self._current_request[0] in self._polled:
            self._take_from_poller(self._current_request[0])
        self._current_request = self._leader = None
        if self._main_thread_waits:
            self._main_thread_may_lead.notify()
        elif self._idle:
            self._leader_vacant.notify()
        elif self._threads < self.cfg.threads:
            try:
                threading.Thread(target=self._run_thread, name="requests").start()
                self._threads += 1
            except RuntimeError:  # the machine has no more threads; the next one that is free leads
                if not self._threads:
                    raise

    def _replace_stuck_leader(self) -> None:
        current = self._current_request
        if current and time.monotonic() - current[1] > _STUCK_SECONDS:
            self._give_up_lead()

    def _give_up_lead_if_leader(self) -> None:
        """Give up the lead if this thread has it: its request is about to block."""
        if self._leader == threading.get_ident():
            with self._change:
                if self._current_request and self._leader == threading.get_ident():
                    self._give_up_lead()

    def _wake_leader(self) -> None:
        """Have the leader return from polling."""
        self.method_queue.defer(lambda: None)

    # All other threads

    def _run_thread(self) -> None:
        """Follow until the lead is vacant, lead, and follow again."""
        me = threading.get_ident()
        while True:
            with self._change:
                self._idle += 1
                while not self._is_stopped and (
                    self._leader is not None or self._main_thread_waits
                ):
                    self._leader_vacant.wait()
                self._idle -= 1
                if self._is_stopped:
                    return
                self._leader = me
            try:
                self._lead()
            except BaseException as error:  # noqa: BLE001 - the main thread raises it again
                self._failure = error
                with self._change:
                    self._give_up_lead()
                self._notify_main_thread()
                return

    def _lead(self) -> None:
        """Poll and handle requests until another thread leads."""
        while not self._is_stopped:
            while self._ready:
                if not self._handle_request_of(self._ready.popleft()):
                    return
            if self._main_thread_waits:
                with self._change:
                    self._give_up_lead()
                return
            super().wait_for_and_dispatch_events(1.0)

    def _handle_request_of(self, conn: TConn) -> bool:
        """Handle a connection's request; return whether this thread still leads."""
        self._current_request = (conn, time.monotonic())
        keep_alive: object = False
        try:
            keep_alive = self.handle(conn)
        except BaseException:  # this thread must live on, whatever a library raises
            self.log.exception("A connection could not be handled")
        with self._change:
            leads = self._leader == threading.get_ident()
            if leads:
                self._current_request = None
        if not leads:
            self.method_queue.defer(self.finish_request, conn, _completed(keep_alive))
        elif (
            keep_alive is True
            and conn in self._polled
            and self.alive
            and self.has_no_buffered_request(conn)
        ):
            self._polled.remove(conn)
            self.keepalived_conns.remove(conn)
            conn.set_timeout()
            self.keepalived_conns.append(conn)
        else:
            if conn in self._polled:
                self._take_from_poller(conn)
            self.finish_request(conn, _completed(keep_alive))
        return leads

    # What ThreadWorker's own methods call, in the leader

    @override
    def accept(self, listener: Any) -> None:
        """Accept a connection; at the limit, have the main thread stop listening."""
        if self.nr_conns < self.worker_connections:
            super().accept(listener)
        else:
            self._notify_main_thread()

    @override
    def enqueue_req(self, conn: TConn) -> None:
        """Queue a connection's request; a new connection has to send something first."""
        if conn.initialized or conn.data_ready:
            self._ready.append(conn)
        else:
            self.wait_for_first_bytes(conn)

    def wait_for_first_bytes(self, conn: TConn) -> None:
        """Poll a new connection until it has sent something."""
        self._wait_for(conn, self.cfg.keepalive)

    def _wait_for(self, conn: TConn, seconds: float) -> None:
        conn.timeout = time.monotonic() + seconds
        self.pending_conns.append(conn)
        readable = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, readable)

    @override
    def on_client_socket_readable(self, conn: TConn, client: object) -> None:
        """Queue the next request of a connection, which may stay in the poller while it is handled."""
        self._polled.add(conn)
        self._ready.append(conn)

    def has_no_buffered_request(self, conn: TConn) -> bool:
        """Return whether nothing of a next request has been read together with the last."""
        return not conn.parser.unreader.buf.getvalue()

    @override
    def finish_request(self, conn: TConn, fs: "Future[object]") -> None:
        """Keep a connection open for its next request, or close it."""
        super().finish_request(conn, fs)
        if not (self.alive and self._accepting):
            self._notify_main_thread()

    def _take_from_poller(self, conn: TConn) -> None:
        self._polled.remove(conn)
        self.poller.unregister(conn.sock)
        self.keepalived_conns.remove(conn)
