"""What gunicorn is told so that its lines and its workers' metrics come together with ours."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger
from typing_extensions import override

from plugin_server.observe import metrics


def shared_memory_folder() -> str | None:
    """Return the folder whose files are in memory; ``None``: that of temporary files must do."""
    shared = "/dev/shm"  # noqa: S108 - for private files  # nosec B108
    return shared if os.access(shared, os.W_OK) else None


class PipelineLogger(Logger):
    """gunicorn's logger, writing through ours; without an access log, whose lines hold query strings."""

    @override
    def setup(self, cfg: Any) -> None:
        """Add no handlers: those of the root logger write gunicorn's lines, too."""
        self.cfg = cfg
        self._access_log_enabled = False
        self.error_log.propagate = True


@contextmanager
def shared_metrics() -> Iterator[None]:
    """Have all of this process's workers count together, in a fresh folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="plugin-server-metrics-", dir=shared_memory_folder()))
    metrics.share(folder)
    owner = os.getpid()
    try:
        yield
    finally:
        # A worker that ends comes by here as well, and its successors count on.
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)


def gunicorn_settings() -> dict[str, Any]:
    """Return gunicorn's settings for all this."""
    return {
        "logger_class": PipelineLogger,
        "pre_fork": _assign_slot,
        "post_fork": _use_slot,
        "child_exit": _release_slot,
    }


def _assign_slot(arbiter: Any, worker: Any) -> None:
    taken = {each.slot for each in arbiter.WORKERS.values()}
    worker.slot = next(place for place in range(len(taken) + 1) if place not in taken)


def _use_slot(_arbiter: Any, worker: Any) -> None:
    metrics.use_worker_slot(str(worker.slot))


def _release_slot(_arbiter: Any, worker: Any) -> None:
    metrics.release_worker_slot(str(worker.slot))
