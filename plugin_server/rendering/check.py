"""The gate: parses a finished block and reports what Kit would reject or we did not mean to write.

It never mends anything. Its parsers (Lexbor for HTML, tinycss2 for CSS) are not those that cleaned
the content, so that what one of them overlooks, the other sees.

Kit's list: https://developers.kit.com/plugins/content-blocks/plugin-security
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from plugin_server.rendering.check_css import inline_style_findings, style_sheet_findings

MAX_BYTES = 40_000
_MAX_DEPTH = 50
_MAX_FINDINGS = 20

KIT_REJECTS = frozenset(
    {"script", "iframe", "audio", "video", "form", "input", "command", "action", "prompt"}
)
_VOID = frozenset({"br", "img"})
_TEXT = frozenset({"class", "dir", "lang", "style"})
_CELL = frozenset({"align", "bgcolor", "class", "dir", "height", "style", "valign", "width"})

# Every element that a block may hold, with its attributes.
ALLOWED = {
    "a": frozenset({"class", "href", "style", "target"}),
    "br": frozenset[str](),
    "div": _TEXT,
    "em": frozenset[str](),
    "h2": _TEXT,
    "h3": _TEXT,
    "img": frozenset({"alt", "border", "class", "height", "src", "style", "width"}),
    "p": _TEXT,
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
}

_VALUES = {
    name: re.compile(pattern, re.ASCII)
    for name, pattern in {
        "align": "left|right|center",
        "bgcolor": "#[0-9a-f]{6}",
        "border": "0",
        "cellpadding": "0",
        "cellspacing": "0",
        "class": r"kb-[a-z0-9_-]{1,60}( kb-[a-z0-9_-]{1,60})*",
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
# Addresses have one spelling, too: no user name, no header of a letter, nothing left to be decoded.
_WEB = r"https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?/[A-Za-z0-9%/:?#\[\]@!$&()*+,;=._~-]*"
_MAILBOX = r"mailto:[A-Za-z0-9.!$*+=^_|~-]+@[A-Za-z0-9.-]+"
_ADDRESSES = {
    "href": re.compile(f"{_WEB}|{_MAILBOX}", re.ASCII),
    "src": re.compile(_WEB, re.ASCII),
}

_LIQUID = re.compile(r"\{\{|\{%|\}\}|%\}")
# Those that print nothing, or turn the direction of what follows, behind the block's end, too.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
# Kit rejects CSS's url(), and may search the whole block for it, in text that is no CSS too.
_CSS_URL = re.compile(r"url\s*\(", re.IGNORECASE)
# A tag in the one spelling of templates, a text between tags, or a "<" that begins no such tag.
_SOURCE = re.compile(r'<(/?[a-z0-9]+)((?:\s+[a-z]+="[^"<>]*")*+)\s*>|[^<]+|<')
_TEXT_NODE = ("#", 0)
_WHITESPACE = " \t\n"


@dataclass(frozen=True)
class Finding:
    """One broken rule: its name, what it asks, and the path of elements to the place."""

    code: str
    message: str
    where: str = ""

    def __str__(self) -> str:
        return f"{self.code} at {self.where or 'the block'}: {self.message}"


def _path(node: LexborNode | None) -> str:
    names: list[str] = []
    while node is not None and len(names) < 12:
        # An unknown name may be content that broke out of its place; the log must not repeat it.
        names.append(node.tag if node.tag in ALLOWED or node.tag in KIT_REJECTS else "unknown")
        node = node.parent
    return " > ".join(reversed(names))


def _top_level(parser: LexborHTMLParser) -> Iterator[LexborNode]:
    node = parser.root  # the first of the fragment's nodes; the others are its siblings
    while node is not None:
        yield node
        node = node.next


def _nodes(parser: LexborHTMLParser) -> Iterator[tuple[LexborNode, bool]]:
    """Yield every node when it begins, and every element again when it ends."""
    for top in _top_level(parser):
        node: LexborNode | None = top
        depth = 0
        while node is not None:
            yield node, True
            if (child := node.first_child) is not None:
                node, depth = child, depth + 1
                continue
            while node is not None:
                if node.is_element_node:
                    yield node, False
                if depth == 0:
                    node = None
                elif (following := node.next) is not None:
                    node = following
                    break
                else:
                    node, depth = node.parent, depth - 1


def _text_problem(what: str, text: str) -> tuple[str, str] | None:
    """Return what is wrong with a text or value as parsers read it: no reference hides anything."""
    if _LIQUID.search(text):
        return "liquid", f"{what} holds a Liquid delimiter"
    if _CSS_URL.search(text):
        return "css-url", f"{what} holds url("
    if _CONTROLS.search(text):
        return "control", f"{what} holds a control character"
    return None


def _attribute_problem(name: str, value: str) -> tuple[str, str] | None:
    if problem := _text_problem(name, value):
        return problem
    if name in _ADDRESSES and not _ADDRESSES[name].fullmatch(value):
        return "address", f"{name} is no absolute address in its normal spelling"
    if name in _VALUES and not _VALUES[name].fullmatch(value):
        return "attribute-value", f"{name} has a value that blocks do not use"
    return None


def _attribute_findings(node: LexborNode, tag: str) -> Iterator[Finding]:
    attributes = node.attributes
    for name, raw in attributes.items():
        value = raw or ""
        if name not in ALLOWED[tag]:
            yield Finding("attribute", f"{tag} has an attribute that is not allowed", _path(node))
        elif name == "style":
            for code, message in inline_style_findings(value):
                yield Finding(code, message, _path(node))
        elif problem := _attribute_problem(name, value):
            yield Finding(*problem, _path(node))
    for name in _REQUIRED.get(tag, ()):
        if name not in attributes:
            yield Finding("attribute-missing", f"{tag} needs {name}", _path(node))


def _element_findings(node: LexborNode, tag: str) -> Iterator[Finding]:
    if tag in KIT_REJECTS:
        yield Finding("kit-rejects", f"Kit rejects blocks with {tag}", _path(node))
    elif tag not in ALLOWED:
        yield Finding("element", "an element that is not allowed", _path(node))
    else:
        yield from _attribute_findings(node, tag)
        if tag == "style":
            for code, message in style_sheet_findings(node.text()):
                yield Finding(code, message, _path(node))


def _source_structure(html: str) -> Iterator[tuple[str, int]]:
    """Yield the tags of ``html`` as written, and how many attributes each has."""
    for match in _SOURCE.finditer(html):
        if match[1]:
            yield match[1], match[2].count('"') // 2
        elif match[0] == "<":
            yield "<", 0
        elif match[0].strip(_WHITESPACE):
            yield _TEXT_NODE


def _as_written(node: LexborNode, begins: bool) -> tuple[str, int] | None:
    """Return what ``_source_structure`` yields for a node, ``None`` for nothing."""
    if node.is_text_node:
        return _TEXT_NODE if (node.text_content or "").strip(_WHITESPACE) else None
    tag = node.tag or ""
    if begins:
        return tag, len(node.attributes)
    return None if tag in _VOID else (f"/{tag}", 0)


def _node_findings(node: LexborNode) -> Iterator[Finding]:
    if node.is_element_node:
        yield from _element_findings(node, node.tag or "")
    elif not node.is_text_node:
        yield Finding("comment", "comments are not allowed", _path(node.parent))
    elif problem := _text_problem("text", node.text_content or ""):
        yield Finding(*problem, _path(node.parent))


def _tree_findings(parser: LexborHTMLParser, html: str) -> Iterator[Finding]:
    structure: list[tuple[str, int]] = []
    depth = 0
    for node, begins in _nodes(parser):
        if (token := _as_written(node, begins)) is not None:
            structure.append(token)
        if begins:
            yield from _node_findings(node)
        if node.is_element_node:
            depth += 1 if begins else -1
        if depth > _MAX_DEPTH:
            yield Finding("depth", f"more than {_MAX_DEPTH} elements inside each other")
            return
    if [tag for tag, _ in structure].count("style") > 1:
        yield Finding("style", "more than one style element")
    # A tag too many would close an element of the email around the block, and no parser of the
    # block alone could see it; of an attribute that stands twice, parsers keep one or the other. So
    # what is written must be exactly what the tree has, which also leaves a mail client's parser
    # nothing to mend in its own way.
    if list(_source_structure(html)) != structure:
        yield Finding("structure", "tags, attributes or text that parsers add, drop or move")


def _text_findings(html: str, parser: LexborHTMLParser) -> Iterator[Finding]:
    if _LIQUID.search(html):
        yield Finding("liquid", "the source holds a Liquid delimiter")
    if _CSS_URL.search(html):
        yield Finding("css-url", "the source holds url(")
    top = list(_top_level(parser))
    if len(top) != 1 or not top[0].is_element_node:
        yield Finding("root", "a block is one element with nothing beside it")
    once = parser.html or ""
    if (LexborHTMLParser(once, is_fragment=True).html or "") != once:
        yield Finding("mutation", "parsing the block twice gives two different trees")
    elif _LIQUID.search("".join(node.text() for node in top)):
        yield Finding("liquid", "a Liquid delimiter appears when tags are removed")


def check(html: str) -> list[Finding]:
    """Return every broken rule of a finished block, at most 20; an empty list lets it pass.

    Time is linear in the size of ``html``, which is refused unread over ``MAX_BYTES`` of UTF-8.
    """
    if len(html.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return [Finding("size", f"over {MAX_BYTES} bytes")]
    if _CONTROLS.search(html):
        return [Finding("control", "control characters are not allowed")]
    parser = LexborHTMLParser(html, is_fragment=True)
    findings: list[Finding] = []
    for source in (_tree_findings(parser, html), _text_findings(html, parser)):
        for finding in source:
            findings.append(finding)
            if len(findings) == _MAX_FINDINGS:
                return findings
    return findings
