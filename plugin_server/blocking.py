"""A word before a thread waits for somebody else, so that it does not keep others waiting meanwhile.

Under our worker (``worker.py``) one thread answers whatever arrives; what is about to wait lets another
thread go on with that. Elsewhere the word means nothing.
"""

from collections.abc import Callable


def _nothing() -> None:
    """Do nothing: nobody depends on this thread."""


_step_aside: Callable[[], None] = _nothing


def about_to_wait() -> None:
    """Say that this thread is about to wait, for Kit, a client or a clock."""
    _step_aside()


def tell(step_aside: Callable[[], None]) -> None:
    """Have a function be called, in the thread that is about to wait, from now on."""
    global _step_aside
    _step_aside = step_aside
