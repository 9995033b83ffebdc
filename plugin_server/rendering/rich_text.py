"""Rich text, that is, HTML from outside or text that a creator typed: as an excerpt, or with its formatting.

``excerpt`` returns text alone. ``rich_text`` returns a ``RichText``: paragraphs and lists of formatted text
and links. It holds no markup but plain texts, URLs and a few fixed words, from which a template and the
prepared block make markup again. ``sanitizer.py`` cleans both.
"""

import html
import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from plugin_server.rendering.liquid_text import remove_liquid
from plugin_server.rendering.sanitizer import readable, shown_texts, small_markups
from plugin_server.rendering.text import direction, printable, shorten, shorten_paragraphs
from plugin_server.rendering.urls import parse_link
from plugin_server.rendering.value_types import Choice, FormattedText, Run, Url

# Paragraphs and list items together. With the directions of their texts and the number of their links, they
# are the look; the last one holds the rest. With few runs, no formatting makes a block too large.
MAX_LINES = 30
_MAX_RUNS = 100
_MARKS = frozenset({"strong", "em", "u", "s"})
_TOKEN = re.compile(r'<(/?)([a-z]+)(?: href="([^"]*)")?>|([^<]+)')
_WORD = re.compile(r"\n|[^\S\n]+|\S+")
_ELLIPSIS = "\u2026"
# Characters of a source that is cached; with their number, a few MB of memory at most.
_LONGEST_CACHED = 3_000
# A line is not cut for fewer characters than these.
_SHORTEST = 20


def excerpt(source: str, limit: int) -> str:
    """Return the first words of any HTML as plain text, ``""`` if it has none.

    Scripts, styles, comments, Liquid and hidden elements are left out. The result is text, not markup:
    it still has to be escaped where it is printed.

    Args:
        source: a fragment or a whole document; only its first 500,000 characters are read.
        limit: the most characters to return; longer text is cut at a word, with an ellipsis.
    """
    text = ""
    for text in shown_texts(source):
        if len(text) > limit:
            break
    return shorten(text, limit)


@dataclass(frozen=True, slots=True)
class Piece:
    """A link, or formatted text between links.

    Attributes:
        words: its text, with the spaces at its ends. That of a link is not blank.
        url: where the link leads; ``None`` for text.
    """

    words: FormattedText
    url: Url | None


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph, which may have line breaks, or an item of a list."""

    pieces: tuple[Piece, ...]
    direction: Choice


@dataclass(frozen=True, slots=True)
class Part:
    """A paragraph or a list.

    Attributes:
        kind: ``p``, ``ul`` or ``ol``.
        lines: of a paragraph one, of a list its items.
        direction: of the first line that has one.
    """

    kind: Choice
    lines: tuple[Line, ...]
    direction: Choice


@dataclass(frozen=True, slots=True)
class RichText:
    """Paragraphs and lists, at least one, in order."""

    parts: tuple[Part, ...]
    direction: Choice


def rich_text(source: str, limit: int) -> RichText | None:
    """Return HTML from outside, or text that a creator typed, with its formatting; ``None`` for no text.

    Bold, italic, underlined and struck text, links, line breaks, paragraphs and lists remain; lists within
    lists become one list. In typed text without tags that end a line, an empty line starts a paragraph, and
    lines that begin with ``- ``, or ``1. ``, ``2. `` and so on, are a list. Left out are all other tags,
    Liquid, hidden elements, links that ``urls.parse_link`` refuses, and what is in a script, style or
    comment. Beyond 30 paragraphs and items, 100 changes of format, and about 15 links, text has none.

    Args:
        source: only its first 500,000 characters are read.
        limit: the most characters of text; longer text is cut at a word, with an ellipsis. Above 2,000,
            a block may get too large for the gate.
    """
    return (_read_cached if len(source) <= _LONGEST_CACHED else _read_source)(source, limit)


def _read_source(source: str, limit: int) -> RichText | None:
    lines: list[_Line] = []
    for markup in small_markups(source):
        lines = _read(markup)
        if _length(lines) > limit:
            break
    return _assembled(_bounded(_shortened(lines, limit)))


# A creator edits one setting of a block, and all others stay.
_read_cached = lru_cache(maxsize=256)(_read_source)


class _Format(NamedTuple):
    """How a text looks, and where it leads."""

    tags: frozenset[str]
    url: Url | None


_PLAIN = _Format(frozenset(), None)
_Texts = list[tuple[str, _Format]]


@dataclass(frozen=True)
class _Line:
    """A line; ``group`` is its part's number."""

    kind: str
    group: int
    texts: _Texts

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.texts)

    @property
    def size(self) -> int:
        return sum(len(text) for text, _ in self.texts)


def _read(markup: str) -> list[_Line]:
    """Return the lines of small markup."""
    reader = _Reader()
    for end, tag, href, text in _TOKEN.findall(markup):
        if text:
            reader.add(_clean(html.unescape(text)))
        else:
            reader.tag(tag, html.unescape(href), is_end=bool(end))
    reader.end_line()
    return reader.lines


