"""gunicorn's master process: it owns the listeners and shuts the server down gracefully."""

import signal
import time
from typing import Any

from gunicorn import sock
from gunicorn.arbiter import Arbiter
from typing_extensions import override

from plugin_server.serving import shutdown
from plugin_server.serving.edge import STOP_SIGNALS


class Master(Arbiter):
    """gunicorn's master with one listener for each worker, and a delay before the server stops.

    On a shared listener a single worker accepts a whole burst of connections. gunicorn can have each worker
    open its own (``reuse_port``), but the connections that wait there are dropped when that worker stops or
    is killed. Here the master opens them, and a worker's successor takes its listener over.
    """

    def __init__(self, app: Any, delay: float) -> None:
        """Take gunicorn's application, and how many seconds to go on serving after SIGTERM."""
        self._delay = delay
        # ``age`` of the newest worker that is being replaced; gunicorn counts workers up by it.
        self._newest_outgoing = 0
        super().__init__(app)

    @override
    def start(self) -> None:
        """Open one listener for each worker."""
        self.cfg.set("reuse_port", True)
        self.LISTENERS = [
            listener
            for _ in range(self.cfg.workers)
            for listener in sock.create_sockets(self.cfg, self.log)
        ]
        # With this set, gunicorn's workers would open listeners themselves.
        self.cfg.set("reuse_port", False)
        super().start()

    @override
    def spawn_worker(self) -> Any:
        """Start a worker on the first listener: one that no worker has, except one being replaced."""
        taken = [
            each.sockets[0] for each in self.WORKERS.values() if each.age > self._newest_outgoing
        ]
        self.LISTENERS = sorted(self.LISTENERS, key=taken.count)
        # A new worker has the master's signal handlers at first, in which a signal would be lost.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        try:
            return super().spawn_worker()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    @override
    def reload(self) -> None:
        """Replace all workers."""
        self._newest_outgoing = self.worker_age
        super().reload()

    @override
    def handle_ttin(self) -> None:
        """Ignore SIGTTIN and SIGTTOU: there are as many workers as listeners."""

    handle_ttou = handle_ttin

    @override
    def handle_term(self) -> None:
        """Go on serving for SHUTDOWN_DELAY while /readyz fails, then stop; SIGINT and SIGQUIT stop at once.

        Load balancers need that time to notice, and would send requests to a closed port otherwise.
        """
        shutdown.announce()
        end = time.monotonic() + self._delay
        while (left := end - time.monotonic()) > 0:
            for number in self.wait_for_signals(timeout=left):
                if number in (signal.SIGINT, signal.SIGQUIT):
                    self.handle_quit()
        super().handle_term()
