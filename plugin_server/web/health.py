"""Health checks: ``/healthz`` (liveness) and ``/readyz`` (readiness)."""

from collections.abc import Callable, Sequence

from flask import Blueprint

from plugin_server.errors import StoreUnavailable
from plugin_server.kit.cache.shared import SharedCache
from plugin_server.store.base import Store
from plugin_server.store.schema import SchemaOutdated

# Returns what is wrong, as a sentence; "" when nothing is.
Check = Callable[[], str]


def make_blueprint(required: Sequence[Check], optional: Sequence[Check]) -> Blueprint:
    """Return the two probes.

    Args:
        required: checks without which the server should get no requests: ``/readyz`` responds 503.
        optional: checks without which it works, but less well: ``/readyz`` says ``degraded``.
    """
    bp = Blueprint("health", __name__)

    @bp.get("/healthz")
    def healthz() -> dict[str, str]:
        """Respond as long as the process runs."""
        return {"status": "ok"}

    @bp.get("/readyz")
    def readyz() -> tuple[dict[str, str], int]:
        """Respond 200, also to what only slows the server down, or 503; with the reasons."""
        if reasons := _failed(required):
            return {"status": "not ready", "reason": reasons}, 503
        if reasons := _failed(optional):
            return {"status": "degraded", "reason": reasons}, 200
        return {"status": "ok"}, 200

    return bp


def _failed(checks: Sequence[Check]) -> str:
    return " ".join(reason for check in checks if (reason := check()))


def check_running(is_stopping: Callable[[], bool]) -> str:
    """Check that the server is not about to stop, so that a load balancer sends it nothing new."""
    return "The server is stopping." if is_stopping() else ""


def check_store(store: Store) -> str:
    """Check that the database answers and that its schema is current."""
    try:
        store.ping()
    except SchemaOutdated as error:
        return str(error)
    except StoreUnavailable:
        return "The database does not answer."
    return ""


def check_shared(shared: SharedCache) -> str:
    """Check that the Redis that processes share responds, if there is one."""
    if shared.is_available():
        return ""
    return "Redis does not respond: each process asks Kit, and counts limits, for itself."
