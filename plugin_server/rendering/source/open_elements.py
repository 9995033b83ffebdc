"""The stack of open elements, and the tree that is built from it."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from plugin_server.rendering.source import elements as of


@dataclass(eq=False, slots=True)
class Open:
    """An element that is not closed yet."""

    name: str
    offset: int
    # Nothing but rows and cells may stand here: the innermost part of a table around is not a cell.
    in_frame: bool = False
    is_foreign: bool = False
    # It has a finding already, so its missing end tag needs no other.
    is_reported: bool = False
    # The parser added its start tag, so there will be no end tag either.
    is_implied: bool = False


class OpenElements:
    """A stack, from the outermost to the innermost.

    Attributes:
        events: the tags of the tree in order, as ``(name, attributes)`` and ``("/name", 0)``, ``#``
            for a text and ``!`` for a comment.
        places: the offset of the token that each event is due to.
        at: the offset of the token that is being taken.
        deepest: the most elements inside each other.
    """

    def __init__(self) -> None:
        """Create an empty stack."""
        self.events: list[tuple[str, int]] = []
        self.places: list[int] = []
        self.at = 0
        self.deepest = 0
        self._stack: list[Open] = []
        self._count: Counter[str] = Counter()

    def __len__(self) -> int:
        """Return the number of open elements."""
        return len(self._stack)

    def __getitem__(self, index: int) -> Open:
        """Return the open element at an index, the outermost first."""
        return self._stack[index]

    def inside(self, index: int) -> list[Open]:
        """Return the one at an index and all that are inside it."""
        return self._stack[index:]

    def emit(self, name: str, attributes: int = 0) -> None:
        """Record an event; texts beside each other are one."""
        if name != "#" or self.events[-1:] != [("#", 0)]:
            self.events.append((name, attributes))
            self.places.append(self.at)

    def named(self, name: str) -> bool:
        """Return whether one of that name is open anywhere."""
        return self._count[name] > 0

    @property
    def top(self) -> Open | None:
        """The innermost open element."""
        return self._stack[-1] if self._stack else None

    def find(self, names: Collection[str], barrier: Collection[str]) -> int | None:
        """Return the index of the innermost element of these names within a scope."""
        if not any(self._count[name] for name in names):
            return None
        for index in range(len(self._stack) - 1, -1, -1):
            each = self._stack[index]
            if each.name in names:
                return index
            if each.name in (of.HTML_IN_FOREIGN if each.is_foreign else barrier):
                return None
        return None

    def opened_by(self, name: str) -> int | None:
        """Return the index of the element that an end tag is for."""
        if name in of.TABLE_PARTS or name in ("table", "template"):
            return self.find((name,), of.TABLE_SCOPE - {name})
        if name in of.HEADINGS:
            return self.find(of.HEADINGS, of.SCOPE)
        if name == "p":
            return self.find((name,), of.BUTTON_SCOPE)
        if name == "li":
            return self.find((name,), of.LIST_SCOPE)
        return self.find((name,), of.SCOPE - {name})

    def push(self, name: str, attributes: int = 0) -> Open:
        """Open an element inside the innermost one."""
        in_frame = self._stack[-1].in_frame if self._stack else False
        if name in of.TABLE_FRAME:
            in_frame = True
        elif name in of.CELLS or name in ("caption", "template"):
            in_frame = False
        pushed = Open(name, self.at, in_frame)
        self._stack.append(pushed)
        self._count[name] += 1
        self.deepest = max(self.deepest, len(self._stack))
        self.emit(name, attributes)
        return pushed

    def pop(self) -> Open:
        """Close the innermost element."""
        self.emit(f"/{self._stack[-1].name}")
        return self.remove(len(self._stack) - 1)

    def remove(self, index: int) -> Open:
        """Remove an element from between others, which no tree has an event for."""
        removed = self._stack.pop(index)
        self._count[removed.name] -= 1
        return removed
