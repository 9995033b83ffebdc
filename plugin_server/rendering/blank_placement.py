"""Printing a template with blanks, and judging where they stand.

A blank is a word of letters and digits that nobody can know. It is found again in the markup, which is read
by a pattern of the tags that templates write; so the place of a blank is no guess.
"""

import re
import secrets
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

from plugin_server.rendering.placeholders import (
    Bindings,
    LinePlaceholder,
    Placeholder,
    PlaceholderMisuse,
    StylePlaceholder,
)
from plugin_server.rendering.prepared_block import (
    STYLE,
    Blank,
    Derivation,
    PreparedBlock,
    Reference,
)

# Each process has its own.
_NONCE = f"b{secrets.token_hex(8)}"
# Tells the blank's printing.
_BLANK = re.compile(rf"{_NONCE}p(\d+)e", re.ASCII)
# A tag as templates write it, or a text; a "<" by itself begins something else.
_PART = re.compile(r'<(/?[a-z0-9]+)((?:\s+[a-z]+="[^"<>]*")*+)\s*>|([^<]+|<)')
_ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
_TAG = re.compile(r"<[^>]*>")
# These could make a delimiter of Liquid with how a text begins or ends.
_BRACE_BESIDE = re.compile(rf"\{{(?=({_BLANK.pattern}))|({_BLANK.pattern})\}}")
_SHEET = "style element"

# The places of values by kind: an attribute, "" for a text node, or the sheet, and what has to be around
# the blank there.
_WHOLE = re.compile(rf"\A{_BLANK.pattern}\Z")
_ANYWHERE = _BLANK
_PLACES = {
    "text": {"": _ANYWHERE, "alt": _ANYWHERE},
    "URL": {"href": _WHOLE, "src": _WHOLE},
    "color": {"bgcolor": _WHOLE, "style": re.compile(rf"(?<=[: ]){_BLANK.pattern}(?=;|\Z)")},
    "style": {"style": _WHOLE},
    "font": {},
    "class name": {
        "class": re.compile(rf"(?:\A|(?<= )){_BLANK.pattern}(?=[ -]|\Z)"),
        _SHEET: re.compile(rf"(?<=\.){_BLANK.pattern}(?=[ -])"),
    },
}
_ADVICE = {
    "text": "Print texts between tags or in alt. What makes a URL of a text is in rendering.urls, and a "
    "select or toggle may decide about the rest.",
    "URL": "A URL is the whole value of href or src; to be read, it has to be a str in the context.",
    "color": "Give colors to css() or styles.text() for style, or print them as all of bgcolor.",
    "style": "It is the whole value of style.",
    "font": "Give fonts to css().",
    "class name": "css_class begins a class in class, or in a selector of the style element.",
}


class _Found(NamedTuple):
    """A blank in the markup: where, in which place, and what of the place is around it."""

    start: int
    end: int
    printing: int
    place: str
    around: str
    at: int


class BlankBindings(Bindings):
    """One printing of a template with blanks.

    ``fails_at`` is the number of the blank at whose printing to raise PlaceholderMisuse, which then has
    the line of the template; ``reason`` is its text.
    """

    def __init__(self, fails_at: int | None = None, reason: str = "") -> None:
        """Begin."""
        super().__init__(self._print)
        self._fails_at, self._reason = fails_at, reason
        self._printed: list[Placeholder] = []

    def _print(self, placeholder: Placeholder) -> str:
        if len(self._printed) == self._fails_at:
            raise PlaceholderMisuse(self._reason)
        self._printed.append(placeholder)
        return f"{_NONCE}p{len(self._printed) - 1}e"

    def prepare(self, markup: str) -> PreparedBlock:
        """Return what was printed as a block to be filled in.

        Raises:
            Misplaced: a blank stands where a value of its kind may not.
        """
        self._refuse_braces(markup)
        pieces: list[str | Blank] = []
        position = 0
        for found in _blanks(markup):
            placeholder = self._printed[found.printing]
            allowed = _PLACES[placeholder.kind].get(found.place)
            if allowed is None or not allowed.match(found.around, found.at):
                raise MisplacedBlank(found.printing, _reason(placeholder, found.place))
            line = placeholder.line if isinstance(placeholder, LinePlaceholder) else 0
            place = "class" if found.place == _SHEET else found.place
            if isinstance(placeholder, StylePlaceholder):
                place = STYLE
            pieces += (markup[position : found.start], Blank(placeholder.number, line, place))
            position = found.end
        return PreparedBlock([*pieces, markup[position:]], self._derivations(), self.styles)

    def _refuse_braces(self, markup: str) -> None:
        if found := _BRACE_BESIDE.search(unescape(_TAG.sub("", markup))):
            printing = int(found[2] or found[4])
            raise MisplacedBlank(
                printing,
                f"“{self._printed[printing].path}” stands right beside a brace, with which it could make "
                "Liquid. Put a space between them.",
            )

    def _derivations(self) -> Iterator[Derivation]:
        for each in self.derived:
            arguments = (
                Reference(given.number) if isinstance(given, Placeholder) else given
                for given in each.arguments
            )
            yield Derivation(each.function, tuple(arguments))


class MisplacedBlank(Exception):
    """A blank is where a value of its kind may not be; ``printing`` is the number of its printing."""

    def __init__(self, printing: int, reason: str) -> None:
        """Take the number, and what to tell the template's author."""
        self.printing, self.reason = printing, reason
        super().__init__(reason)


def _reason(placeholder: Placeholder, place: str) -> str:
    where = f"in {place}" if place else "as text"
    return (
        f"“{placeholder.path}” is a {placeholder.kind}, which cannot be printed {where} here. "
        f"{_ADVICE[placeholder.kind]}"
    )


def _blanks(markup: str) -> Iterator[_Found]:
    """Yield all blanks of a markup in order."""
    is_sheet = False
    for part in _PART.finditer(markup):
        tag, _, text = part.groups()
        if text == "<":
            # What follows is no tag of a template, and no text either.
            for blank in _BLANK.finditer(markup, part.start()):
                yield _found(blank, "a comment or an odd tag", "", 0)
            return
        if text:
            place = _SHEET if is_sheet else ""
            for blank in _BLANK.finditer(markup, *part.span()):
                yield _found(blank, place, text, blank.start() - part.start())
            continue
        is_sheet = tag == "style"
        for blank in _BLANK.finditer(tag):
            yield _found(blank, "a tag's name", "", 0)
        for attribute in _ATTRIBUTE.finditer(markup, *part.span(2)):
            for blank in _BLANK.finditer(markup, *attribute.span(2)):
                yield _found(blank, attribute[1], attribute[2], blank.start() - attribute.start(2))


def _found(blank: re.Match[str], place: str, around: str, at: int) -> _Found:
    return _Found(*blank.span(), int(blank[1]), place, around, at)
