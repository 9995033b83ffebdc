"""gunicorn's master process: it keeps the listeners and shuts down gracefully."""

import signal
import time
from typing import Any

from gunicorn import sock
from gunicorn.arbiter import Arbiter

from plugin_server.serving import shutdown
from plugin_server.serving.edge import STOP_SIGNALS


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
        self._newest_outgoing = 0
        super().__init__(app)

    def start(self) -> None:
        """Listen, once for each worker."""
        self.cfg.set("reuse_port", True)
        self.LISTENERS = [
            listener
            for _ in range(self.cfg.workers)
            for listener in sock.create_sockets(self.cfg, self.log)
        ]
        # From here on it would mean that workers listen for themselves.
        self.cfg.set("reuse_port", False)
        super().start()

    def spawn_worker(self) -> Any:
        """Start a worker, which takes the first of the listeners: one that nobody has who stays."""
        taken = [
            each.sockets[0] for each in self.WORKERS.values() if each.age > self._newest_outgoing
        ]
        self.LISTENERS = sorted(self.LISTENERS, key=taken.count)
        # Until a worker has handlers of its own, it has the master's, to which a signal would be lost.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        try:
            return super().spawn_worker()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def reload(self) -> None:
        """Replace all workers."""
        self._newest_outgoing = self.worker_age
        super().reload()

    def handle_ttin(self) -> None:
        """Leave the number of workers as it is: that of the listeners."""

    handle_ttou = handle_ttin

    def handle_term(self) -> None:
        """Go on serving for a while with /readyz failing, then stop; SIGINT and SIGQUIT cut it short."""
        shutdown.announce()
        end = time.monotonic() + self._delay
        while (left := end - time.monotonic()) > 0:
            for number in self.wait_for_signals(timeout=left):
                if number in (signal.SIGINT, signal.SIGQUIT):
                    self.handle_quit()
        super().handle_term()
