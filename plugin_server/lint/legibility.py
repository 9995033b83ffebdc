"""Rules on legibility: the size of text, and its contrast with the background."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from coloraide import Color

from plugin_server.findings.finding import Finding, warning
from plugin_server.lint.page import HIDDEN, Element, Page
from plugin_server.lint.styles import Declaration, inline, pixels
from plugin_server.rendering import css_properties as css
from plugin_server.rendering.email_styles import SMALLEST

# https://www.w3.org/TR/WCAG22/#contrast-minimum
_CONTRAST = 4.5
_CONTRAST_LARGE = 3.0
_LARGE = 24.0
_LARGE_BOLD = 18.66

_BOLD = frozenset({"b", "strong", "th", "h1", "h2", "h3", "h4", "h5", "h6"})
# https://drafts.csswg.org/css-fonts/#absolute-size-mapping
_SIZES = {
    "xx-small": 9.0,
    "x-small": 10.0,
    "small": 13.0,
    "medium": 16.0,
    "large": 18.0,
    "x-large": 24.0,
    "xx-large": 32.0,
    "xxx-large": 48.0,
}
_WEIGHTS = {"bold": True, "bolder": True, "normal": False, "lighter": False}


@dataclass(frozen=True)
class _Type:
    """How text looks at a place; ``None`` where no style says it."""

    color: str | None = None
    background: str | None = None
    size: float | None = None
    is_bold: bool = False
    is_hidden: bool = False


def type_sizes(page: Page) -> Iterator[Finding]:
    """Find text that is too small to read on a phone."""
    for element, look in _texts(page):
        if look.size is not None and look.size < SMALLEST:
            yield warning(
                "font-size",
                element.place,
                f"text of {look.size:g} px",
                f"Use {SMALLEST:g} px or more: phones enlarge smaller text, and break the layout.",
            )


def contrasts(page: Page) -> Iterator[Finding]:
    """Find text that is hard to read on its background."""
    for element, look in _texts(page):
        if look.color is None or look.background is None:
            continue
        least = _CONTRAST_LARGE if _is_large(look) else _CONTRAST
        found = _contrast(look.color, look.background)
        if found < least:
            yield warning(
                "contrast",
                element.place,
                f"{look.color} on {look.background} has a contrast of {found:.2f}:1",
                f"Text of this size needs {least:g}:1.",
            )


def _texts(page: Page) -> Iterator[tuple[Element, _Type]]:
    for element, look in page.inherited(_Type(), _inside):
        if element.own_text and not look.is_hidden:
            yield element, look


def _is_large(look: _Type) -> bool:
    return (look.size or 0) >= (_LARGE_BOLD if look.is_bold else _LARGE)


@lru_cache(maxsize=1024)
def _contrast(color: str, background: str) -> float:
    return Color(background).contrast(color)


def _inside(element: Element, above: _Type) -> _Type:
    """Return how text looks inside an element."""
    look = above
    if element.tag in HIDDEN:
        return replace(look, is_hidden=True)
    if element.tag == "a":
        look = replace(look, color=None)  # a link without a color gets the client's own
    if element.tag in _BOLD:
        look = replace(look, is_bold=True)
    if element.tag in _BOLD and element.tag[0] == "h":
        look = replace(look, size=None)
    if element.tag == "font" and "color" in element.attributes:
        look = replace(look, color=_color(element.get("color")))
    if "bgcolor" in element.attributes:
        look = replace(look, background=_color(element.get("bgcolor")))
    for declaration in inline(element.get("style")):
        look = _declared(look, declaration, above)
    return look


def _declared(look: _Type, declaration: Declaration, above: _Type) -> _Type:
    name = declaration.name
    if name == "color":
        inherits = declaration.keyword == "inherit"
        return replace(look, color=above.color if inherits else _color_of(declaration))
    if name in ("background-color", "background"):
        if declaration.keyword in ("transparent", "none", "inherit"):
            return replace(look, background=above.background)
        return replace(look, background=_color_of(declaration))
    if name == "background-image" and declaration.keyword != "none":
        return replace(look, background=None)
    if name in ("font", "font-size"):
        return replace(look, size=_size(declaration, above.size))
    if name == "font-weight":
        return replace(look, is_bold=_is_bold(declaration, look))
    if name == "display" and declaration.keyword == "none":
        return replace(look, is_hidden=True)
    return look


def _size(declaration: Declaration, above: float | None) -> float | None:
    """Return the size in px that ``font-size`` or the shorthand ``font`` gives, if it can be known."""
    for word in declaration.words:
        if word.type in ("dimension", "percentage") or declaration.name == "font-size":
            return _SIZES.get(getattr(word, "lower_value", ""), pixels(word, above))
        if word.type == "ident" and word.lower_value in _SIZES:
            return _SIZES[word.lower_value]
    return None


def _is_bold(declaration: Declaration, look: _Type) -> bool:
    word = declaration.words[0] if declaration.words else None
    if word is not None and word.type == "number":
        return bool(word.value >= 700)
    return _WEIGHTS.get(declaration.keyword, look.is_bold)


def _color_of(declaration: Declaration) -> str | None:
    words = declaration.words
    # One word or function: the shorthand with more may hold an image.
    return _color(words[0].serialize()) if len(words) == 1 else None


def _color(text: str) -> str | None:
    """Return ``#rrggbb``; ``None`` for what is not a color, or is transparent in part."""
    try:
        return css.color(text)
    except ValueError:
        return None
