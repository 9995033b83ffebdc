"""The gunicorn worker of both servers."""

from types import FrameType

from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import ThreadWorker


class QuickWorker(ThreadWorker):
    """gunicorn's threaded worker, which always ends at once when it is told to (SIGQUIT, from SIGINT)."""

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """End without shutting the thread pool down from inside the signal handler.

        ThreadWorker does that first. It needs the pool's lock, which the interrupted code holds while
        it hands a request over, so the worker hung until it was killed. The interpreter shuts the
        pool down itself when it ends.
        """
        Worker.handle_quit(self, sig, frame)
