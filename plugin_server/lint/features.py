"""Finds the caniemail features that a page uses, in its declarations, rules, elements and attributes.

A slug is mostly the name of what it is about: ``css-color`` or ``html-div``. The tables hold the
others. A slug that the data does not know is dropped by the caller.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from plugin_server.findings.finding import Place
from plugin_server.lint.page import Element, Page
from plugin_server.lint.styles import Declaration, Rule, inline, sheet, tokens
from plugin_server.lint.urls import scheme

Use = tuple[str, Place]

_SIDES = ("top", "right", "bottom", "left")
_EDGES = tuple(
    f"{axis}-{edge}" for axis in ("block", "inline") for edge in ("start", "end")
)  # fmt: skip


def _grouped(groups: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {name: slug for slug, names in groups.items() for name in names}


# Properties that share a feature.
_PROPERTIES = _grouped(
    {
        "css-animation": tuple(
            f"animation-{part}"
            for part in ("name", "duration", "delay", "direction", "fill-mode", "iteration-count")
        ),
        "css-block-inline-size": ("block-size",),
        "css-border": tuple(
            f"border-{part}"
            for part in (
                *_SIDES,
                *("color", "style", "width"),
                *(f"{side}-{each}" for side in _SIDES for each in ("color", "style", "width")),
            )
        ),
        "css-border-inline-block": ("border-inline", "border-block"),
        "css-border-inline-block-individual": tuple(
            f"border-{axis}-{part}"
            for axis in ("inline", "block")
            for part in ("color", "style", "width", "start", "end")
        ),
        "css-border-inline-block-longhand": tuple(
            f"border-{edge}-{part}" for edge in _EDGES for part in ("color", "style", "width")
        ),
        "css-border-radius": tuple(
            f"border-{row}-{side}-radius" for row in ("top", "bottom") for side in ("left", "right")
        ),
        "css-border-radius-logical": tuple(
            f"border-{row}-{side}-radius" for row in ("start", "end") for side in ("start", "end")
        ),
        "css-column-layout-properties": (
            *("columns", "column-fill", "column-rule", "column-rule-color", "column-rule-style"),
            *("column-rule-width", "column-span", "column-width"),
        ),
        "css-gap": ("column-gap", "row-gap", "grid-gap"),
        "css-grid-template": (
            *("grid-template-areas", "grid-template-columns", "grid-template-rows"),
        ),
        "css-inset": ("inset-block", "inset-inline", *(f"inset-{edge}" for edge in _EDGES)),
        "css-left-right-top-bottom": _SIDES,
        "css-margin": tuple(f"margin-{side}" for side in _SIDES),
        "css-margin-inline-block": ("margin-inline", "margin-block"),
        "css-margin-inline-start-end": ("margin-inline-start", "margin-inline-end"),
        "css-margin-block-start-end": ("margin-block-start", "margin-block-end"),
        "css-padding": tuple(f"padding-{side}" for side in _SIDES),
        "css-padding-inline-block": ("padding-inline", "padding-block"),
        "css-padding-inline-start-end": ("padding-inline-start", "padding-inline-end"),
        "css-padding-block-start-end": ("padding-block-start", "padding-block-end"),
        "css-scroll-snap": ("scroll-snap-type", "scroll-snap-align", "scroll-snap-stop"),
        "css-transition": ("transition-property", "transition-duration", "transition-delay"),
    }
)
_FUNCTIONS = _grouped(
    {
        "css-function-clamp": ("clamp",),
        "css-function-light-dark": ("light-dark",),
        "css-function-max": ("max",),
        "css-function-min": ("min",),
        "css-conic-gradient": ("conic-gradient", "repeating-conic-gradient"),
        "css-linear-gradient": ("linear-gradient", "repeating-linear-gradient"),
        "css-modern-color": ("lch", "oklch", "lab", "oklab"),
        "css-radial-gradient": ("radial-gradient", "repeating-radial-gradient"),
        "css-rgb": ("rgb",),
        "css-rgba": ("rgba",),
        "css-unit-calc": ("calc",),
        "css-variables": ("var",),
    }
)
_WORDS = _grouped(
    {
        "css-intrinsic-size": ("fit-content", "max-content", "min-content"),
        "css-sytem-ui": (
            *("system-ui", "ui-serif", "ui-sans-serif", "ui-rounded", "ui-monospace"),
        ),
        "css-unit-initial": ("initial",),
    }
)
# Features that are one value of a property.
_VALUES = {
    ("display", "flex"): "css-display-flex",
    ("display", "inline-flex"): "css-display-flex",
    ("display", "grid"): "css-display-grid",
    ("display", "inline-grid"): "css-display-grid",
    ("display", "none"): "css-display-none",
    ("flex-direction", "column"): "css-flex-direction",
    ("flex-direction", "column-reverse"): "css-flex-direction",
    ("flex-wrap", "wrap"): "css-flex-wrap",
    ("flex-wrap", "wrap-reverse"): "css-flex-wrap",
}
# What everything is without a style: no client has to know how to draw it.
_NO_USE = frozenset({("height", "auto"), ("width", "auto")})
# Whose slug is not that of a property of the same name.
_VALUES_ONLY = frozenset({"flex-direction", "flex-wrap"})
_MEDIA = {
    "hover": "css-at-media-hover",
    "any-hover": "css-at-media-hover",
    "orientation": "css-at-media-orientation",
    "prefers-color-scheme": "css-at-media-prefers-color-scheme",
    "prefers-reduced-motion": "css-at-media-prefers-reduced-motion",
    "-webkit-device-pixel-ratio": "css-at-media-device-pixel-ratio",
    "-webkit-min-device-pixel-ratio": "css-at-media-device-pixel-ratio",
}
_COMBINATORS = {
    ">": "css-selector-child",
    "+": "css-selector-adjacent-sibling",
    "~": "css-selector-general-sibling",
    "*": "css-selector-universal",
    ",": "css-selector-grouping",
}
_ELEMENTS = _grouped(
    {
        "html-h1-h6": ("h1", "h2", "h3", "h4", "h5", "h6"),
        "html-image-maps": ("map", "area"),
        "html-lists": ("ul", "ol", "li", "dl", "dt", "dd"),
        "html-semantics": (
            *("article", "aside", "details", "figcaption", "figure", "footer", "header", "main"),
            *("mark", "nav", "section", "summary", "time"),
        ),
    }
)
_ATTRIBUTES = {
    name: f"html-{name}"
    for name in (
        *("align", "aria-describedby", "aria-hidden", "aria-label", "aria-labelledby"),
        *("aria-live", "background", "cellpadding", "cellspacing", "dir", "height", "hidden"),
        *("lang", "popover", "required", "role", "srcset", "target", "valign", "width"),
    )
} | {
    "inert": "css-inert-attribute",
    "loading": "html-loading-attribute",
    "sizes": "html-srcset",
    "usemap": "html-image-maps",
}
_IMAGES = _grouped(
    {
        "image-apng": ("apng",),
        "image-avif": ("avif",),
        "image-bmp": ("bmp",),
        "image-gif": ("gif",),
        "image-heif": ("heif", "heic"),
        "image-ico": ("ico",),
        "image-jpg": ("jpg", "jpeg"),
        "image-mp4": ("mp4",),
        "image-png": ("png",),
        "image-svg": ("svg",),
        "image-tiff": ("tif", "tiff"),
        "image-webp": ("webp",),
    }
)


def uses(page: Page) -> Iterator[Use]:
    """Yield the slug and place of every use, in the order of the tree."""
    for element in page.elements:
        for slug in (*_of_element(element), *_of_attributes(element)):
            yield slug, element.place
        for slug in of_style(element.get("style")):
            yield slug, element.place
        if element.tag == "style":
            for slug, line in of_sheet(element.source):
                yield slug, Place(element.place.line + line - 1, 1)


@lru_cache(maxsize=4096)
def of_style(style: str) -> tuple[str, ...]:
    """Return the slugs of a ``style`` attribute."""
    return tuple(slug for each in inline(style) for slug in _of_declaration(each))


@lru_cache(maxsize=64)
def of_sheet(text: str) -> tuple[tuple[str, int], ...]:
    """Return the slugs of a ``style`` element, with lines counted from 1 in it."""
    return tuple((slug, rule.line) for rule in sheet(text) for slug in _of_rule(rule))


def _of_declaration(declaration: Declaration) -> Iterator[str]:
    name = declaration.name
    if name.startswith("--"):
        yield "css-variables"
    elif name not in _VALUES_ONLY and (name, declaration.keyword) not in _NO_USE:
        yield _PROPERTIES.get(name, f"css-{name}")
    if declaration.important:
        yield "css-important"
    if slug := _VALUES.get((name, declaration.keyword)):
        yield slug
    for token in tokens(declaration.tokens):
        yield from _of_token(token)


def _of_token(token: Any) -> Iterator[str]:
    if token.type == "dimension":
        yield f"css-unit-{token.lower_unit}"
    elif token.type == "percentage":
        yield "css-unit-percent"
    elif token.type == "function" and token.lower_name in _FUNCTIONS:
        yield _FUNCTIONS[token.lower_name]
    elif token.type == "ident" and token.lower_value in _WORDS:
        yield _WORDS[token.lower_value]


def _of_rule(rule: Rule) -> Iterator[str]:
    if rule.keyword:
        yield f"css-at-{rule.keyword}"
    elif "" in rule.inside:
        yield "css-nesting"
    if rule.keyword == "media":
        for token in tokens(rule.prelude):
            if token.type == "ident" and token.lower_value in _MEDIA:
                yield _MEDIA[token.lower_value]
    elif not rule.keyword:
        yield from _of_selectors(rule.prelude)
    for declaration in rule.declarations:
        yield from _of_declaration(declaration)


def _of_selectors(prelude: tuple[Any, ...]) -> Iterator[str]:
    """Yield the slugs of selectors; a mark such as ``.`` says what the word after it is."""
    marks = ""
    gap = False  # white space after a compound: a descendant combinator unless a mark follows
    for token in prelude:
        if token.type == "whitespace":
            gap, marks = bool(marks), ""
        elif token.type == "literal" and token.value in _COMBINATORS:
            yield _COMBINATORS[token.value]
            gap, marks = False, ""
        else:
            if gap:
                yield "css-selector-descendant"
                gap = False
            yield from _of_simple(token, marks)
            marks += token.value if token.type == "literal" else "w"


def _of_simple(token: Any, marks: str) -> Iterator[str]:
    """Yield the slugs of a part of a compound selector; ``marks`` are what stands before it."""
    if token.type == "literal":
        return
    name = getattr(token, "lower_value", getattr(token, "lower_name", ""))
    if marks.endswith("::"):
        yield f"css-pseudo-element-{name}"
    elif marks.endswith(":"):
        yield f"css-pseudo-class-{name}"
        yield f"css-pseudo-element-{name}"  # :before, in the spelling of CSS 2
    elif marks.endswith("."):
        yield "css-selector-class"
        if "w" in marks:
            yield "css-selector-chaining"
    elif token.type == "ident":
        yield "css-selector-type"
    elif token.type == "hash":
        yield "css-selector-id"
    elif token.type == "[] block":
        yield "css-selector-attribute"


def _of_element(element: Element) -> Iterator[str]:
    tag = element.tag
    if tag == "button":
        yield f"html-button-{element.get('type').lower() or 'submit'}"
    elif tag == "input":
        yield f"html-input-{element.get('type').lower() or 'text'}"
    elif tag == "meta" and element.get("name").lower() == "color-scheme":
        yield "html-meta-color-scheme"
    elif tag not in _ATTRIBUTES:
        yield _ELEMENTS.get(tag, f"html-{tag}")
    if tag == "img":
        yield from _of_image(element.get("src"))


def _of_image(url: str) -> Iterator[str]:
    if scheme(url) == "data":
        yield "image-base64"
        return
    try:
        extension = urlsplit(url).path.rpartition(".")[2].lower()
    except ValueError:
        return
    if extension in _IMAGES:
        yield _IMAGES[extension]


def _of_attributes(element: Element) -> Iterator[str]:
    for name in element.attributes:
        if name in _ATTRIBUTES:
            yield _ATTRIBUTES[name]
    if element.tag in ("a", "area") and "href" in element.attributes:
        url = element.get("href").strip()
        if url.startswith("#"):
            yield "html-anchor-links"
        elif scheme(url) == "mailto":
            yield "html-mailto-links"
