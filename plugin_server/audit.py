"""The audit log: one line for every grant, refresh, reuse, revocation and failure.

It holds ids and reasons only; never a token, a code, a secret or an email address.
"""

import logging

log = logging.getLogger("plugin_server.audit")


def audit(event: str, **ids: object) -> None:
    """Write one line, such as ``tokens_refreshed account=26 family=3``."""
    details = " ".join(f"{name}={value}" for name, value in ids.items() if value is not None)
    log.info("%s %s", event, details)
