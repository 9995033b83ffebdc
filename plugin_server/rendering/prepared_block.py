"""A prepared block: markup with blanks, which a request fills in, as a statement's parameters are in SQL.

**Why filling in is safe.** Let M be the markup with blanks. What is to be shown: parsers read each filling
of M alike, but for the text of text nodes, the values of ``alt``, ``href``, ``src`` and ``class``, and the
colors of ``bgcolor`` and of styles.

1. *M depends on nothing that is filled in.* Templates get placeholders, which tell no more than the shape
   does by which M is kept (``placeholders.py``, ``context_shape.py``), and of the email which elements have
   a color.
2. *Blanks stand only where their kind may.* ``blank_placement.py`` reads M by a pattern that takes nothing
   but tags in the one spelling of templates. A text is between tags, or in a value of ``alt``; a URL is the whole
   value of ``href`` or ``src``; a color is in ``style``, as the end of a value, or the whole of
   ``bgcolor``; the class is in ``class``, or behind a dot in the style sheet.
3. *A value stays in its place.* As written, each has to match a pattern that is independent of the
   code which wrote it (``checked``). In a text, ``<``, ``>``, quotes and ``&`` are character references, so
   that HTML's tokenizer stays in its state, that of text or of a value in double quotes. A URL is one of
   the check's own pattern, a color six hex digits, a class letters, digits and hyphens: in CSS, one token
   each, as the blank is.
   A style attribute that depends on the email is the whole value of ``style``: it holds no quote, ``<`` or
   ``&``, and each has passed the check's rules of CSS, but for the digits of colors (``email_cache.py``).
4. *One filling has passed the whole check* (``gate.py``) before M is kept. By 2 and 3, each other has the
   same tags and attributes, and the same CSS but for the digits of colors.
5. *What values make together is checked at each filling*: Liquid and ``url(`` in the finished block, and its
   size. Across a tag they make none: ``defuse`` has taken from each text what could be half of a delimiter of
   Liquid, and M has no brace beside a blank.

``Renderer(verifies=True)``, as tests, commands and the preview have it, checks every filling whole, and
compares it with what the template makes of the values themselves.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from markupsafe import escape

from plugin_server.rendering.gate import CONTROLS, URLS, has_css_url, has_liquid
from plugin_server.rendering.placeholders import Email, StyleCall
from plugin_server.rendering.text import defuse

_PLAIN = CONTROLS.pattern.replace("[", "[^<>&\"'", 1)
SAFE_TEXT = re.compile(rf"{_PLAIN}*+(?:&(?:amp|lt|gt|#34|#39);{_PLAIN}*+)*+")
SAFE_COLOR = re.compile("#[0-9a-f]{6}")
SAFE_CLASS = re.compile("kb-[a-z0-9_-]{1,60}")
# The place of a style attribute that the email decides about.
STYLE = "all of style"
# Bytes of what is kept of each piece, beside its text.
_OVERHEAD = 150


class UnsafeFilling(ValueError):
    """Values do not make a safe block of a prepared one, a bug; the text repeats none of them."""


class Blank(NamedTuple):
    """The place of a value: its number, that of its line, and the attribute, ``""`` for a text node."""

    number: int
    line: int
    place: str


class Reference(NamedTuple):
    """A value that another is worked out from."""

    number: int


class Derivation(NamedTuple):
    """How to work out a color: a function, and its arguments: constants, references, or ``Email``."""

    function: Callable[..., str]
    arguments: tuple[Any, ...]


class Styling(Protocol):
    """The email around the block; see ``emails.Email``."""

    def style(self, call: StyleCall, values: Sequence[str]) -> str:
        """Return a style attribute."""


class Prepared:
    """Markup with blanks; threads may share it.

    Attributes:
        memory: about how many bytes it takes.
    """

    def __init__(
        self,
        pieces: Sequence[str | Blank],
        derived: Iterable[Derivation] = (),
        styles: Sequence[StyleCall] = (),
    ) -> None:
        """Take the parts of the markup, and how to work out the colors and styles that are not given."""
        self._pieces = ["" if isinstance(each, Blank) else each for each in pieces]
        blanks = list(dict.fromkeys(each for each in pieces if isinstance(each, Blank)))
        of_values = [each for each in blanks if each.place != STYLE]
        of_styles = [each for each in blanks if each.place == STYLE]
        self._writers = [(_WRITERS[each.place], each.number, each.line) for each in of_values]
        self._styles = [styles[each.number] for each in of_styles]
        order = {each: place for place, each in enumerate((*of_values, *of_styles))}
        self._places = [
            (place, order[each]) for place, each in enumerate(pieces) if isinstance(each, Blank)
        ]
        self._derived = tuple(derived)
        self.memory = sum(map(len, self._pieces)) + _OVERHEAD * len(pieces)

    def fill(self, given: Sequence[str], email: Styling | None = None) -> str:
        """Return the block with values in its blanks.

        Args:
            given: as ``shape.read`` returns them, and the class behind them.
            email: the email around the block.

        Raises:
            UnsafeFilling: a value is not what its place asks for, or what they make together is not.
        """
        values = [*given]
        for function, arguments in self._derived:
            found: list[Any] = [
                values[a.number] if isinstance(a, Reference) else email if a is Email else a
                for a in arguments
            ]
            values.append(function(*found))
        written = [write(values[number], line) for write, number, line in self._writers]
        if email is not None:
            written += [email.style(call, values) for call in self._styles]
        pieces = self._pieces.copy()
        for place, which in self._places:
            pieces[place] = written[which]
        html = "".join(pieces)
        if has_liquid(html) or has_css_url(html):
            raise UnsafeFilling("values beside each other make Liquid or url(")
        return html


Write = Callable[[str, int], str]


def checked(write: Write, safe: re.Pattern[str], what: str) -> Write:
    """Return a writer whose results have to match a pattern.

    Args:
        write: a value, and the number of its line, to markup.
        safe: what markup looks like that stays in its place.
        what: how the value is called, for errors.
    """

    def write_checked(value: str, line: int) -> str:
        written = write(value, line)
        if not safe.fullmatch(written):
            raise UnsafeFilling(f"{what} is not as it should be in this place")
        return written

    return write_checked


def _escaped(value: str, line: int) -> str:
    if "\n" in value:
        value = value.split("\n")[line]
    return str(escape(defuse(value.strip(" \t"))))


def _as_it_is(value: str, _: int) -> str:
    return value


def _url(pattern: re.Pattern[str]) -> Write:
    """Return the writer of a URL: its pattern has no quotes, and its ampersands become references."""
    of_url = checked(_as_it_is, pattern, "a URL")
    return checked(lambda url, line: of_url(url, line).replace("&", "&amp;"), SAFE_TEXT, "a URL")


write_text = checked(_escaped, SAFE_TEXT, "a text")
# By the place of a blank.
_WRITERS: Mapping[str, Write] = {
    "": write_text,
    "alt": write_text,
    "bgcolor": checked(_as_it_is, SAFE_COLOR, "a color"),
    "class": checked(_as_it_is, SAFE_CLASS, "a class"),
    "href": _url(URLS["href"]),
    "src": _url(URLS["src"]),
    "style": checked(_as_it_is, SAFE_COLOR, "a color"),
}
