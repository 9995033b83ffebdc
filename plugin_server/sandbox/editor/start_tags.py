"""Start tags: which element of the picture was written where in the HTML that an app sent.

The picture has the elements that a browser made of the HTML, which may be more, fewer, or elsewhere. So a tag
carries its number into the browser, as an attribute that the page's script removes before it shows the block.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from plugin_server.findings.finding import Place
from plugin_server.lint.page import written_tags
from plugin_server.sandbox.editor.network_filter import remove_fetches

# The scripts have the same name (static/sandbox/frames.js).
MARK = "data-sandbox-tag"
MARKS = re.compile(f' {MARK}="([0-9]+)"')
_NAME = re.compile(r"<[a-zA-Z][^\t\n\f\r />]*")


@dataclass(frozen=True)
class StartTag:
    """A start tag of some HTML: its line and column, from 1, and where its name ends."""

    name: str
    line: int
    column: int
    end_of_name: int


@lru_cache(maxsize=32)
def start_tags(html: str) -> tuple[StartTag, ...]:
    """Return the start tags of any HTML, in order; a tag's number is its place among them, from 0."""
    found = []
    line, start, last = 1, 0, 0
    for name, offset in written_tags(html):
        if breaks := html.count("\n", last, offset):
            line += breaks
            start = html.rindex("\n", last, offset) + 1
        last = offset
        written = _NAME.match(html, offset)
        end = written.end() if written else offset + 1 + len(name)
        found.append(StartTag(name, line, offset - start + 1, end))
    return tuple(found)


def tag_at(tags: Sequence[StartTag], place: Place) -> int | None:
    """Return the number of the tag that a finding is about: the last one that starts before its place.

    ``None`` for a finding without a line. One without a column is about the first tag of its line.
    """
    if not place.line or not tags:
        return None
    if not place.column:
        first = next((n for n, tag in enumerate(tags) if tag.line == place.line), None)
        if first is not None:
            return first
    where = (place.line, place.column or 1)
    before = bisect_right(tags, where, key=lambda tag: (tag.line, tag.column)) - 1
    return before if before >= 0 else None


def shown_html(html: str) -> tuple[str, list[tuple[int, int]]]:
    """Return the HTML that the page shows of a response, and where the numbers of its tags belong.

    Each pair is an offset in UTF-16 code units, as JavaScript counts, and the number of a tag of ``html``.
    """
    if MARK in html:
        return remove_fetches(html), []
    shown = remove_fetches(html)
    tags = start_tags(html)
    if shown == html:
        return shown, _utf16(html, [(tag.end_of_name, number) for number, tag in enumerate(tags)])
    pieces, last = [], 0
    for number, tag in enumerate(tags):
        pieces.append(f'{html[last : tag.end_of_name]} {MARK}="{number}"')
        last = tag.end_of_name
    return shown_marked("".join((*pieces, html[last:])))


def shown_marked(marked: str) -> tuple[str, list[tuple[int, int]]]:
    """Return what ``shown_html`` does, of HTML whose tags carry their numbers already."""
    marked = remove_fetches(marked)
    # What is left of the marks, as offsets in the HTML without them.
    places, removed = [], 0
    for mark in MARKS.finditer(marked):
        places.append((mark.start() - removed, int(mark[1])))
        removed += len(mark[0])
    shown = MARKS.sub("", marked)
    return shown, _utf16(shown, places)


def numbers_of(marked: str) -> list[int | None]:
    """Return the number that each start tag carries, in order; ``None`` for a tag without one."""
    found = (MARKS.match(marked, tag.end_of_name) for tag in start_tags(marked))
    return [int(mark[1]) if mark else None for mark in found]


def _utf16(text: str, places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    if text.isascii():
        return places
    counted, last, units = [], 0, 0
    for offset, number in places:
        units += len(text[last:offset].encode("utf-16-le", "surrogatepass")) // 2
        last = offset
        counted.append((units, number))
    return counted
