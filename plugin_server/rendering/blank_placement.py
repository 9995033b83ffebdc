"""Makes a prepared block of a template: prints it with blanks, and validates the place of each.

A blank is printed as a word of letters and digits that nobody can guess. The markup is then read by a pattern
that matches only tags as templates write them, so that the place of each blank is certain.
"""

import re
import secrets
from collections.abc import Iterator, Sequence
from html import unescape
from typing import NamedTuple

from plugin_server.rendering.personal.liquid_code import Code, Writer
from plugin_server.rendering.personal.marks import Mark, PersonalLink
from plugin_server.rendering.personal.personal_block import AFTER_QUERY, BEFORE_QUERY, PersonalBlock
from plugin_server.rendering.personal.structure import FoundMark, Inside, problems
from plugin_server.rendering.placeholders import (
    Bindings,
    FormattedPlaceholder,
    LinePlaceholder,
    Placeholder,
    PlaceholderMisuse,
    StylePlaceholder,
)
from plugin_server.rendering.prepared_block import FORMATTED, STYLE, Blank, PreparedBlock
from plugin_server.rendering.source.elements import VOID

# Random for each process.
_NONCE = f"b{secrets.token_hex(8)}"
# A printed blank, with the number of its occurrence.
_BLANK = re.compile(rf"{_NONCE}p(\d+)e", re.ASCII)
# A tag as templates write it, or a text; a "<" by itself starts something else.
_PART = re.compile(r'<(/?[a-z0-9]+)((?:\s+[a-z]+="[^"<>]*")*+)\s*>|([^<]+|<)')
_ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
_TAG = re.compile(r"<[^>]*>")
# A brace that could form a delimiter of Liquid with the start or end of a text.
_BRACE_BESIDE = re.compile(rf"\{{(?=({_BLANK.pattern}))|({_BLANK.pattern})\}}")
_SHEET = "style element"
# The place of all blanks from the first "<" on that starts neither a tag as templates write it nor text.
ODD_TAG = "a comment or an odd tag"

# Where values of each kind may stand: an attribute, "" for a text node, or the style sheet, each with a
# pattern of what must surround the blank there.
_WHOLE = re.compile(rf"\A{_BLANK.pattern}\Z")
_ANYWHERE = _BLANK
_PLACES = {
    "text": {"": _ANYWHERE, "alt": _ANYWHERE},
    "formatted text": {"": _ANYWHERE},
    "URL": {"href": _WHOLE, "src": _WHOLE},
    "color": {"bgcolor": _WHOLE, "style": re.compile(rf"(?<=[: ]){_BLANK.pattern}(?=;|\Z)")},
    "style": {"style": _WHOLE},
    "font": {},
    "condition": {"": _ANYWHERE},
    "loop": {"": _ANYWHERE},
    "personal value": {"": _ANYWHERE, "alt": _ANYWHERE},
    "personal URL": {"href": _WHOLE, "src": _WHOLE},
    "personal link": {"href": _WHOLE},
    "class name": {
        "class": re.compile(rf"(?:\A|(?<= )){_BLANK.pattern}(?=[ -]|\Z)"),
        _SHEET: re.compile(rf"(?<=\.){_BLANK.pattern}(?=[ -])"),
    },
}
_LIQUID_TAGS = ("condition", "loop")
_ADVICE = {
    "text": "Print texts between tags or in alt. parse_link() and parse_web_url() of plugin_server.blocks "
    "make a URL of a text; let a select or toggle decide about anything else.",
    "formatted text": "Print it between tags.",
    "URL": "Print it as the whole value of href or src; to show it as text, put it in the context as a str.",
    "color": "Pass colors to css() or styles.text() for style, or print them as the whole value of bgcolor.",
    "style": "Print it as the whole value of style.",
    "font": "Pass fonts to css().",
    "condition": "Write it between tags.",
    "loop": "Write it between tags.",
    "personal value": "Print it between tags or in alt. with_personal() and personal_url() are for href; "
    "subscribers' data can decide about anything else only by {% call when(…) %}.",
    "personal URL": "Print it as the whole value of href or src.",
    "personal link": "Print it as the whole value of href.",
    "class name": "Print css_class at the start of a class, in class or in a selector of the style element.",
}


