"""How often the parts of a dynamic block are sent, where the event's lists are as long as the block shows."""

from collections.abc import Iterable, Iterator

from plugin_server.rendering.personal.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Equals,
    Has,
    HasUrl,
    Lacks,
)
from plugin_server.rendering.personal.marks import Each, EndEach, EndWhen, Mark, Otherwise, When

# Items of a list within the item of another, as in the longest lists of ``samples.py``.
_INNER_ITEMS = 2


def repetitions(marks: Iterable[Mark | None]) -> Iterator[int]:
    """Yield how often each part of a block is sent to a subscriber with usual data and long lists.

    This subscriber has every field, and no text that a condition asks for: ``samples.py`` has the same one,
    so that what is counted here is what a block is judged by when its look is new.

    Args:
        marks: that of each part; ``None`` for markup.
    """
    around: list[int] = []
    times = 1
    for mark in marks:
        match mark:
            case When():
                around.append(times)
                times = times if _holds(mark.condition) else 0
            case Otherwise():
                times = 0 if times else around[-1]
            case Each():
                around.append(times)
                limit = mark.loop.limit
                times *= limit if mark.loop.items.loop is None else min(limit, _INNER_ITEMS)
            case EndWhen() | EndEach():
                times = around.pop()
        yield times


def _holds(condition: Condition) -> bool:
    match condition:
        case Has() | HasUrl():
            return True
        case Lacks() | Equals():
            return False
        case AllOf(parts):
            return all(map(_holds, parts))
        case AnyOf(parts):
            return any(map(_holds, parts))
    raise TypeError(type(condition).__name__)
