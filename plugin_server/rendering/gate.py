"""The gate: parses a finished block and reports what Kit would reject or we did not mean to write.

It never changes anything. Its parsers (Lexbor for HTML, tinycss2 for CSS) are not those that cleaned
the content, so that what one of them overlooks, the other sees. Its messages are logged and repeat
nothing of the content; ``gate_advice.py`` explains them to developers.

What is judged is the tree as Lexbor writes it down: one spelling for everything, in which a tag, an
attribute or a text can be nothing else. It has to have the structure of what was given, too.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from html import unescape
from itertools import islice

from selectolax.lexbor import LexborHTMLParser

from plugin_server.findings.finding import NOWHERE, Finding, Place, error
from plugin_server.rendering.gate_css import (
    Problem,
    inline_style_problems,
    style_sheet_problems,
)
from plugin_server.rendering.limits import KIT_REJECTED_ELEMENTS
from plugin_server.rendering.source.structure import WRITTEN, Part, examine, is_exact

MAX_BYTES = 40_000
_MAX_DEPTH = 50
_MAX_FINDINGS = 20

_VOID = frozenset({"br", "hr", "img"})
_TEXT = frozenset({"class", "dir", "lang", "style"})
_CELL = frozenset({"align", "bgcolor", "class", "dir", "height", "style", "valign", "width"})

# Every element that a block may hold, with its attributes.
ALLOWED = {
    "a": frozenset({"class", "href", "style", "target"}),
    "b": frozenset[str](),
    "blockquote": _TEXT,
    "br": frozenset[str](),
    "div": _TEXT,
    "em": frozenset[str](),
    "h2": _TEXT,
    "h3": _TEXT,
    "h4": _TEXT,
    "hr": frozenset({"class", "style"}),
    "i": frozenset[str](),
    "img": frozenset({"alt", "border", "class", "height", "src", "style", "width"}),
    "li": _TEXT,
    "ol": _TEXT,
    "p": _TEXT,
    "s": frozenset[str](),
    "span": _TEXT,
    "strong": frozenset[str](),
    "style": frozenset[str](),
    "table": frozenset(
        {"align", "bgcolor", "border", "cellpadding", "cellspacing", "class", "dir", "role"}
    )
    | {"style", "width"},
    "tbody": frozenset[str](),
    "td": _CELL,
    "tr": frozenset[str](),
    "u": frozenset[str](),
    "ul": _TEXT,
}

_CLASS = "kb-[a-z0-9_-]{1,60}"
_VALUES = {
    name: re.compile(pattern, re.ASCII)
    for name, pattern in {
        "align": "left|right|center",
        "bgcolor": "#[0-9a-f]{6}",
        "border": "0",
        "cellpadding": "0",
        "cellspacing": "0",
        "class": rf"{_CLASS}( {_CLASS})*",
        "dir": "ltr|rtl",
        "height": r"\d{1,4}",
        "lang": "[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*",
        "role": "presentation|none",
        "target": "_blank",
        "valign": "top|middle|bottom",
        "width": r"\d{1,4}|\d{1,2}%|100%",
    }.items()
}
_REQUIRED = {
    "a": ("href", "target"),
    "img": ("alt", "src"),
    "table": ("role",),
}
# URLs have one spelling, too: no user name, no header of a letter, nothing left to be decoded.
_WEB = r"https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?/[A-Za-z0-9%/:?#\[\]@!$&()*+,;=._~-]*"
_MAILBOX = r"mailto:[A-Za-z0-9.!$*+=^_|~-]+@[A-Za-z0-9.-]+"
URLS = {
    "href": re.compile(f"{_WEB}|{_MAILBOX}", re.ASCII),
    "src": re.compile(_WEB, re.ASCII),
}

# Those that print nothing, or change the direction of what follows, also after the block's end.
CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
# Kit rejects CSS's url(), and may search the whole block for it, also text that is not CSS.
_CSS_URL = re.compile(r"url\s*\(", re.IGNORECASE)
_ATTRIBUTE = re.compile(' ([a-z]+)="([^"]*)"')
_WHITESPACE = " \t\n"
# Characters of a tag whose problems are cached; with their number, a few MB of memory at most.
_LONGEST_CACHED = 1_000


def _inside(names: list[str]) -> Place:
    # An unknown name may be content that broke out of its place; the log must not repeat it.
    known = ALLOWED.keys() | KIT_REJECTED_ELEMENTS
    return Place(elements=tuple(name if name in known else "unknown" for name in names[-12:]))


def has_liquid(text: str) -> bool:
    """Return whether a text holds a delimiter of Liquid."""
    return "{{" in text or "{%" in text or "}}" in text or "%}" in text


def has_css_url(text: str) -> bool:
    """Return whether a text holds ``url(``."""
    # To look for the word first takes a fifth of the time, and few texts have it.
    return "url" in text.lower() and _CSS_URL.search(text) is not None


def text_problem(what: str, text: str) -> Problem | None:
    """Return what is wrong with a text or value as parsers read it: no reference hides anything."""
    if has_liquid(text):
        return Problem("liquid", f"{what} holds a Liquid delimiter", what)
    if has_css_url(text):
        return Problem("css-url", f"{what} holds url(", what)
    if CONTROLS.search(text):
        return Problem("control", f"{what} holds a control character", what)
    return None


def _attribute_problem(name: str, value: str) -> Problem | None:
    if problem := text_problem(name, value):
        return problem
    if name in URLS and not URLS[name].fullmatch(value):
        message = f"{name} is not an absolute URL in its normal spelling"
        return Problem("address", message, name)
    if name in _VALUES and not _VALUES[name].fullmatch(value):
        message = f"{name} has a value that blocks do not use"
        return Problem("attribute-value", message, name)
    return None


def _attribute_problems(tag: str, attributes: Mapping[str, str]) -> Iterator[Problem]:
    for name, value in attributes.items():
        if name not in ALLOWED[tag]:
            yield Problem("attribute", f"{tag} has an attribute that is not allowed", name)
        elif name == "style":
            yield from inline_style_problems(value)
        elif problem := _attribute_problem(name, value):
            yield problem
    for name in required_attributes(tag):
        if name not in attributes:
            yield Problem("attribute-missing", f"{tag} needs {name}", name)


def attribute_pattern(name: str) -> str | None:
    """Return the regular expression of an attribute's values; ``None`` if it has none."""
    pattern = _VALUES.get(name) or URLS.get(name)
    return pattern and pattern.pattern


def required_attributes(tag: str) -> tuple[str, ...]:
    """Return the attributes that an element must have."""
    return _REQUIRED.get(tag, ())


def tag_problems(tag: str, attributes: Mapping[str, str]) -> Iterator[Problem]:
    """Yield what is wrong with a start tag; names are in small letters, values decoded."""
    if tag in KIT_REJECTED_ELEMENTS:
        yield Problem("kit-rejects", f"Kit rejects blocks with {tag}", tag)
    elif tag not in ALLOWED:
        yield Problem("element", "an element that is not allowed", tag)
    else:
        yield from _attribute_problems(tag, attributes)


def _read_tag(tag: str, written: str) -> tuple[Problem, ...]:
    """Return what is wrong with a start tag, whose attributes are as Lexbor writes them."""
    attributes = {name: unescape(value) for name, value in _ATTRIBUTE.findall(written)}
    return tuple(tag_problems(tag, attributes))


_read_cached_tag = lru_cache(maxsize=4096)(_read_tag)


def _cached_problems(tag: str, written: str) -> tuple[Problem, ...]:
    """Return what is wrong with a start tag; cached by its text, because blocks repeat their tags."""
    return (_read_cached_tag if len(written) <= _LONGEST_CACHED else _read_tag)(tag, written)


class _Reader:
    """Reads the tree from beginning to end, as Lexbor writes it."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        # The place of each style element, and what it holds.
        self.sheets: list[tuple[Place, str]] = []
        # What nothing is around: of a block, one element.
        self.roots: list[str] = []
        self._open: list[str] = []

    def findings(self, tokens: list[Part]) -> Iterator[Finding]:
        for tag, attributes, text in tokens:
            if not self._open:
                self.roots.append(tag)
            if not tag:
                yield from self._text(text)
            elif self._open[-1:] == ["style"] and tag != "/style":
                # To parsers it is none, but what looks like a tag in a sheet has no place there.
                yield error("css-syntax", self._place, "a style element holds a tag")
            elif tag[0] == "/":
                # There is none to close after a start tag that was too odd to be read.
                del self._open[-1:]
            else:
                self._open.append(tag)
                for problem in _cached_problems(tag, attributes):
                    yield error(problem.code, self._place, problem.message)
                if tag == "style":
                    self.sheets.append((self._place, ""))
                if tag in _VOID:
                    self._open.pop()
            if len(self._open) > _MAX_DEPTH:
                yield error("depth", NOWHERE, f"more than {_MAX_DEPTH} elements inside each other")
                return

    @property
    def _place(self) -> Place:
        return _inside(self._open)

    def _text(self, written: str) -> Iterator[Finding]:
        if written == "<":
            yield error("comment", self._place, "comments and odd tags are not allowed")
        elif self._open[-1:] == ["style"]:
            # Lexbor writes a sheet unchanged.
            self.sheets[-1] = (self.sheets[-1][0], written)
            yield from self._decoded(written)
        elif written.strip(_WHITESPACE):
            yield from self._decoded(unescape(written))

    def _decoded(self, text: str) -> Iterator[Finding]:
        self.texts.append(text)
        if problem := text_problem("text", text):
            yield error(problem.code, self._place, problem.message)


def _structure_findings(html: str) -> Iterator[Finding]:
    yield error("structure", NOWHERE, "tags, attributes or text that parsers add, drop or move")
    for found in examine(html):
        # Its words may repeat the content, which the log must not.
        yield error("structure", found.place, found.code)


def _findings(html: str) -> Iterator[Finding]:
    written = LexborHTMLParser(html, is_fragment=True).html or ""
    tokens = WRITTEN.findall(written)
    reader = _Reader()
    yield from reader.findings(tokens)
    for place, sheet in reader.sheets:
        for problem in style_sheet_problems(sheet):
            yield error(problem.code, place, problem.message)
    if len(reader.sheets) > 1:
        yield error("style", NOWHERE, "more than one style element")
    # A tag too many would close an element of the email around the block, and no parser of the
    # block alone could see it; of an attribute that stands twice, parsers keep one or the other. So
    # what is written must be exactly what the tree has, which also leaves a mail client's parser
    # nothing to repair in its own way.
    if not is_exact(html, written):
        yield from _structure_findings(html)
    if has_liquid(html):
        yield error("liquid", NOWHERE, "the source holds a Liquid delimiter")
    if has_css_url(html):
        yield error("css-url", NOWHERE, "the source holds url(")
    if len(reader.roots) != 1 or not reader.roots[0]:
        yield error("root", NOWHERE, "a block is one element with nothing beside it")
    if (LexborHTMLParser(written, is_fragment=True).html or "") != written:
        yield error("mutation", NOWHERE, "parsing the block twice gives two different trees")
    elif has_liquid("".join(reader.texts)):
        yield error("liquid", NOWHERE, "a Liquid delimiter appears when tags are removed")


def check(html: str) -> list[Finding]:
    """Return every broken rule of a finished block, at most 20; an empty list lets it pass.

    Time is linear in the size of ``html``, which is refused unread over ``MAX_BYTES`` of UTF-8.
    """
    if len(html.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return [error("size", NOWHERE, f"over {MAX_BYTES} bytes")]
    if CONTROLS.search(html):
        return [error("control", NOWHERE, "control characters are not allowed")]
    return list(islice(_findings(html), _MAX_FINDINGS))
