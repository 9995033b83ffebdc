"""The audit log: one line for every grant, refresh, reuse, revocation and failure.

It contains ids and reasons only; never a token, a code, a secret or an email address.
"""

import logging

from plugin_server.observe import metrics
from plugin_server.observe.throttle import Throttle

log = logging.getLogger("plugin_server.audit")
_refusals = Throttle(log, logging.INFO)


def audit(event: str, **ids: object) -> None:
    """Write and count an event, such as ``tokens_refreshed`` with ``account=26, family=3``."""
    metrics.EVENTS.labels(event).inc()
    log.info(event, extra={name: value for name, value in ids.items() if value is not None})


def audit_rate_limited(endpoint: str | None) -> None:
    """Count a rate-limited request; write at most one line a second, however many are refused."""
    metrics.EVENTS.labels("rate_limited").inc()
    _refusals.write("rate_limited", endpoint=endpoint)
