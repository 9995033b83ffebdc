"""Hook called before a blocking operation.

Our gunicorn worker (``serving/worker.py``) responds to requests in one thread; when that thread is about to
block, on Kit, a client or a timer, another one takes over. In other servers the hook does nothing.
"""

from collections.abc import Callable


def _no_op() -> None:
    """The hook of servers whose threads may block."""


_hook: Callable[[], None] = _no_op


def before_blocking() -> None:
    """Call the hook; call this right before a blocking operation, in the same thread."""
    _hook()


def set_hook(hook: Callable[[], None]) -> None:
    """Set the function that ``before_blocking`` calls."""
    global _hook
    _hook = hook
