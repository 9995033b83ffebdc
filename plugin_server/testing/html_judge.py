"""An independent check of finished blocks: what a mail client, a browser or Kit would object to.

The gate parses HTML with Lexbor, this module with html5lib, and both have to read a block alike, so that
one sees what the other overlooks.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import tinycss2  # type: ignore[import-untyped]  # it ships no type hints
from bleach._vendor import html5lib  # type: ignore[import-not-found]  # bleach's copy
from selectolax.lexbor import LexborHTMLParser, LexborNode

from plugin_server.rendering.css_properties import PROPERTIES

# fmt: off
FORBIDDEN = frozenset({
    # Kit's own list.
    "script", "iframe", "audio", "video", "form", "input", "command", "action", "prompt",
    # Useless in an email, or parsed differently by every parser.
    "link", "meta", "base", "object", "embed", "applet", "frame", "frameset", "svg", "math",
    "template", "noscript", "textarea", "select", "button", "xmp", "plaintext", "listing",
    "title", "noembed", "noframes", "marquee", "bgsound", "image", "keygen", "dialog", "portal",
})
_FORBIDDEN_ATTRIBUTES = frozenset({
    "srcdoc", "formaction", "action", "ping", "xlink:href", "id", "name", "autofocus",
})
_URL_ATTRIBUTES = frozenset({
    "href", "src", "background", "cite", "srcset", "poster", "data", "longdesc", "lowsrc", "dynsrc",
    "usemap", "profile", "manifest", "codebase", "classid", "archive", "icon",
})
# fmt: on
_LIQUID = re.compile(r"\{\{|\{%|\}\}|%\}")
_URL_FUNCTION = re.compile(r"url\s*\(", re.IGNORECASE)
_IGNORED_IN_URLS = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ufeff]")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]")
_NOT_IN_VALUES = ("function", "url", "error", "{} block", "() block", "[] block", "at-keyword")


def judge(html: str) -> list[str]:
    """Return what a mail client, a browser or Kit would object to in a finished block; ``[]`` if nothing."""
    return [*_problems_of_source(html), *_problems_of_tree(html)]


def _problems_of_source(html: str) -> Iterator[str]:
    if _CONTROLS.search(html):
        yield "a control character"
    if _URL_FUNCTION.search(html):
        yield "url( in the source"
    for view in (html, re.sub(r"<[^>]*>", "", html)):
        if _LIQUID.search(view):
            yield "Liquid in the source"


def _problems_of_tree(html: str) -> Iterator[str]:
    block = _parse_within_email(html)
    if block is None:
        yield "not one element that stays in its place"
        return
    for element in block.iter():
        yield from _element_problems(element)
    if _LIQUID.search("".join(block.itertext())):
        yield "Liquid in the text"
    parser = LexborHTMLParser(html, is_fragment=True)
    if list(_as_lexbor_reads(parser.root)) != list(_as_html5lib_reads(block)):
        yield "two parsers that read it differently"
    # A mail client, an editor or Kit may serialize it again, which must not change its meaning.
    written = parser.html or ""
    if LexborHTMLParser(written, is_fragment=True).html != written:
        yield "another block when it is serialized again"


def _parse_within_email(html: str) -> Element | None:
    """Return the block as it is parsed within an email, ``None`` unless it is one whole element."""
    email = f"<table><tbody><tr><td><div>{html}<b>after</b></div></td></tr></tbody></table>"
    tree = html5lib.parseFragment(email, treebuilder="etree", namespaceHTMLElements=False)
    around: list[str] = []
    node = tree
    while len(node) == 1 and len(around) < 4:
        node = node[0]
        around.append(node.tag)
    if around != ["table", "tbody", "tr", "td"] or [each.tag for each in node] != ["div"]:
        return None
    place = node[0]
    if len(place) != 2 or place[1].tag != "b" or "".join(place[1].itertext()) != "after":
        return None
    beside = (place.text or "") + (place[0].tail or "")
    return None if beside.strip() else place[0]


Piece = str | tuple[str, list[tuple[str, str]]]


def _as_html5lib_reads(element: Element) -> Iterator[Piece]:
    """Yield an element, its contents and its end; texts are strings, ends are ``""``."""
    yield str(element.tag), sorted(element.attrib.items())
    if element.text:
        yield element.text
    for child in element:
        yield from _as_html5lib_reads(child)
        if child.tail:
            yield child.tail
    yield ""


def _as_lexbor_reads(node: LexborNode | None) -> Iterator[Piece]:
    """Yield the same of a node and its following siblings."""
    while node is not None:
        if node.is_text_node:
            yield node.text_content or ""
        else:
            attributes = node.attributes
            yield node.tag or "", sorted((name, value or "") for name, value in attributes.items())
            yield from _as_lexbor_reads(node.first_child)
            yield ""
        node = node.next


def _element_problems(element: Element) -> Iterator[str]:
    if not isinstance(element.tag, str):
        yield "a comment"
        return
    if "}" in element.tag or element.tag.lower() in FORBIDDEN:
        yield f"element {element.tag}"
    if element.tag == "style":
        yield from _sheet_problems(element.text or "")
    for name, value in element.attrib.items():
        yield from _attribute_problems(str(name), value)


def _attribute_problems(name: str, value: str) -> Iterator[str]:
    if name.lower().startswith("on") or name.lower() in _FORBIDDEN_ATTRIBUTES:
        yield f"attribute {name}"
    if name in _URL_ATTRIBUTES:
        yield from _url_problems(name, value)
    if name == "style":
        yield from _declaration_problems(value)
    if _URL_FUNCTION.search(value):
        yield f"url( in {name}"
    if _LIQUID.search(value):
        yield f"Liquid in {name}"


def _url_problems(name: str, value: str) -> Iterator[str]:
    if not value.isascii():
        yield f"{name} holds what URLs do not, such as an invisible character"
    scheme, host = urlsplit(_IGNORED_IN_URLS.sub("", value))[:2]
    if scheme == "mailto" and name == "href":
        return
    if scheme not in ("http", "https") or not host or "@" in host:
        yield f"{name} is not a web URL"


@lru_cache(maxsize=4096)
def _declaration_problems(style: str) -> tuple[str, ...]:
    return tuple(_problems_of_declarations(style))


def _problems_of_declarations(style: str) -> Iterator[str]:
    for node in tinycss2.parse_declaration_list(style, skip_whitespace=True):
        if node.type != "declaration":
            yield f"{node.type} in a style"
            continue
        if node.lower_name not in PROPERTIES:
            yield f"property {node.name}"
        for token in node.value:
            if token.type in _NOT_IN_VALUES:
                yield f"{token.type} in a style"


def _sheet_problems(sheet: str) -> Iterator[str]:
    for node in tinycss2.parse_stylesheet(sheet, skip_whitespace=True):
        if node.type != "at-rule" or node.lower_at_keyword != "media" or node.content is None:
            yield f"{node.type} in a style sheet"
            continue
        for rule in tinycss2.parse_rule_list(node.content, skip_whitespace=True):
            if rule.type != "qualified-rule":
                yield f"{rule.type} in a media query"
                continue
            yield from _declaration_problems(tinycss2.serialize(rule.content))
