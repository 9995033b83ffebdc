"""Where elements begin in the source.

The parser that builds the tree keeps no positions. This scan finds the start tags as HTML's
tokenizer does, in one pass; what they mean is the parser's business alone.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from plugin_server.lint.findings import Place

# Possessive throughout (++, *+, ?+), so that no input makes a match start over. After "=" a quote
# runs to its twin, and may hold any ">".
_TAG = re.compile(
    r"""<(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*+)"""
    r"""(?:[^>=]++|=\s*+(?:"[^"]*+"?+|'[^']*+'?+)?+)*+>?+"""
)
_OTHER = re.compile(r"<!--(?:>|->|(?s:.*?)(?:--!?>|\Z))|<[!?/][^>]*+>?+")
_RAW = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
}


@dataclass(frozen=True)
class Tag:
    """A tag as written: its name in lower case, where it begins, whether it is an end tag."""

    name: str
    offset: int
    is_end: bool


def tags(source: str) -> Iterator[Tag]:
    """Yield every tag in order, without those in comments, scripts and styles."""
    position = source.find("<")
    while position >= 0:
        if match := _TAG.match(source, position):
            name = match["name"].lower()
            yield Tag(name, position, bool(match["end"]))
            position = match.end()
            if not match["end"] and name in _RAW:
                ended = _RAW[name].search(source, position)
                position = ended.start() if ended else len(source)
        elif match := _OTHER.match(source, position):
            position = match.end()
        else:
            position += 1
        position = source.find("<", position)


class Lines:
    """Lines of a source, to say where an offset is."""

    def __init__(self, source: str) -> None:
        """Take the whole source."""
        self._starts = [0, *(match.end() for match in re.finditer(r"\r\n?|\n", source))]

    def place(self, offset: int) -> Place:
        """Return the line and column of an offset."""
        line = bisect_right(self._starts, offset)
        return Place(line, offset - self._starts[line - 1] + 1)
