"""Removes from a block's HTML whatever makes a browser fetch something, except images of ``<img>``.

The content security policy of the pages that show a block forbids most of it already. It does not cover
DNS prefetch, connections in advance, or a page that redirects itself, and it cannot distinguish an
``<img>`` from other ways to load an image.
Source: https://html.spec.whatwg.org/multipage/links.html#linkTypes
"""

from collections.abc import Mapping

from selectolax.lexbor import LexborHTMLParser

from plugin_server.lint.page import read
from plugin_server.sandbox.checks.css_rules import css_refusals

# Elements that fetch, or whose content the tree does not show: a template may become a shadow root.
_REMOVED_ELEMENTS = frozenset(
    {
        *("link", "base", "script", "template", "iframe", "frame", "frameset", "fencedframe"),
        *("portal", "object", "embed", "applet", "audio", "video", "source", "track"),
        # SVG's, and those that may change the URL of an SVG element later.
        *("image", "feimage", "animate", "set"),
    }
)
# Attributes whose URL a browser of today or of the past fetches by itself, on any element.
_FETCHING_ATTRIBUTES = frozenset(
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
_ALLOWED = frozenset({("img", "src"), ("img", "srcset"), ("a", "href"), ("area", "href")})
# Attributes whose value is CSS, SVG's included.
_CSS_ATTRIBUTES = frozenset(
    {
        *("style", "clip-path", "cursor", "fill", "filter", "marker", "marker-end", "marker-mid"),
        *("marker-start", "mask", "stroke"),
    }
)
_HARMLESS_META = frozenset({"", "content-type", "content-language", "x-ua-compatible"})


def remove_fetches(html: str) -> str:
    """Return the HTML to show: unchanged, to the character, unless something in it must be removed."""
    page = read(html)
    if page.is_too_deep:
        return "" if page.names & (_REMOVED_ELEMENTS | {"meta"}) else html
    if not any(
        _is_removed(element.tag, element.attributes, element.source)
        or _fetching_attributes(element.tag, element.attributes)
        for element in page.elements
    ):
        return html
    tree = LexborHTMLParser(page.source, is_fragment=not page.is_whole)
    # From the end, so that no node is inside an element that is removed already.
    for node in reversed(tree.css("*")):
        tag = node.tag or ""
        attributes = {name: value or "" for name, value in node.attributes.items()}
        if _is_removed(tag, attributes, node.text()):
            node.decompose()
            continue
        for name in _fetching_attributes(tag, attributes):
            del node.attrs[name]
    return tree.html or ""


def _is_removed(tag: str, attributes: Mapping[str, str], text: str) -> bool:
    """Whether an element is removed with its content."""
    name = tag.lower()
    if name == "meta":
        return attributes.get("http-equiv", "").strip().lower() not in _HARMLESS_META
    if name == "style":
        return any(css_refusals(text))
    return name in _REMOVED_ELEMENTS


def _fetching_attributes(tag: str, attributes: Mapping[str, str]) -> list[str]:
    """Return the names of the attributes to remove from an element."""
    return [
        name
        for name, value in attributes.items()
        if (
            name in _FETCHING_ATTRIBUTES
            and (tag, name) not in _ALLOWED
            and not value.startswith("#")
        )
        or (name in _CSS_ATTRIBUTES and any(css_refusals(value)))
    ]
