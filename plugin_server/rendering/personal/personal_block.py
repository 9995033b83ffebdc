"""A prepared dynamic block: a prepared block in which some pieces are Liquid.

**Why what Kit renders of it is safe.** ``prepared_block.py`` says why parsers read every filling of the
markup alike. This continues it. The claim: whatever creators type, and whatever the data of a subscriber or
event is, Liquid runs only what ``liquid_code.py`` writes, and what it prints is a block that the gate would
pass.

1. *Liquid runs nothing else.* A filling without its Liquid pieces has no delimiter, which is checked at every
   filling. None arises where a piece meets a text: no text begins or ends with half of a delimiter
   (``text.defuse``), and no brace of a template stands beside a piece (``blank_placement.py``).
2. *Pieces depend on the look alone*, except for texts within quotes. These are URL-encoded, and must match
   ``SAFE_QUOTED``, which has no quotation mark, brace or space: they stay within their quotes. One that is
   printed in the place of a value is cleaned as a value is, and escaped.
3. *Pieces stand only where what they print may.* A value that is printed stands where a text may: between
   tags or in ``alt``. A URL is the whole of ``href`` or ``src``; a parameter is at the end of a query.
   Conditions and loops stand between tags, where a text may stand, and each of their branches closes the
   elements that it opens, and no others (``structure.py``). So every branch is read alike, whichever others
   are there.
4. *A value cannot leave its place.* Each is assigned once, in a form that ends in ``escape``; or is
   URL-encoded, so that it has no character that means something in a query; or is a URL put together of
   parts that have only the characters of the gate's pattern. While it is encoded, braces, ``url(``, control
   characters and direction marks are replaced. As encoded characters begin with a percent sign, and a
   percent sign itself is encoded, no replacement meets half of a character.
5. *Every branch has passed the whole gate* before a look is cached, with a word in the place of Liquid; and
   so has what Liquid makes of it for subscribers with all data, none and hostile data (``judging.py``). Where
   no look with that Liquid has been judged, it is rendered for every combination of outcomes of its
   conditions, and with values that are long, of other types, and so on. By 2 to 4, no other filling or value
   makes another tag, attribute or style.
6. ``url(`` *cannot arise where a value meets a text.* A value has an invisible character before every
   parenthesis, and so has a text that continues what a value may have begun (``split_after_liquid``).
"""

import re
from collections.abc import Sequence
from hashlib import blake2s
from typing import NamedTuple
from urllib.parse import quote_plus, unquote_plus

from plugin_server.rendering.gate import CONTROLS, MAX_BYTES, URLS, has_css_url, has_liquid
from plugin_server.rendering.personal.liquid_code import Code, Quoted, cleaned, compared
from plugin_server.rendering.personal.marks import (
    Each,
    Mark,
    PersonalLink,
    PersonalUrl,
)
from plugin_server.rendering.personal.repetitions import repetitions
from plugin_server.rendering.placeholders import DerivedColor, StyleCall
from plugin_server.rendering.prepared_block import (
    WRITERS,
    Blank,
    PreparedBlock,
    SurroundingEmail,
    TooLargeFilling,
    UnsafeFilling,
)
from plugin_server.rendering.text import one_line

SAFE_QUOTED = re.compile("[A-Za-z0-9_.~+%-]*", re.ASCII)
# The places of what stands before and after a parameter of a URL.
BEFORE_QUERY, AFTER_QUERY = "before a query", "after a query"
# Stand for Liquid when it is judged as HTML: a text, a URL, and what else may follow a parameter's name.
_WORD, _URL = "x", "https://x/"
# Stands for Liquid in a filling that is checked; no value and no markup has it.
_PIECE = "\x1a"
_MAILTO = "mailto:"
# Bytes that a mark takes in memory, with its field or condition.
_OVERHEAD = 500
# Bytes of a tuple of two small numbers, and its place in a list.
_PAIR = 64
# After any brace: to look behind for Liquid's would take longer, and other braces are rare.
_AFTER_LIQUID = re.compile(r"\}((?:r?l)?\s*)(?=\()", re.IGNORECASE)


class Piece(NamedTuple):
    """A part of a dynamic block.

    Attributes:
        code: Liquid, or finished markup.
        mark: what it was written for; ``None`` for markup.
    """

    code: str
    mark: Mark | None = None

    @property
    def neutral(self) -> str:
        """What stands for it where Liquid is judged as HTML."""
        match self.mark:
            case None:
                return self.code
            case PersonalUrl():
                return _URL
            case PersonalLink():
                return f"{self.mark.parameter}={_WORD}"
        return _WORD


