"""Graceful shutdown: how long it takes, and the flag that the server is about to stop.

The master process sets the flag, all workers read it. For ``SHUTDOWN_DELAY`` seconds the server goes on as
before, with ``/readyz`` failing; then workers stop.
"""

import mmap

# Seconds that a stopping worker has for the requests that it handles.
GRACEFUL_SECONDS = 15
# … and for connections that have not sent anything yet.
FIRST_BYTE_SECONDS = 2.0

# Memory that forked processes share; made when the master imports this module.
_flag = mmap.mmap(-1, 1)


def announce() -> None:
    """Set the flag."""
    _flag[0] = 1


def is_announced() -> bool:
    """Return whether the server is about to stop."""
    return _flag[0] == 1
