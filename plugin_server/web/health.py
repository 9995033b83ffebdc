"""Health checks: ``/healthz`` (liveness) and ``/readyz`` (readiness)."""

from collections.abc import Callable, Sequence
from functools import partial

from flask import Blueprint

from plugin_server.blocks.loading import BlockFailure
from plugin_server.errors import StoreUnavailable
from plugin_server.findings.wording import listed
from plugin_server.kit.cache.shared import SharedCache
from plugin_server.store.base import Store
from plugin_server.store.schema import SchemaOutdated

# Returns what is wrong, as a sentence; "" when nothing is.
Check = Callable[[], str]


def make_blueprint(
    store: Store,
    shared: SharedCache,
    failures: Sequence[BlockFailure],
    is_stopping: Callable[[], bool],
) -> Blueprint:
    """Return the two probes.

    Args:
        store: the database, without which the server cannot respond to anybody.
        shared: the cache that processes share, without which the server works, but less well.
        failures: blocks that could not be loaded, while the others are served.
        is_stopping: whether the server is about to stop.
    """
    bp = Blueprint("health", __name__)
    required: tuple[Check, ...] = (partial(check_running, is_stopping), partial(check_store, store))
    optional: tuple[Check, ...] = (partial(check_shared, shared), partial(check_blocks, failures))

    @bp.get("/healthz")
    def healthz() -> dict[str, str]:
        """Respond 200 as long as the process runs."""
        return {"status": "ok"}

    @bp.get("/readyz")
    def readyz() -> tuple[dict[str, str], int]:
        """Respond 503 if a required check fails, else 200; with the reasons.

        A failed optional check makes it ``degraded``: the server still gets requests.
        """
        if reasons := _failed(required):
            return {"status": "not ready", "reason": reasons}, 503
        if reasons := _failed(optional):
            return {"status": "degraded", "reason": reasons}, 200
        return {"status": "ok"}, 200

    return bp


def check_running(is_stopping: Callable[[], bool]) -> str:
    """Check that the server is not about to stop, so that a load balancer sends it nothing new."""
    return "The server is stopping." if is_stopping() else ""


def check_store(store: Store) -> str:
    """Check that the database responds and that its schema is current."""
    try:
        store.ping()
    except SchemaOutdated as error:
        return str(error)
    except StoreUnavailable:
        return "The database does not respond."
    return ""


def check_shared(shared: SharedCache) -> str:
    """Check that the Redis that processes share responds, if there is one."""
    if shared.is_available():
        return ""
    return "Redis does not respond: each process requests Kit, and counts limits, for itself."


def check_blocks(failures: Sequence[BlockFailure]) -> str:
    """Check that every block of every installed package could be loaded; why not is in the log."""
    return f"Left out: {listed([*map(str, failures)], 'and')}." if failures else ""


def _failed(checks: Sequence[Check]) -> str:
    return " ".join(reason for check in checks if (reason := check()))