class _FoundBlank(NamedTuple):
    """A blank in the markup.

    Attributes:
        start: its position in the markup.
        end: the position after it.
        occurrence: its number among all blanks that were printed.
        place: the attribute; ``""`` for a text node.
        around: the whole text or attribute value.
        at: its position in ``around``.
        inside: the elements around it.
    """

    start: int
    end: int
    occurrence: int
    place: str
    around: str
    at: int
    inside: Inside = ()


class BlankBindings(Bindings):
    """The placeholders of one run of a template, which are printed as blanks."""

    def __init__(self, fails_at: int | None = None, reason: str = "") -> None:
        """Create them.

        Args:
            fails_at: the occurrence at which to raise PlaceholderMisuse, so that its traceback has the line
                of the template.
            reason: the message of that error.
        """
        super().__init__(self._print)
        self._fails_at, self._reason = fails_at, reason
        self._printed: list[Placeholder] = []

    def _print(self, placeholder: Placeholder) -> str:
        if len(self._printed) == self._fails_at:
            raise PlaceholderMisuse(self._reason)
        self._printed.append(placeholder)
        return f"{_NONCE}p{len(self._printed) - 1}e"

    def prepare(self, markup: str) -> PreparedBlock:
        """Return the markup that the template printed as a prepared block.

        Raises:
            MisplacedBlank: a blank stands where a value of its kind may not.
        """
        if misplaced := self._beside_brace(markup):
            raise misplaced
        blanks = [*_blanks(markup)]
        for found in blanks:
            if misplaced := self._misplaced(found):
                raise misplaced
        if marks := self._marks(blanks):
            return self._prepare_personal(markup, blanks, marks)
        pieces: list[str | Blank] = []
        position = 0
        for found in blanks:
            pieces += (markup[position : found.start], self._blank(found))
            position = found.end
        return PreparedBlock([*pieces, markup[position:]], self.derived, self.styles)

    def _blank(self, found: _FoundBlank) -> Blank:
        placeholder = self._printed[found.occurrence]
        line = placeholder.line if isinstance(placeholder, LinePlaceholder) else 0
        place = "class" if found.place == _SHEET else found.place
        if isinstance(placeholder, StylePlaceholder):
            place = STYLE
        elif isinstance(placeholder, FormattedPlaceholder):
            place = FORMATTED
        return Blank(placeholder.number, line, place)

    def _marks(self, blanks: Sequence[_FoundBlank]) -> list[FoundMark]:
        """Return the places of Liquid among the blanks."""
        return [
            FoundMark(mark, each.occurrence, each.start, each.end, each.inside)
            for each in blanks
            if isinstance(mark := self._printed[each.occurrence], Mark)
        ]

    def _prepare_personal(
        self, markup: str, blanks: Sequence[_FoundBlank], marks: Sequence[FoundMark]
    ) -> PersonalBlock:
        for each, reason in problems(marks, markup):
            raise MisplacedBlank(each.occurrence, reason, each.start)
        code = iter(Writer([each.mark for each in marks]).write())
        pieces: list[str | Blank | tuple[Mark, Code]] = []
        position = 0
        for found in blanks:
            pieces.append(markup[position : found.start])
            mark = self._printed[found.occurrence]
            if isinstance(mark, PersonalLink):
                before, after = (
                    Blank(mark.url.number, 0, each) for each in (BEFORE_QUERY, AFTER_QUERY)
                )
                pieces += (before, (mark, next(code)), after)
            elif isinstance(mark, Mark):
                pieces.append((mark, next(code)))
            else:
                pieces.append(self._blank(found))
            position = found.end
        return PersonalBlock([*pieces, markup[position:]], self.derived, self.styles)

    def misplaced(self, markup: str) -> list["MisplacedBlank"]:
        """Return all blanks that stand where a value of their kind may not."""
        blanks = [*_blanks(markup)]
        found = (self._beside_brace(markup), *map(self._misplaced, blanks))
        misplaced = [each for each in found if each]
        of_marks = [] if misplaced else problems(self._marks(blanks), markup)
        return misplaced + [
            MisplacedBlank(each.occurrence, why, each.start) for each, why in of_marks
        ]

    def _misplaced(self, found: _FoundBlank) -> "MisplacedBlank | None":
        placeholder = self._printed[found.occurrence]
        place = found.place
        if place == ODD_TAG and placeholder.kind in _LIQUID_TAGS and ">" not in found.around:
            # Not behind the odd tag, but what makes it odd.
            place = "a tag or comment"
        allowed = _PLACES[placeholder.kind].get(found.place)
        if allowed is not None and allowed.match(found.around, found.at):
            return None
        return MisplacedBlank(found.occurrence, _reason(placeholder, place), found.start)

    def _beside_brace(self, markup: str) -> "MisplacedBlank | None":
        found = _BRACE_BESIDE.search(unescape(_TAG.sub("", markup)))
        if not found:
            return None
        occurrence = int(found[2] or found[4])
        return MisplacedBlank(
            occurrence,
            f"“{self._printed[occurrence].path}” stands right beside a brace, with which it could form "
            "Liquid. Put a space between them.",
            markup.index(found[1] or found[3]),
        )


