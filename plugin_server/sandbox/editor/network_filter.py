"""A block's HTML without what would have a browser fetch something, pictures of ``<img>`` excepted.

The policy of the pages that show a block forbids most of it already. It says nothing of a
name that is looked up or a connection that is made in advance, nor of a page that goes elsewhere by
itself, and it cannot tell an ``<img>`` from other ways to a picture.
Source: https://html.spec.whatwg.org/multipage/links.html#linkTypes
"""

from collections.abc import Mapping

from selectolax.lexbor import LexborHTMLParser

from plugin_server.lint.page import read
from plugin_server.sandbox.checks.css_rules import css_refusals

# What is there to fetch, or holds what the tree does not show: a template may become a shadow root.
_GONE = frozenset(
    {
        *("link", "base", "script", "template", "iframe", "frame", "frameset", "fencedframe"),
        *("portal", "object", "embed", "applet", "audio", "video", "source", "track"),
        # SVG's, and what may give an element of it another address later.
        *("image", "feimage", "animate", "set"),
    }
)
# Attributes whose address is fetched without anybody's doing, on whichever element a browser, now
# or once, has them.
_FETCHED = frozenset(
    {
        *(
            "src",
            "srcset",
            "imagesrcset",
            "srcdoc",
            "background",
            "poster",
            "data",
            "dynsrc",
            "lowsrc",
        ),
        *("ping", "attributionsrc", "href", "xlink:href", "code", "codebase", "archive", "classid"),
        *("manifest", "profile", "icon"),
    }
)
_KEPT = frozenset({("img", "src"), ("img", "srcset"), ("a", "href"), ("area", "href")})
# SVG's attributes that are CSS by themselves.
_CSS = frozenset(
    {
        *("style", "clip-path", "cursor", "fill", "filter", "marker", "marker-end", "marker-mid"),
        *("marker-start", "mask", "stroke"),
    }
)
_HARMLESS_META = frozenset({"", "content-type", "content-language", "x-ua-compatible"})


def remove_fetches(html: str) -> str:
    """Return the HTML to show: as it is, to the character, unless something in it is taken out."""
    page = read(html)
    if page.is_too_deep:
        return "" if page.names & (_GONE | {"meta"}) else html
    if not any(
        _is_gone(element.tag, element.attributes, element.source)
        or _fetching(element.tag, element.attributes)
        for element in page.elements
    ):
        return html
    tree = LexborHTMLParser(page.source, is_fragment=not page.is_whole)
    # From the end, so that nothing is inside an element that has gone already.
    for node in reversed(tree.css("*")):
        tag = node.tag or ""
        attributes = {name: value or "" for name, value in node.attributes.items()}
        if _is_gone(tag, attributes, node.text()):
            node.decompose()
            continue
        for name in _fetching(tag, attributes):
            del node.attrs[name]
    return tree.html or ""


def _is_gone(tag: str, attributes: Mapping[str, str], text: str) -> bool:
    """Tell whether an element is taken out with all that is in it."""
    name = tag.lower()
    if name == "meta":
        return attributes.get("http-equiv", "").strip().lower() not in _HARMLESS_META
    if name == "style":
        return any(css_refusals(text))
    return name in _GONE


def _fetching(tag: str, attributes: Mapping[str, str]) -> list[str]:
    """Return the names of the attributes that an element must lose."""
    return [
        name
        for name, value in attributes.items()
        if (name in _FETCHED and (tag, name) not in _KEPT and not value.startswith("#"))
        or (name in _CSS and any(css_refusals(value)))
    ]
