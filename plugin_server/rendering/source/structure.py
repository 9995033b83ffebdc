"""Compares HTML with the tree that parsers make of it, to find where they would have to guess.

What stands in the source is compared with the tree that a parser of the HTML standard (Lexbor) makes
of it. Where both agree, everybody reads the same, and nothing in it reaches out of its place.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, zip_longest

from selectolax.lexbor import LexborHTMLParser

from plugin_server.findings.finding import Finding, Place, error
from plugin_server.findings.lines import Lines
from plugin_server.rendering.source.elements import DOCUMENT
from plugin_server.rendering.source.nesting import MAX_FINDINGS, Nesting
from plugin_server.rendering.source.tokens import CONTROL, Token, tokenize

# The parser's time grows with the square of the depth.
MAX_DEPTH = 1_000

# A tag in the one spelling of templates, a text between tags, or a "<" that begins no such tag.
_SOURCE = re.compile(r'<(/?[a-z0-9]+)((?:\s+[a-z]+="[^"<>]*")*+)\s*>|([^<]+|<)')
# The same in what Lexbor writes: a value holds no quote, a text no "<", and an attribute whose name is
# not of letters, which could be mistaken for something else, makes no tag.
WRITTEN = re.compile(r'<(/?[a-z0-9]+)((?: [a-z]+="[^"]*")*+)>|([^<]+|<)')

# Of the two patterns: a tag's name and attributes, or else a text.
Part = tuple[str, str, str]
Event = tuple[str, int]


def is_whole(tokens: Sequence[Token]) -> bool:
    """Return whether this is a document of its own rather than a piece of one."""
    return any(
        (token.kind == "start" and token.name in DOCUMENT) or token.kind == "doctype"
        for token in tokens
    )


def is_exact(source: str, written: str) -> bool:
    """Return whether a source is its tree, tag by tag, in the one spelling of templates.

    Then nothing is left to be guessed, nor left out where HTML allows it; all tags are in small
    letters, all values in double quotes, and there are no comments.

    Args:
        source: any text.
        written: the tree of the source as Lexbor writes it.
    """
    outline = _outline(_SOURCE.findall(source))
    if ("<", 0) in outline or CONTROL.search(source) or _has_nested_links(outline):
        return False
    return outline == _outline(WRITTEN.findall(written))


def _has_nested_links(outline: list[Event]) -> bool:
    """Return whether a link stands in a link, which a tree can have when a table is between them."""
    links = [name for name, _ in outline if name in ("a", "/a")]
    return any(name == following == "a" for name, following in pairwise(links))


def _outline(parts: list[Part]) -> list[Event]:
    """Return the tags, with the number of their attributes, and where there is text."""
    return [
        (tag, attributes.count('"')) if tag else ("<" if text == "<" else "#", 0)
        for tag, attributes, text in parts
        if tag or text.strip("\t\n ")
    ]


def examine(source: str) -> list[Finding]:
    """Return findings for whatever parsers would have to guess at in a source, in its order.

    Of errors and of warnings, at most ``MAX_FINDINGS`` each; after as many errors, the rest of
    the source is not looked at.

    Args:
        source: any text without lone surrogates.
    """
    tokens = list(tokenize(source))
    whole = is_whole(tokens)
    lines = Lines(source)
    nesting = Nesting(lines, is_whole=whole)
    for token in tokens:
        nesting.take(token)
        if len(nesting.errors) >= MAX_FINDINGS:
            break
    else:
        nesting.finish()
        if _is_worth_comparing(nesting):
            written = LexborHTMLParser(source, is_fragment=not whole).html or ""
            if (at := _difference(nesting.elements.events, written)) is not None:
                nesting.errors.append(_unexplained([*nesting.elements.places, len(source)][at]))
    found = sorted((*nesting.errors, *nesting.warnings), key=lambda each: each.place.offset)
    return [lines.locate(each, each.place.offset) for each in found]


def _is_worth_comparing(nesting: Nesting) -> bool:
    """Return whether the whole tree is known, and not too deep for Lexbor."""
    return not nesting.errors and nesting.elements.deepest <= MAX_DEPTH


def _difference(events: Sequence[Event], written: str) -> int | None:
    """Return the index of the first event that differs from the parser's tree; ``None`` if none does."""
    ours = [(at, event) for at, event in enumerate(events) if event[0].strip("/") not in DOCUMENT]
    theirs = [event for event in _events(written) if event[0].strip("/") not in DOCUMENT]
    for own, other in zip_longest(ours, theirs):
        if own is None:
            return len(events)
        if own[1] != other:
            return own[0]
    return None


def _events(written: str) -> Iterator[Event]:
    """Yield the events of a serialized tree, in the form of ``Nesting``."""
    last = ""
    for token in tokenize(written):
        name, attributes = token.name, token.attributes
        if token.kind == "end":
            name = f"/{name}"
        elif token.kind != "start":
            name = {"text": "#", "comment": "!", "doctype": ""}[token.kind]
        if name and not token.is_blank and not (name == last == "#"):
            yield name, attributes
        last = last if token.is_blank else name


def _unexplained(offset: int) -> Finding:
    return error(
        "html-moved",
        Place(offset=offset),
        "parsers add, drop or move something here",
        "Look at what stands here and just before it, and write it in a simpler way.",
    )
