"""A JSON parser that records the place of every value and key, so that a finding has a line."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from json import JSONDecodeError, JSONDecoder
from typing import Any

from plugin_server.findings.finding import JsonPath, Place

# A settings JSON has a handful of levels. Far more would exhaust the stack of every reader after us.
_DEEPEST = 64
_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_LONGEST_NUMBER = 300
_STRINGS = JSONDecoder()
_WORDS = {"true": True, "false": False, "null": None}
_HINTS = {
    "/": "JSON has no comments: remove it",
    "#": "JSON has no comments: remove it",
    "'": "JSON takes double quotes only",
    "\u201c": "JSON takes straight double quotes only",
    "\ufeff": "a byte order mark that is not at the start of the file: remove it",
    "": "the text ends too early",
}


class NotJson(ValueError):
    """Text that is not JSON: its text says what was expected, ``offset`` is where."""

    def __init__(self, offset: int, expected: str) -> None:
        """Take the index of the first character that cannot be right."""
        self.offset = offset
        super().__init__(expected)


@dataclass
class Document:
    """A parsed JSON text with the place of every value and every object key.

    ``values`` and ``keys`` map a path, such as ``(2, "options", 0)``, to an index in ``text``;
    ``duplicates`` holds each key that its object has already had, with the index of the later one.
    Of equal keys the last counts, as in Python and JavaScript.
    """

    text: str
    value: Any = None
    values: dict[JsonPath, int] = field(default_factory=dict)
    keys: dict[JsonPath, int] = field(default_factory=dict)
    duplicates: list[tuple[JsonPath, int]] = field(default_factory=list)

    def offset(self, place: Place) -> int:
        """Return the offset of the value at a place, or of its key; else of the nearest value around."""
        path = place.path or ()
        if place.is_key and path in self.keys:
            return self.keys[path]
        while path not in self.values:
            path = path[:-1]
        return self.values[path]


def parse(text: str) -> Document:
    """Parse a JSON text, strictly: no comments, no trailing commas, no ``NaN``.

    Raises:
        NotJson: with what was expected and where.
    """
    document = Document(text)
    reader = _Reader(document)
    document.value = reader.value((), 0)
    if reader.peek():
        raise reader.unexpected("the end of the text")
    return document


class _Reader:
    """A recursive parser of the text; ``at`` is the index of the next character."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.text = document.text
        self.at = 0

    def peek(self) -> str:
        """Skip white space and return the next character, ``""`` at the end."""
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.text[self.at : self.at + 1]

    def unexpected(self, expected: str) -> NotJson:
        hint = _HINTS.get(self.peek())
        return NotJson(self.at, f"expected {expected}" + (f" ({hint})" if hint else ""))

    def value(self, path: JsonPath, depth: int) -> Any:
        first = self.peek()
        self.document.values[path] = self.at
        if depth > _DEEPEST:
            raise NotJson(self.at, f"nested more than {_DEEPEST} levels deep")
        if first == "{":
            return self.members(path, depth)
        if first == "[":
            return self.items(path, depth)
        return self.string() if first == '"' else self.scalar()

    def scalar(self) -> Any:
        for word, value in _WORDS.items():
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return value
        match = _NUMBER.match(self.text, self.at)
        if not match:
            raise self.unexpected("a value")
        number: int | float = math.inf
        if len(match[0]) <= _LONGEST_NUMBER:
            number = float(match[0]) if match[1] or match[2] else int(match[0])
        if isinstance(number, float) and math.isinf(number):
            raise NotJson(self.at, "a number that is too large")
        self.at = match.end()
        return number

    def string(self) -> str:
        try:
            text, self.at = _STRINGS.raw_decode(self.text, self.at)
        except JSONDecodeError as error:
            unterminated = error.msg.startswith("Unterminated")
            expected = (
                "expected a closing double quote" if unterminated else _string_problem(error.msg)
            )
            raise NotJson(error.pos, expected) from None
        return str(text)

    def items(self, path: JsonPath, depth: int) -> list[Any]:
        found: list[Any] = []
        self._each("]", lambda: found.append(self.value((*path, len(found)), depth + 1)))
        return found

    def members(self, path: JsonPath, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}

        def member() -> None:
            if self.peek() != '"':
                raise self.unexpected("a name in double quotes")
            offset = self.at
            key = self.string()
            if key in found:
                self.document.duplicates.append(((*path, key), offset))
            self.document.keys[*path, key] = offset
            if self.peek() != ":":
                raise self.unexpected("“:”")
            self.at += 1
            found[key] = self.value((*path, key), depth + 1)

        self._each("}", member)
        return found

    def _each(self, end: str, read: Callable[[], None]) -> None:
        """Read the items between brackets, separated by commas."""
        self.at += 1
        if self.peek() == end:
            self.at += 1
            return
        while True:
            read()
            mark, comma = self.peek(), self.at
            if mark not in (",", end):
                raise self.unexpected(f"“,” or “{end}”")
            self.at += 1
            if mark == end:
                return
            if self.peek() == end:
                raise NotJson(comma, f"a comma before “{end}”: remove it")


def _string_problem(message: str) -> str:
    if message.startswith("Invalid control character"):
        return "a line break or control character inside a string: write it as \\n, \\t or \\u…"
    return "a backslash that begins no escape: write \\\\ for a backslash"
