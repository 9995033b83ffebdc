"""A prepared block: markup with blanks that each request fills in, like the parameters of a SQL statement.

**Why filling in is safe.** Let M be the markup with blanks. The claim: HTML and CSS parsers read every
filling of M alike, except for the text of text nodes, the values of ``alt``, ``href``, ``src`` and ``class``,
and the colors in ``bgcolor`` and in styles.

1. *M does not depend on the values.* Templates get placeholders in the place of values. A placeholder reveals
   no more than the shape that M is cached by (``placeholders.py``, ``context_shape.py``), and the placeholder
   of the email's styles reveals only which elements have a color.
2. *Blanks stand only where a value of their kind may.* ``blank_placement.py`` reads M by a pattern that
   matches only tags in the one spelling that templates use. A text stands between tags or in a value of
   ``alt``; a URL is the whole value of ``href`` or ``src``; a color is the end of a value in ``style``, or
   the whole value of ``bgcolor``; the class stands in ``class``, or after a dot in the style sheet.
3. *A value cannot leave its place.* Every value, in its written form, must match a pattern that is
   independent of the code that wrote it (``checked``). In a text, ``<``, ``>``, quotes and ``&`` are
   character references, so HTML's tokenizer stays in its state: text, or a double-quoted value. A URL
   matches the gate's own pattern; a color is six hex digits; a class has letters, digits, hyphens and
   underscores only: in CSS, each is a single token, as its blank is.
   A style attribute that depends on the email is the whole value of ``style``. It holds no quote, ``<`` or
   ``&``, and it has passed the gate's CSS rules, with sample digits for its colors (``email_cache.py``).
   A formatted text stands in a text node, too, and is escaped in the same way. Around its runs are
   ``<strong>``, ``<em>``, ``<u>`` and ``<s>``, always in this order, without attributes, each closed where
   its run ends; ``<br>`` stands for its line breaks (``SAFE_RUN``). Parsers let these stand wherever they
   let a text stand that is not blank, which a look determines, and read what follows as if they were not
   there: none of them ends an element around it, and none is left open. In a style element, where a tag
   would be text, no formatted text may stand.
4. *One filling has passed the whole gate* (``gate.py``) before M is cached. By 2 and 3, every other filling
   has the same tags and attributes but for the tags of formatted texts, and the same CSS except for the
   digits of colors.
5. *What values could form together is checked at every filling*: Liquid and ``url(`` in the finished block,
   and its size. They cannot form Liquid across a tag: ``defuse`` has removed from each text, and from each
   line of each run of a formatted text, what could be half of a delimiter, and M has no brace beside a
   blank.

``personal/personal_block.py`` continues this for dynamic blocks, in which Kit fills in more for each
subscriber.

``Renderer(verifies=True)``, which tests, commands and the preview use, passes every filling through the whole
gate, and compares it with what the template makes of the values themselves.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from markupsafe import escape

from plugin_server.rendering.gate import CONTROLS, URLS, has_css_url, has_liquid
from plugin_server.rendering.placeholders import DerivedColor, EmailArgument, Reference, StyleCall
from plugin_server.rendering.text import defuse
from plugin_server.rendering.value_types import FormattedText, Run

_PLAIN = CONTROLS.pattern.replace("[", "[^<>&\"'", 1)
SAFE_TEXT = re.compile(rf"{_PLAIN}*+(?:&(?:amp|lt|gt|#34|#39);{_PLAIN}*+)*+")
# A text with line breaks, in tags that are closed in reverse order.
SAFE_RUN = re.compile(
    rf"(<strong>)?(<em>)?(<u>)?(<s>)?{SAFE_TEXT.pattern}(?:<br>{SAFE_TEXT.pattern})*+"
    "(?(4)</s>)(?(3)</u>)(?(2)</em>)(?(1)</strong>)"
)
SAFE_COLOR = re.compile("#[0-9a-f]{6}")
SAFE_CLASS = re.compile("kb-[a-z0-9_-]{1,60}")
# The place of a style attribute that depends on the email.
STYLE = "all of style"
# The place of a formatted text, which is a text node.
FORMATTED = "formatted text"
_TAGS = ("s", "u", "em", "strong")  # from the inside
# Bytes that each piece takes in memory, besides its text.
_OVERHEAD = 150


class UnsafeFilling(ValueError):
    """Values that do not fill a prepared block safely; a bug. The message repeats none of them.

    Attributes:
        code: of the rule that is broken.
    """

    code = "filling"


class TooLargeFilling(UnsafeFilling):
    """Values with which a block is larger than the gate allows."""

    code = "size"


class Blank(NamedTuple):
    """Where a value is filled in.

    Attributes:
        number: of the value.
        line: of the value's lines, the one that is filled in.
        place: the attribute; ``""`` for a text node.
    """

    number: int
    line: int
    place: str


class SurroundingEmail(Protocol):
    """The email around the block; see ``email_cache.Email``."""

    def style(self, call: StyleCall, values: Sequence[str]) -> str:
        """Return the value of a style attribute."""


class PreparedBlock:
    """Markup with blanks; safe to share between threads.

    Attributes:
        memory: about how many bytes it takes in memory.
    """

    def __init__(
        self,
        pieces: Sequence[str | Blank],
        derived: Sequence[DerivedColor] = (),
        styles: Sequence[StyleCall] = (),
        writers: "Mapping[str, Write] | None" = None,
    ) -> None:
        """Create it from the parts of its markup.

        Args:
            pieces: markup and blanks in order.
            derived: the colors that are computed from others, in the order of their numbers.
            styles: the style attributes that depend on the email, by the number of their blanks.
            writers: by the place of the blank, where there are others than ``WRITERS``.
        """
        writers = writers or WRITERS
        self._pieces = ["" if isinstance(each, Blank) else each for each in pieces]
        blanks = list(dict.fromkeys(each for each in pieces if isinstance(each, Blank)))
        of_values = [each for each in blanks if each.place != STYLE]
        of_styles = [each for each in blanks if each.place == STYLE]
        self._writers = [(writers[each.place], each.number, each.line) for each in of_values]
        self._styles = [styles[each.number] for each in of_styles]
        order = {each: place for place, each in enumerate((*of_values, *of_styles))}
        self._places = [
            (place, order[each]) for place, each in enumerate(pieces) if isinstance(each, Blank)
        ]
        self._derived = tuple(derived)
        self.memory = sum(map(len, self._pieces)) + _OVERHEAD * len(pieces)

    def fill(self, given: Sequence[str], email: SurroundingEmail | None = None) -> str:
        """Return the finished block, with values in its blanks.

        Args:
            given: the values as ``split_context`` returns them, followed by the class name.
            email: the email around the block.

        Raises:
            UnsafeFilling: a value does not match the pattern of its place, or values form Liquid or
                ``url(`` together.
        """
        html = "".join(self.filled(given, email)[0])
        if has_liquid(html) or has_css_url(html):
            raise UnsafeFilling("adjacent values form Liquid or url(")
        return html

    def filled(
        self, given: Sequence[str], email: SurroundingEmail | None
    ) -> tuple[list[str], list[str]]:
        """Return the pieces of the markup with values in the blanks, and all values; raises as ``fill``."""
        values = [*given]
        for function, arguments in self._derived:
            found: list[Any] = [
                values[a.number] if isinstance(a, Reference) else email if a is EmailArgument else a
                for a in arguments
            ]
            values.append(function(*found))
        written = [write(values[number], line) for write, number, line in self._writers]
        if email is not None:
            written += [email.style(call, values) for call in self._styles]
        pieces = self._pieces.copy()
        for place, which in self._places:
            pieces[place] = written[which]
        return pieces, values


Value = TypeVar("Value")
Write = Callable[[Any, int], str]


def checked(
    write: Callable[[Value, int], str], safe: re.Pattern[str], what: str
) -> Callable[[Value, int], str]:
    """Return a writer whose results must match a pattern.

    Args:
        write: turns a value, and the number of a line of it, into markup.
        safe: matches markup that cannot leave its place.
        what: what the value is called in error messages.
    """

    def write_checked(value: Value, line: int) -> str:
        written = write(value, line)
        if not safe.fullmatch(written):
            raise UnsafeFilling(f"{what} does not match the pattern of its place")
        return written

    return write_checked


def _escaped(value: str, line: int) -> str:
    if "\n" in value:
        value = value.split("\n")[line]
    return str(escape(defuse(value.strip(" \t"))))


def _unchanged(value: str, _: int) -> str:
    return value


def _url(pattern: re.Pattern[str]) -> Write:
    """Return a writer of URLs: the pattern allows no quotes, and ampersands become references."""
    write = checked(_unchanged, pattern, "a URL")
    return checked(lambda url, line: write(url, line).replace("&", "&amp;"), SAFE_TEXT, "a URL")


def _run(run: Run, _: int) -> str:
    """Write a run; spaces at its ends separate it from other runs, and remain."""
    written = "<br>".join(str(escape(defuse(line))) for line in run.text.split("\n"))
    for tag in _TAGS:
        if tag in run.tags:
            written = f"<{tag}>{written}</{tag}>"
    return written


def formatted(write_run: Callable[[Run, int], str]) -> Callable[[FormattedText, int], str]:
    """Return a writer of formatted texts, each of whose runs has to match ``SAFE_RUN``."""
    write = checked(write_run, SAFE_RUN, "a formatted text")
    return lambda text, line: "".join(write(run, line) for run in text.runs)


write_formatted = formatted(_run)
write_text = checked(_escaped, SAFE_TEXT, "a text")
# Writers by the place of the blank.
WRITERS: Mapping[str, Write] = {
    "": write_text,
    "alt": write_text,
    "bgcolor": checked(_unchanged, SAFE_COLOR, "a color"),
    "class": checked(_unchanged, SAFE_CLASS, "a class"),
    FORMATTED: write_formatted,
    "href": _url(URLS["href"]),
    "src": _url(URLS["src"]),
    "style": checked(_unchanged, SAFE_COLOR, "a color"),
}