class MisplacedBlank(Exception):
    """A blank stands where a value of its kind may not.

    Attributes:
        occurrence: its number among all blanks that were printed.
        reason: a message for the template's author.
        offset: of the blank in the markup.
    """

    def __init__(self, occurrence: int, reason: str, offset: int = 0) -> None:
        """Create it; the arguments are its attributes."""
        self.occurrence, self.reason, self.offset = occurrence, reason, offset
        super().__init__(reason)


def _reason(placeholder: Placeholder, place: str) -> str:
    where = f"in {place}" if place else "as text"
    return (
        f"“{placeholder.path}” is a {placeholder.kind}, which cannot be printed {where} here. "
        f"{_ADVICE[placeholder.kind]}"
    )


def _blanks(markup: str) -> Iterator[_FoundBlank]:
    """Yield all blanks of a markup in order."""
    is_sheet = False
    inside: list[tuple[str, int]] = []
    for part in _PART.finditer(markup):
        tag, _, text = part.groups()
        if text == "<":
            for blank in _BLANK.finditer(markup, part.start()):
                yield _found_blank(blank, ODD_TAG, markup[part.start() : blank.start()], 0)
            return
        if text:
            place = _SHEET if is_sheet else ""
            for blank in _BLANK.finditer(markup, *part.span()):
                at = blank.start() - part.start()
                yield _found_blank(blank, place, text, at)._replace(inside=tuple(inside))
            continue
        is_sheet = tag == "style"
        for blank in _BLANK.finditer(markup, *part.span(1)):
            yield _found_blank(blank, "a tag's name", "", 0)
        for attribute in _ATTRIBUTE.finditer(markup, *part.span(2)):
            for blank in _BLANK.finditer(markup, *attribute.span(2)):
                yield _found_blank(
                    blank, attribute[1], attribute[2], blank.start() - attribute.start(2)
                )
        _open_or_close(inside, tag, part.start())


def _open_or_close(inside: list[tuple[str, int]], tag: str, start: int) -> None:
    """Note that a tag opens an element, or closes those that it ends."""
    if tag[0] != "/":
        if tag not in VOID:
            inside.append((tag, start))
    elif any(name == tag[1:] for name, _ in inside):
        while inside.pop()[0] != tag[1:]:
            pass


def _found_blank(blank: re.Match[str], place: str, around: str, at: int) -> _FoundBlank:
    return _FoundBlank(*blank.span(), int(blank[1]), place, around, at)