class PersonalBlock(PreparedBlock):
    """Markup with blanks and Liquid; safe to share between threads.

    Attributes:
        marks: what the Liquid was written for, in order.
        liquid: a digest of the Liquid, equal for blocks in which all of it is equal.
    """

    def __init__(
        self,
        pieces: Sequence[str | Blank | tuple[Mark, Code]],
        derived: Sequence[DerivedColor] = (),
        styles: Sequence[StyleCall] = (),
    ) -> None:
        """Create it from markup, blanks, and marks with their Liquid, in order.

        The other arguments are those of the base class.
        """
        static = [_PIECE if not isinstance(each, str | Blank) else each for each in pieces]
        super().__init__(static, derived, styles, _WITH_QUERIES)
        self._liquid = [
            (at, each[0], _joined(each[1]))
            for at, each in enumerate(pieces)
            if not isinstance(each, str | Blank)
        ]
        self.marks = tuple(mark for _, mark, _ in self._liquid)
        counted = repetitions(None if isinstance(each, str | Blank) else each[0] for each in pieces)
        times = [*counted] if any(isinstance(mark, Each) for mark in self.marks) else []
        # A look is judged once, but a loop repeats what is filled in later. What Liquid prints is not known
        # yet, and not counted.
        self._sent = [
            (at, number)
            for at, number in enumerate(times)
            if number and isinstance(pieces[at], str | Blank)
        ]
        code = repr([code for *_, code in self._liquid])
        self.liquid = blake2s(code.encode()).digest()
        for mark in self.marks:
            mark.detach()
        size = sum(len(part) for *_, code in self._liquid for part in code if isinstance(part, str))
        self.memory += 2 * size + _OVERHEAD * len(self.marks) + _PAIR * len(self._sent)

    def fill(self, given: Sequence[str], email: SurroundingEmail | None = None) -> str:
        """Return the finished Liquid; arguments and errors are those of the base class.

        Raises:
            TooLargeFilling: with lists as long as it shows, the block is larger than the gate allows.
        """
        pieces, values = self._checked(given, email)
        size = sum(len(pieces[at].encode("utf-8", "surrogatepass")) * n for at, n in self._sent)
        if size > MAX_BYTES:
            raise TooLargeFilling(f"over {MAX_BYTES} bytes as sent, with lists as long as it shows")
        for at, mark, code in self._liquid:
            pieces[at] = "" if _is_left_out(mark, values) else write_code(code, values)
        return split_after_liquid("".join(pieces))

    def parts(self, given: Sequence[str], email: SurroundingEmail | None = None) -> list[Piece]:
        """Return the finished block in parts; arguments and errors are those of the base class."""
        filled, values = self._checked(given, email)
        pieces = [Piece(each) for each in filled]
        for at, mark, code in self._liquid:
            is_left_out = _is_left_out(mark, values)
            pieces[at] = Piece("") if is_left_out else Piece(write_code(code, values), mark)
        return pieces

    def _checked(
        self, given: Sequence[str], email: SurroundingEmail | None
    ) -> tuple[list[str], list[str]]:
        """Return what ``filled`` does, after all but the Liquid has been checked."""
        filled, values = self.filled(given, email)
        skeleton = "".join(filled)
        if skeleton.count(_PIECE) != len(self._liquid):
            raise UnsafeFilling("a value holds a control character")
        # Conditions print nothing where they stand; what continues to url( there is split by ``fill``. A
        # delimiter beside a place remains one without it.
        without = skeleton.replace(_PIECE, "")
        if has_liquid(without) or has_css_url(skeleton):
            raise UnsafeFilling("adjacent values form Liquid or url(")
        return filled, values


def _is_left_out(mark: Mark, values: Sequence[str]) -> bool:
    """Return whether a mark is the parameter of an email address, which has no query."""
    return isinstance(mark, PersonalLink) and values[mark.url.number].startswith(_MAILTO)


def _joined(code: Code) -> Code:
    """Return code whose neighbouring texts are one, with the texts of the template in their places."""
    joined: list[str | Quoted] = []
    for each in code:
        is_constant = isinstance(each, Quoted) and each.literal.text is not None
        part = _quoted(each, ()) if isinstance(each, Quoted) and is_constant else each
        if joined and isinstance(part, str) and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return tuple(joined)


def write_code(code: Code, values: Sequence[str]) -> str:
    """Return Liquid with texts of the context in its quotes.

    Raises:
        UnsafeFilling: a text does not match ``SAFE_QUOTED``.
    """
    return "".join(each if isinstance(each, str) else _quoted(each, values) for each in code)


def _quoted(quoted: Quoted, values: Sequence[str]) -> str:
    text = one_line(quoted.literal.read(values))
    written = compared(text) if quoted.is_small else quote_plus(text)
    if quoted.is_printed:
        written = cleaned(written)
        printed = unquote_plus(written)
        if has_liquid(printed) or has_css_url(printed) or CONTROLS.search(printed):
            raise UnsafeFilling("a text in Liquid's quotes is not harmless")
    if not SAFE_QUOTED.fullmatch(written):
        raise UnsafeFilling("a text does not match the pattern of Liquid's quotes")
    return written


def split_after_liquid(html: str) -> str:
    """Return Liquid in which no text continues what a value may have begun to ``url(``."""
    return _AFTER_LIQUID.sub("}\\1\u200c", html) if "(" in html else html


def before_query(url: str) -> str:
    """Return the part of a URL before a new parameter, in HTML; all of an email address."""
    if url.startswith(_MAILTO):
        return url
    start = url.partition("#")[0]
    separator = "?" if "?" not in start else "" if start[-1] in "?&" else "&"
    return f"{start}{separator}"


def after_query(url: str) -> str:
    """Return the part of a URL after a new parameter, its fragment."""
    _, sign, fragment = url.partition("#")
    return "" if url.startswith(_MAILTO) else f"{sign}{fragment}"


def _part_of_url(url: str, part: str) -> str:
    if not URLS["href"].fullmatch(url):
        raise UnsafeFilling("a URL does not match the pattern of its place")
    return part.replace("&", "&amp;")


_WITH_QUERIES = {
    **WRITERS,
    BEFORE_QUERY: lambda url, _: _part_of_url(url, before_query(url)),
    AFTER_QUERY: lambda url, _: _part_of_url(url, after_query(url)),
}
