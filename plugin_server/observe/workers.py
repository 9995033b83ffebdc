"""gunicorn's settings for logs and metrics: its lines go through our log, its workers count together."""

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
    """Return the folder whose files are in memory; ``None`` where there is none."""
    shared = "/dev/shm"  # noqa: S108 - for private files  # nosec B108
    return shared if os.access(shared, os.W_OK) else None


class PipelineLogger(Logger):
    """gunicorn's logger, writing through ours; without an access log, whose lines have query strings."""

    @override
    def setup(self, cfg: Any) -> None:
        """Add no handlers: the root logger's also write gunicorn's lines."""
        self.cfg = cfg
        self._access_log_enabled = False
        self.error_log.propagate = True


@contextmanager
def shared_metrics() -> Iterator[None]:
    """Have all of this process's workers count together, in a temporary folder."""
    folder = Path(tempfile.mkdtemp(prefix="plugin-server-metrics-", dir=shared_memory_folder()))
    metrics.share(folder)
    owner = os.getpid()
    try:
        yield
    finally:
        # A worker that stops also gets here, and its successors still need the folder.
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)


def gunicorn_settings() -> dict[str, Any]:
    """Return gunicorn's settings for the logger, and the hooks that assign workers their metrics' slot."""
    return {
        "logger_class": PipelineLogger,
        "pre_fork": _assign_slot,
        "post_fork": _use_slot,
        "child_exit": _release_slot,
    }


def _assign_slot(arbiter: Any, worker: Any) -> None:
    taken = {each.slot for each in arbiter.WORKERS.values()}
    worker.slot = next(slot for slot in range(len(taken) + 1) if slot not in taken)


def _use_slot(_arbiter: Any, worker: Any) -> None:
    metrics.use_worker_slot(str(worker.slot))


def _release_slot(_arbiter: Any, worker: Any) -> None:
    metrics.release_worker_slot(str(worker.slot))
