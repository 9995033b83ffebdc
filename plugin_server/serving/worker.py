"""The gunicorn worker of both servers."""

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

from plugin_server import blocking

# Seconds after which a thread that answers a request, and has not said that it waits, is taken to wait.
_STUCK_SECONDS = 0.1
# … and for which the main thread lets others lead, at least.
_MIN_LEAD_SECONDS = 0.05


def _outcome(kept: object) -> "Future[object]":
    outcome: Future[object] = Future()
    outcome.set_result(kept)
    return outcome


class LeaderFollowerWorker(ThreadWorker):
    """gunicorn's threaded worker, whose threads do not get in each other's way.

    Python runs one thread at a time. ThreadWorker has one thread that looks after the connections and
    hands each request to another: threads that all want to run wait for each other in turns of 5 ms, and
    every hand-over costs as much as an answer from memory does.

    Here one thread, the leader, looks after the connections and answers their requests itself, one after
    the other. When a request has to wait, for Kit or for a slow client, its thread steps aside, and another
    one leads from then on; so does another when an answer takes suspiciously long. Only the leader touches
    the poller and the lists of connections, or the main thread, which leads now and then to do what it has
    to, and replaces a leader that is stuck in an answer.

    With ThreadWorker instead, two processes answer 0.57 times as many repeated requests, 0.66 times as many
    of the editing mix, and 0.74 times as many while Kit is slow.
    """

    keepalived_conns: deque[TConn]

    def init_process(self) -> None:
        """Begin to serve, after the fork."""
        # The configuration searches for each setting anew, dozens of times for each request; what stands
        # in the object itself is found at once.
        own = cast("dict[str, Any]", vars(self.cfg))
        own.update({name: setting.get() for name, setting in self.cfg.settings.items()})
        # Connections with something to read, and those of them that are still in the poller.
        self._ready: deque[TConn] = deque()
        self._polled: set[TConn] = set()
        # What the leader answers, and since when.
        self._current_request: tuple[TConn, float] | None = None
        self._leader: int | None = threading.get_ident()
        self._threads = self._idle = 0
        self._main_thread_waits = self._is_stopped = False
        self._failure: BaseException | None = None
        change = threading.Lock()
        self._change = change
        self._leader_vacant, self._main_thread_may_lead = (
            threading.Condition(change),
            threading.Condition(change),
        )
        # Held until there is news; unlike an event's, its methods may be called by a signal's handler.
        self._main_thread_lock = threading.Lock()
        blocking.set_hook(self._before_blocking)
        super().init_process()

    def run(self) -> None:
        """Serve until it is told to stop; threads finish what they have started_at."""
        try:
            super().run()
        finally:
            with self._change:
                self._is_stopped = True
                self._leader_vacant.notify_all()

    # The main thread: it leads while it does not wait

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Have other threads lead for so many seconds, or until the main thread is needed.

        Raises:
            Exception: looking after the connections has failed; as in ThreadWorker, the worker ends of it.
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
                self.notify()
                self._wake_leader()
                if not self._main_thread_may_lead.wait(_STUCK_SECONDS):
                    self._replace_stuck_leader()
            self._leader, self._main_thread_waits = threading.get_ident(), False
        if self._failure:
            raise self._failure
        if not self._ready:
            # While all threads wait, nobody looks; and what has something to say must not be taken for idle.
            super().wait_for_and_dispatch_events(0)

    def murder_keepalived(self, force: bool = False) -> None:
        """Close connections that have been idle for too long, or all that are idle."""
        everyone = self.keepalived_conns
        self.keepalived_conns = deque(conn for conn in everyone if conn not in self._polled)
        super().murder_keepalived(force)
        self.keepalived_conns.extend(conn for conn in everyone if conn in self._polled)

    def _notify_main_thread(self) -> None:
        """Have the main thread look at once."""
        with suppress(RuntimeError):  # it is about to
            self._main_thread_lock.release()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop."""
        super().handle_exit(sig, frame)
        self._notify_main_thread()

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """End at once, but for what threads have started_at; ThreadWorker waits for its pool's lock here."""
        self._is_stopped = True
        self._wake_leader()
        Worker.handle_quit(self, sig, frame)

    # Who leads; each of these is called with ``_change``

    def _give_up_lead(self) -> None:
        if self._current_request and self._current_request[0] in self._polled:
            self._take_from_poller(self._current_request[0])
        self._current_request = self._leader = None
        if self._main_thread_waits:
            self._main_thread_may_lead.notify()
        elif self._idle:
            self._leader_vacant.notify()
        elif self._threads < self.cfg.threads:
            try:
                threading.Thread(target=self._run_follower, name="requests").start()
                self._threads += 1
            except RuntimeError:  # the machine has no more; the next that has finished leads
                if not self._threads:
                    raise

    def _replace_stuck_leader(self) -> None:
        serving = self._current_request
        if serving and time.monotonic() - serving[1] > _STUCK_SECONDS:
            self._give_up_lead()

    # All other threads

    def _run_follower(self) -> None:
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
        """Answer requests until somebody else leads."""
        while not self._is_stopped:
            while self._ready:
                if not self._serve(self._ready.popleft()):
                    return
            if self._main_thread_waits:
                with self._change:
                    self._give_up_lead()
                return
            super().wait_for_and_dispatch_events(1.0)

    def _serve(self, conn: TConn) -> bool:
        """Answer a request; tell whether this thread still leads."""
        self._current_request = (conn, time.monotonic())
        kept: object = False
        try:
            kept = self.handle(conn)
        except BaseException:  # this thread is to live on, whatever a library raises
            self.log.exception("A connection could not be handled")
        with self._change:
            leads = self._leader == threading.get_ident()
            if leads:
                self._current_request = None
        if not leads:
            self.method_queue.defer(self.finish_request, conn, _outcome(kept))
        elif (
            kept is True
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
            self.finish_request(conn, _outcome(kept))
        return leads

    def _before_blocking(self) -> None:
        """Have another thread lead, if it is this one that does: its request is about to wait."""
        if self._leader == threading.get_ident():
            with self._change:
                if self._current_request and self._leader == threading.get_ident():
                    self._give_up_lead()

    def _wake_leader(self) -> None:
        self.method_queue.defer(lambda: None)

    # What ThreadWorker's own methods call, in the leader

    def accept(self, listener: Any) -> None:
        """Take a new connection; the main thread ceases to listen when there are too many."""
        if self.nr_conns < self.worker_connections:
            super().accept(listener)
        else:
            self._notify_main_thread()

    def enqueue_req(self, conn: TConn) -> None:
        """Have a request be last_handled; a new connection has to send something first."""
        if conn.initialized or conn.data_ready:
            self._ready.append(conn)
        else:
            self.wait_for_first_bytes(conn)

    def wait_for_first_bytes(self, conn: TConn) -> None:
        """Wait for a new connection to send something."""
        self._wait_for(conn, self.cfg.keepalive)

    def _wait_for(self, conn: TConn, seconds: float) -> None:
        conn.timeout = time.monotonic() + seconds
        self.pending_conns.append(conn)
        readable = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, readable)

    def on_client_socket_readable(self, conn: TConn, client: object) -> None:
        """Have the next request of a connection be last_handled; most need not leave the poller for that."""
        self._polled.add(conn)
        self._ready.append(conn)

    def has_no_buffered_request(self, conn: TConn) -> bool:
        """Tell whether nothing of a next request has been read with the last."""
        return not conn.parser.unreader.buf.getvalue()

    def finish_request(self, conn: TConn, fs: "Future[object]") -> None:
        """Keep a connection, or close it."""
        super().finish_request(conn, fs)
        if not (self.alive and self._accepting):
            self._notify_main_thread()

    def _take_from_poller(self, conn: TConn) -> None:
        self._polled.remove(conn)
        self.poller.unregister(conn.sock)
        self.keepalived_conns.remove(conn)
