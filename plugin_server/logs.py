"""Logging: what is written, and what never is.

The libraries below log requests, answers and tokens at their lower levels; they are kept above
those whatever LOG_LEVEL says.
"""

import logging

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_TALKATIVE = ("authlib", "httpx2", "httpcore2", "sqlalchemy", "alembic")


def configure(level: str) -> None:
    """Write this process's log to standard error, from ``level`` upwards."""
    logging.basicConfig(level=level, format=_FORMAT, force=True)
    # The audit log is written whatever else is.
    logging.getLogger("plugin_server.audit").setLevel(logging.INFO)
    quieten_libraries()


def quieten_libraries() -> None:
    """Keep the libraries' lower levels out of the log; Authlib, for one, shows tokens there."""
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
