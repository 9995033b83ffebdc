"""Whether the server is about to stop: said by the master process, seen by all of its workers."""

import mmap

# Memory that processes share over a fork; made when the master imports this.
_flag = mmap.mmap(-1, 1)


def announce() -> None:
    """Say that the server is about to stop."""
    _flag[0] = 1


def is_announced() -> bool:
    """Return whether it is."""
    return _flag[0] == 1
