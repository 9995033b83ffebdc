"""The flag that the server is about to stop: set by the master process, read by all workers."""

import mmap

# Memory that forked processes share; made when the master imports this module.
_flag = mmap.mmap(-1, 1)


def announce() -> None:
    """Set the flag."""
    _flag[0] = 1


def is_announced() -> bool:
    """Return whether the server is about to stop."""
    return _flag[0] == 1
