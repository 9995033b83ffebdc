"""Finds what Kit refuses in a block's HTML, so that a block that works here works there.

Two parsers read the HTML, because Kit's own is not known: Python's, which follows the source
and knows the lines, and one that builds the tree of a browser. What one of them overlooks in broken
or hostile markup, the other sees. Only Kit's list of elements is shared with the
plugin server's own gate.

Source: https://developers.kit.com/plugins/content-blocks/plugin-security
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from html.parser import HTMLParser

from plugin_server.findings.finding import NOWHERE, Finding, Place, error
from plugin_server.lint.page import read
from plugin_server.rendering.limits import KIT_REJECTED_ELEMENTS
from plugin_server.sandbox.checks.css_rules import css_refusals

_URL_ATTRIBUTES = frozenset(
    {"action", "background", "cite", "data", "dynsrc", "formaction", "href", "longdesc", "lowsrc"}
    | {"manifest", "ping", "poster", "src", "srcset", "values", "from", "to", "by", "xlink:href"}
)
_LISTS = frozenset({"ping", "srcset", "values"})
# SVG's attributes that are CSS by themselves.
_CSS_ATTRIBUTES = frozenset(
    {"clip-path", "cursor", "fill", "filter", "marker", "marker-end", "marker-mid", "marker-start"}
    | {"mask", "stroke"}
)
_EVENT = re.compile(r"on[a-z]")
_PROGRAMS = ("javascript", "vbscript", "livescript", "mocha", "data")
# Browsers drop these from a URL before they read its scheme (WHATWG URL).
_IGNORED = re.compile(r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028\u2029\ufeff]")
# Outlook reads what stands in a conditional comment as HTML.
_CONDITIONAL = re.compile(r"\[if\b[^\]]*\]>(.*?)(?:<!\[endif\]|\Z)", re.DOTALL | re.IGNORECASE)
_LINK_TO_PAGE = "Link to a page that has it."
_NO_FILE = "Put the file on a server, and write its https URL."
_NO_CODE = "Write the https URL of a page: no mail client runs it."


def refusals(html: str) -> list[str]:
    """Return what Kit refuses in ``html``, each once, in the order of the document; ``[]`` if nothing."""
    return list(dict.fromkeys(each.message for each in find_refusals(html)))


@lru_cache(maxsize=64)
def find_refusals(html: str) -> tuple[Finding, ...]:
    """Return every place of what Kit refuses, which the message names.

    What only a browser sees is there once, without a line.
    """
    found = list(_as_written(html))
    known = {each.message for each in found}
    for each in _as_browsers_see(html):
        if each.message not in known:
            known.add(each.message)
            found.append(each)
    return tuple(dict.fromkeys(found))


def _as_browsers_see(html: str) -> Iterator[Finding]:
    for element in read(html).elements:
        yield from _of_element(element.tag, element.attributes.items(), 0)
        if element.tag == "style":
            yield from (replace(each, place=NOWHERE) for each in css_refusals(element.source))


def _as_written(html: str) -> Iterator[Finding]:
    reader = _Reader()
    reader.read(html)
    yield from reader.found


def _refusal(what: str, advice: str, line: int) -> Finding:
    return error("kit-refuses", Place(line), what, advice)


def _of_element(tag: str, attributes: Iterable[tuple[str, str]], line: int) -> Iterator[Finding]:
    # A prefix, as in <svg:script>, does not make it another element to every reader.
    name = tag.rpartition(":")[2]
    if name in KIT_REJECTED_ELEMENTS:
        yield _refusal(f"<{name}>", _LINK_TO_PAGE, line)
    for attribute, value in attributes:
        if name == "link" and attribute == "rel" and "stylesheet" in value.lower():
            advice = "Write the styles in style attributes."
            yield _refusal("an external style sheet", advice, line)
        elif _EVENT.match(attribute):
            advice = "Remove the attribute: no mail client runs it."
            yield _refusal(f"the event handler {attribute}", advice, line)
        elif attribute in _URL_ATTRIBUTES and (scheme := _program(attribute, value)):
            yield _refusal(f"a {scheme}: URL", _NO_FILE if scheme == "data" else _NO_CODE, line)
        elif attribute == "style" or attribute in _CSS_ATTRIBUTES:
            for found in css_refusals(value):
                yield replace(found, place=Place(line))


def _program(attribute: str, value: str) -> str:
    """Return the scheme of a URL that holds a program or a file; ``""`` of any other."""
    for each in re.split("[,;]", value) if attribute in _LISTS else [value]:
        scheme, colon, _ = _IGNORED.sub("", each).lower().partition(":")
        if colon and scheme in _PROGRAMS:
            return scheme
    return ""


class _Reader(HTMLParser):
    def __init__(self, first_line: int = 1, depth: int = 0) -> None:
        super().__init__()
        self.found: list[Finding] = []
        self._above = first_line - 1
        self._depth = depth
        self._style: list[str] | None = None
        self._style_line = 0

    def read(self, html: str) -> None:
        """Parse HTML, up to a declaration on which Python's parser fails."""
        # An open comment lasts to the end, but the parser would look for that end again at each
        # of its words.
        with suppress(AssertionError):
            self.feed(f"{html}-->")
            self.close()
        self._end_style()

    @property
    def _line(self) -> int:
        return self._above + self.getpos()[0]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # Also an attribute that stands twice: browsers take the first, others may take the last.
        values = [(name, value or "") for name, value in attrs]
        self.found.extend(_of_element(tag, values, self._line))
        if tag == "style":
            self._style, self._style_line = [], self._line

    def handle_endtag(self, tag: str) -> None:
        if tag == "style":
            self._end_style()

    def handle_data(self, data: str) -> None:
        if self._style is not None:
            self._style.append(data)

    def handle_comment(self, data: str) -> None:
        for match in _CONDITIONAL.finditer(data):
            if self._depth:
                return
            inner = _Reader(self._line + data.count("\n", 0, match.start(1)), self._depth + 1)
            inner.read(match[1])
            self.found.extend(inner.found)

    def handle_pi(self, data: str) -> None:
        if data.lower().startswith("xml-stylesheet"):
            advice = "Write the styles in style attributes."
            self.found.append(_refusal("an external style sheet", advice, self._line))

    def _end_style(self) -> None:
        if self._style is not None:
            css, self._style = "".join(self._style), None
            self.found.extend(css_refusals(css, self._style_line))
