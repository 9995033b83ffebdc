"""A Liquid template in pieces, with the place of each: what stands in braces, and the text between.

They are found as Liquid finds them: what a delimiter opens ends at the first that closes it, quotes or
not. Takes linear time for any text.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple

from plugin_server.findings.finding import Finding, Place, error
from plugin_server.findings.wording import shown
from plugin_server.lint.liquid.vocabulary import TEXT_TAGS

_OPENING = re.compile(r"\{[{%]")
_NAME = re.compile(r"\s*(#|\w+)")
_ENDS = {name: re.compile(rf"\{{%-?\s*end{name}\s*-?%\}}") for name in TEXT_TAGS}


class Piece(NamedTuple):
    """What stands between two delimiters.

    Attributes:
        start: where the opening delimiter begins, in characters from 0; ``end`` is behind the closing one.
        tag: the name of a tag, ``""`` of an output.
        at: where the name of a tag, or the expression of an output, begins.
        code: the expression; ``code_at`` is where it begins.
    """

    start: int
    end: int
    tag: str
    at: int
    code: str
    code_at: int


@dataclass
class Template:
    """The pieces of a source in order, and what stands where Liquid prints it as it is.

    Attributes:
        texts: the spans between pieces, but for those in comments.
        findings: delimiters that do not fit.
    """

    source: str
    pieces: list[Piece] = field(default_factory=list)
    texts: list[tuple[int, int]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def piece_at(self, offset: int) -> Piece | None:
        """Return the piece around an offset, ``None`` in a text."""
        index = bisect_right(self.pieces, offset, key=lambda each: each.start) - 1
        piece = self.pieces[index] if index >= 0 else None
        return piece if piece and offset < piece.end else None

    def written(self, piece: Piece) -> str:
        """Return a piece as it stands in the source."""
        return self.source[piece.start : piece.end]


def split(source: str) -> Template:
    """Return the pieces of any text, up to a delimiter that is never closed."""
    template = Template(source)
    position = 0
    while opening := _OPENING.search(source, position):
        start = opening.start()
        _add_text(template, position, start)
        closing = "}}" if opening[0] == "{{" else "%}"
        end = source.find(closing, start + 2)
        inner = source[start + 2 : end] if end >= 0 else ""
        if end < 0 or _OPENING.search(inner):
            template.findings.append(_never_closed(source, start, closing))
            return template
        piece = _piece(source, start, end + 2)
        template.pieces.append(piece)
        position = piece.end
        if piece.tag in TEXT_TAGS:
            position = _skip_text(template, piece)
    _add_text(template, position, len(source))
    return template


def _add_text(template: Template, start: int, end: int) -> None:
    if start < end:
        template.texts.append((start, end))


def _skip_text(template: Template, piece: Piece) -> int:
    """Return where the text in a comment or raw block ends; what is raw is printed."""
    found = _ENDS[piece.tag].search(template.source, piece.end)
    if found is None:
        message = f"{{% {piece.tag} %}} is never closed: everything after it is lost"
        advice = f"Write {{% end{piece.tag} %}} where it ends."
        template.findings.append(_error(piece.start, message, advice))
        return len(template.source)
    if piece.tag == "raw":
        _add_text(template, piece.end, found.start())
    template.pieces.append(_piece(template.source, found.start(), found.end()))
    return found.end()


def _piece(source: str, start: int, end: int) -> Piece:
    first, last = start + 2, end - 2
    if source.startswith("-", first) and first < last:
        first += 1
    if source[last - 1] == "-" and first < last:
        last -= 1
    tag, at = "", first
    if source.startswith("{%", start):
        name = _NAME.match(source, first, last)
        tag, at = (name[1], name.start(1)) if name else ("?", start)
        first = name.end() if name else last
    code = source[first:last]
    stripped = code.lstrip()
    code_at = first + len(code) - len(stripped)
    return Piece(start, end, tag, at if tag else code_at, stripped.rstrip(), code_at)


def _never_closed(source: str, start: int, closing: str) -> Finding:
    opening = source[start : start + 2]
    message = f"{opening} is never closed"
    excerpt = " ".join(source[start : start + 40].split())
    advice = f"Write {closing} after {shown(excerpt)} where it ends."
    return _error(start, message, advice)


def masked(template: Template) -> str:
    """Return the source as HTML alone, as long as before: outputs are words, and tags are spaces."""
    written: list[str] = []
    position = 0
    for piece in template.pieces:
        written += (template.source[position : piece.start], _filler(piece))
        position = piece.end
    return "".join((*written, template.source[position:]))


def _filler(piece: Piece) -> str:
    return (" " if piece.tag and piece.tag != "echo" else "x") * (piece.end - piece.start)


def _error(offset: int, message: str, advice: str) -> Finding:
    return error("liquid-syntax", Place(offset=offset), message, advice)
