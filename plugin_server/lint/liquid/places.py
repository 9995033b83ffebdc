"""Where in the HTML a piece of Liquid stands: what a value has to be escaped for."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from plugin_server.rendering.source.elements import RAW, TABLE_FRAME, VOID
from plugin_server.rendering.source.tokens import Token, tokenize

_ATTRIBUTE = re.compile(r"([^\s\"'<>/=]+)(?:(\s*=\s*)(\"[^\"]*\"?|'[^']*'?|[^\s\"'>]*))?")
_NAME = re.compile(r"</?[^\s/>]*")


class Kind(StrEnum):
    """What a place is in the eyes of a parser of HTML."""

    TEXT = "text"
    COMMENT = "comment"
    RAW = "raw text"
    TAG = "tag"
    NAME = "name"
    VALUE = "value"


@dataclass(frozen=True)
class Spot:
    """A place in the HTML, from ``start`` to ``end`` in characters.

    Attributes:
        element: the element of a tag; for text, the one directly around, as far as tags balance.
        attribute: the name of the attribute of a value.
        quote: around a value, ``""`` when there is none.
    """

    kind: Kind
    start: int
    end: int
    element: str = ""
    attribute: str = ""
    quote: str = ""

    @property
    def is_between_table_parts(self) -> bool:
        """Whether parsers move text that stands here before the table."""
        return self.kind is Kind.TEXT and self.element in TABLE_FRAME


class Places:
    """The places of a source; takes linear time."""

    def __init__(self, html: str) -> None:
        """Take HTML in which words stand for Liquid."""
        self.html = html
        self._spots = [*_spots(html)] or [Spot(Kind.TEXT, 0, len(html))]
        self._starts = [each.start for each in self._spots]

    def at(self, offset: int) -> Spot:
        """Return the place of an offset."""
        return self._spots[max(0, bisect_right(self._starts, offset) - 1)]


def _spots(html: str) -> Iterator[Spot]:
    tokens = [*tokenize(html)]
    ends = [*(token.offset for token in tokens[1:]), len(html)]
    opened: list[str] = []
    for token, end in zip(tokens, ends, strict=True):
        if token.kind == "text":
            around = opened[-1] if opened else ""
            kind = Kind.RAW if around in RAW else Kind.TEXT
            yield Spot(kind, token.offset, end, around)
        elif token.kind == "comment":
            yield Spot(Kind.COMMENT, token.offset, end)
        else:
            _follow(token, opened)
            yield from _tag_spots(html, token, end)


def _follow(token: Token, opened: list[str]) -> None:
    """Keep the names of the open elements."""
    if token.kind == "start" and token.name not in VOID and not token.is_self_closing:
        opened.append(token.name)
    elif token.kind == "end" and token.name in opened:
        while opened.pop() != token.name:
            continue


def _tag_spots(html: str, token: Token, end: int) -> Iterator[Spot]:
    name = _NAME.match(html, token.offset, end)
    position = name.end() if name else token.offset
    yield Spot(Kind.NAME, token.offset, position, token.name)
    yield Spot(Kind.TAG, position, end, token.name)
    for match in _ATTRIBUTE.finditer(html, position, end):
        if match[2] is None:
            continue
        quote = match[3][:1] if match[3][:1] in ('"', "'") else ""
        start, stop = match.start(3) + len(quote), match.end(3)
        if quote and stop > start and html[stop - 1] == quote:
            stop -= 1
        yield Spot(Kind.VALUE, start, stop, token.name, match[1].lower(), quote)
        yield Spot(Kind.TAG, stop, end, token.name)
