"""A block's HTML, parsed: elements, their inline styles and their texts."""

import tinycss2
from selectolax.lexbor import LexborHTMLParser, LexborNode


def parse(html: str) -> LexborHTMLParser:
    return LexborHTMLParser(html, is_fragment=True)


def one(html: str, selector: str) -> LexborNode:
    """Return the only element that matches."""
    [node] = parse(html).css(selector)
    return node


def style(node: LexborNode) -> dict[str, str]:
    """Return the declarations of an element's ``style`` attribute."""
    nodes = tinycss2.parse_declaration_list(node.attributes["style"] or "", skip_whitespace=True)
    return {n.name: tinycss2.serialize(n.value).strip() for n in nodes}


def texts(html: str, selector: str) -> list[str]:
    """Return the text of each element that matches."""
    return [node.text(strip=True) for node in parse(html).css(selector)]