class _Reader:
    """Reads the tokens of small markup to lines."""

    def __init__(self) -> None:
        self.lines: list[_Line] = []
        self._texts: _Texts = []
        self._marks: Counter[str] = Counter()
        self._url: Url | None = None
        self._lists: list[str] = []
        self._group = 0

    def tag(self, tag: str, href: str, *, is_end: bool) -> None:
        if tag in _MARKS:
            self._marks[tag] = max(0, self._marks[tag] + (-1 if is_end else 1))
        elif tag == "a":
            self._url = None if is_end else parse_link(href)
        elif tag == "br" or (tag == "p" and self._lists):
            self.add("\n")
        else:
            self.end_line()
            if tag in ("ol", "ul"):
                self._list(tag, is_end=is_end)

    def add(self, text: str) -> None:
        tags = frozenset(tag for tag, depth in self._marks.items() if depth)
        self._texts.append((text, _Format(tags, self._url)))

    def _list(self, tag: str, *, is_end: bool) -> None:
        if not is_end:
            self._lists.append(tag)
        elif self._lists:
            self._lists.pop()
        if len(self._lists) <= (0 if is_end else 1):
            self._group += 1

    def end_line(self) -> None:
        kind = self._lists[0] if self._lists else "p"
        for texts in _tidied(self._texts, splits=kind == "p"):
            self._group += kind == "p"
            self.lines.append(_Line(kind, self._group, texts))
        self._texts = []


def _clean(text: str) -> str:
    """Return a text without Liquid and invisible characters, its white space as single spaces."""
    return re.sub(r"\s+", " ", remove_liquid(printable(readable(text))))


def _tidied(texts: _Texts, *, splits: bool) -> list[_Texts]:
    """Return lines without white space at their ends, and with a single space or line break between words.

    White space is marked, or a part of a link, only if the words on both sides are.

    Args:
        texts: of a paragraph or an item.
        splits: whether several line breaks start another line.
    """
    lines: list[_Texts] = [[]]
    gap, before = "", _PLAIN
    for text, format_ in texts:
        for word in _WORD.findall(text):
            if word.isspace():
                gap += word
                continue
            if splits and gap.count("\n") > 1 and lines[-1]:
                lines.append([])
            elif gap and lines[-1]:
                url = format_.url if format_.url == before.url else None
                between = _Format(before.tags & format_.tags, url)
                lines[-1].append(("\n" if "\n" in gap else " ", between))
            lines[-1].append((word, format_))
            gap, before = "", format_
    return [_merged(line) for line in lines if line]


def _merged(texts: _Texts) -> _Texts:
    groups = groupby(texts, key=lambda each: each[1])
    return [("".join(text for text, _ in group), format_) for format_, group in groups]


def _length(lines: list[_Line]) -> int:
    """Return the number of characters, of which the end of a line is one."""
    return sum(line.size + 1 for line in lines) - 1


def _shortened(lines: list[_Line], limit: int) -> list[_Line]:
    """Return lines with at most ``limit`` characters, an ellipsis included if there were more."""
    if _length(lines) <= limit:
        return lines
    kept: list[_Line] = []
    for line in lines:
        if line.size >= limit:
            break
        kept.append(line)
        limit -= line.size + 1
    if limit >= _SHORTEST or not kept:
        size = min(limit, line.size - 1)
        cut = shorten_paragraphs(line.text, size) if size > 0 else ""
        kept.append(_ended(line, len(cut.removesuffix(_ELLIPSIS))))
    else:
        kept[-1] = _ended(kept[-1], kept[-1].size)
    return kept


def _ended(line: _Line, size: int) -> _Line:
    """Return the first ``size`` characters of a line, with an ellipsis."""
    texts: _Texts = []
    for text, format_ in line.texts:
        texts.append((text[: max(0, size)], format_))
        size -= len(text)
        if size <= 0:
            break
    text, format_ = texts[-1]
    return replace(line, texts=[*texts[:-1], (text + _ELLIPSIS, format_)])


def _bounded(lines: list[_Line]) -> list[_Line]:
    """Return lines with few enough lines and changes of format that no block gets too large by them."""
    if len(lines) > MAX_LINES:
        rest: _Texts = []
        for line in lines[MAX_LINES - 1 :]:
            rest += [("\n", _PLAIN), *line.texts] if rest else line.texts
        lines = [*lines[: MAX_LINES - 1], _Line("p", lines[-1].group + 1, rest)]
    bounded: list[_Line] = []
    room = _MAX_RUNS
    for line in lines:
        texts: _Texts = []
        for text, format_ in line.texts:
            room -= format_ != _PLAIN
            texts.append((text, format_ if room >= 0 else _PLAIN))
        bounded.append(replace(line, texts=_merged(texts)))
    return bounded


def _assembled(lines: list[_Line]) -> RichText | None:
    parts = []
    for (kind, _), group in groupby(lines, key=lambda line: (line.kind, line.group)):
        found = list(group)
        made = tuple(Line(_pieces(line.texts), direction(line.text)) for line in found)
        parts.append(Part(Choice(kind), made, direction(*(line.text for line in found))))
    return RichText(tuple(parts), direction(*(line.text for line in lines))) if parts else None


def _pieces(texts: _Texts) -> tuple[Piece, ...]:
    return tuple(
        Piece(FormattedText(Run(text, format_.tags) for text, format_ in group), url)
        for url, group in groupby(texts, key=lambda each: each[1].url)
    )
