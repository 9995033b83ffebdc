"""Parsers of CSS values: each returns one safe, normalized spelling or raises ``ValueError``.

Every value in a ``style`` attribute has passed the parser of its property in ``PROPERTIES``. Parsers
accept any object, because computed styles and settings arrive as JSON.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

import coloraide

from plugin_server.findings.wording import listed
from plugin_server.rendering.placeholders import ColorPlaceholder
from plugin_server.rendering.value_types import Color

_LENGTH = re.compile(r"([+-]?(?:\d{1,5}(?:\.\d{1,6})?|\.\d{1,6}))px|0", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,3}(?:\.\d{1,6})?")
_FAMILY = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^"',]+?))\s*(?:,|\Z)""")
_IDENTIFIER = re.compile(r"-?[A-Za-z_][A-Za-z0-9_-]*")
_CSS_WIDE = frozenset({"inherit", "initial", "unset", "revert", "revert-layer", "default"})
_WEIGHTS = {"normal": "400", "bold": "700"}
_MAX_VALUE = 400
_NO_SIDES = "not one to four lengths such as 0 or 8px 16px"
_NO_FAMILIES = "not a list of font families such as Georgia, serif"
_MAX_FAMILIES = 16
# Bytes of a written list of font families.
MAX_FAMILY_BYTES = 150

# WCAG 2 requires 4.5:1 for text under 24 px: https://www.w3.org/TR/WCAG22/#contrast-minimum
_MIN_CONTRAST = 4.5
# … and 3:1 for what has to be seen but not read: https://www.w3.org/TR/WCAG22/#non-text-contrast
_MIN_SHAPE_CONTRAST = 3
_FAINT_CONTRAST = 1.25


class TranslucentColor(ValueError):
    """A color that is not opaque: the background shows through."""


def _string(value: object) -> str:
    """Return ``value`` if it is a string of at most 400 characters; raise ``ValueError`` otherwise."""
    if not isinstance(value, str) or len(value) > _MAX_VALUE:
        raise ValueError("not a CSS value")
    return value.strip()


@lru_cache(maxsize=2048)
def _parsed_color(text: str) -> tuple[Color, float]:
    try:
        parsed = coloraide.Color(text).convert("srgb").clip()
        return Color(parsed.to_string(hex=True, alpha=False)), parsed.alpha()
    except (ArithmeticError, TypeError, ValueError):
        # Not all are ValueErrors: the channels of oklch(1e300 …) exceed any float. Their messages contain
        # the value, and must not reach a log.
        raise ValueError("not a color such as #1f5fbf") from None


def color(value: object) -> Color:
    """Return an opaque CSS color as ``#rrggbb``.

    Accepts hex with 3, 4, 6 or 8 digits, names, ``rgb()``, ``rgba()`` and the rest of CSS Color 4.
    Returns hex, because Gmail drops a whole style attribute because of ``rgb(0 0 0)``
    (https://www.caniemail.com/features/css-rgb/). A translucent color is refused: the background
    under it is the email's own, which a block does not know, so that the color cannot be flattened,
    nor the contrast of text on it guaranteed.

    Raises:
        TranslucentColor: a color, but not opaque.
        ValueError: not a color.
    """
    text, alpha = _parsed_color(_string(value).lower())
    if alpha != 1:
        raise TranslucentColor("not an opaque color such as #1f5fbf")
    return text


def is_transparent(value: object) -> bool:
    """Return whether ``value`` is a fully transparent color."""
    try:
        return _parsed_color(_string(value).lower())[1] == 0
    except ValueError:
        return False


# Pure black comes last: mail clients with dark modes invert it most harshly.
_TEXT_COLORS = (Color("#ffffff"), Color("#111111"), Color("#000000"))


@lru_cache(maxsize=1024)
def readable_on(background: str) -> Color:
    """Return the text color, white where possible, with at least 4.5:1 on ``background``."""
    on = coloraide.Color(background)
    return next(each for each in _TEXT_COLORS if on.contrast(each) >= _MIN_CONTRAST)


@lru_cache(maxsize=1024)
def legible_on(background: str, preferred: str | None) -> Color:
    """Return ``preferred`` if text of that color is readable on ``background``, else one that is."""
    if preferred and coloraide.Color(preferred).contrast(background) >= _MIN_CONTRAST:
        return Color(preferred)
    return readable_on(background)


@lru_cache(maxsize=1024)
def visible_on(background: str | None, preferred: str) -> Color:
    """Return ``preferred`` if a button of that color is visible on ``background``, else one that is.

    Without a background, which is then the email's own and unknown, return ``preferred``.
    """
    if background is None or _stands_out(preferred, background):
        return Color(preferred)
    return readable_on(background)


def _stands_out(shape: str, background: str) -> bool:
    return bool(coloraide.Color(shape).contrast(background) >= _MIN_SHAPE_CONTRAST)


@lru_cache(maxsize=1024)
def is_visible_on_white(color: str) -> bool:
    """Return whether a shape of that color is at least faintly visible on a white page."""
    return bool(coloraide.Color(color).contrast("white") >= _FAINT_CONTRAST)


@lru_cache(maxsize=1024)
def hairline(text: str | None) -> str:
    """Return a subtle border color for a background on which text of color ``text`` is readable."""
    if text is None:
        return "#8c8c8c"  # about 3.4:1 on white and 5:1 on near-black
    return "#dddddd" if coloraide.Color(text).luminance() < 0.4 else "#4a4a4a"


def _length(low: float, high: float) -> Callable[[object], str]:
    form = f"not a length in px from {low:g}px to {high:g}px"

    def parse(value: object) -> str:
        number: int | float
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            number = value
        else:
            match = _LENGTH.fullmatch(_string(value))
            if not match:
                raise ValueError(form)
            number = float(match[1] or 0)
        if not low <= number <= high:
            raise ValueError(form)
        return "0" if number == 0 else f"{round(number, 2):g}px"

    return parse


px = _length(0, 1200)


def pixels(value: object) -> float:
    """Return a length in px as a number; ``ValueError`` for anything but ``px`` and 0."""
    return float(px(value).removesuffix("px"))


@lru_cache(maxsize=1024)
def _family_list(text: str) -> str:
    families: list[str] = []
    position = 0
    while position < len(text):
        match = _FAMILY.match(text, position)
        if not match or len(families) == _MAX_FAMILIES:
            raise ValueError(_NO_FAMILIES)
        families.append(_family(next((g for g in match.groups() if g is not None), "")))
        position = match.end()
    if not families or text.rstrip().endswith(","):
        raise ValueError(_NO_FAMILIES)
    # Computed styles may list dozens, and every text of a block repeats them. The last one stays: it
    # is the generic family that every client supports.
    while len(families) > 1 and len(", ".join(families).encode()) > MAX_FAMILY_BYTES:
        del families[-2]
    if len(families[0].encode()) > MAX_FAMILY_BYTES:
        raise ValueError("not a font family")
    return ", ".join(families)


def _family(name: str) -> str:
    name = " ".join(name.split())
    # Letters and digits of any script, and the four other characters that real families use. None of
    # them could end a string, a declaration or an attribute.
    if not name or not all(c.isalnum() or c in " -_." for c in name):
        raise ValueError(_NO_FAMILIES)
    if _IDENTIFIER.fullmatch(name):
        if name.lower() in _CSS_WIDE:
            raise ValueError("a CSS keyword, not a font family")
        return name
    return f"'{name}'"


def font_stack(value: object) -> str:
    """Return a list of font families, quoted with single quotes where a name needs it.

    The quotes are single, because the result stands in ``style="…"``, where a double quote would have
    to be an entity, and some sanitizers read style attributes without decoding them.
    """
    return _family_list(_string(value))


def font_weight(value: object) -> str:
    """Return a weight from ``1`` to ``1000``; the words ``normal`` and ``bold`` become numbers."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    text = _string(value).lower()
    text = _WEIGHTS.get(text, text)
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= 1000):
        raise ValueError("not a font weight from 1 to 1000, normal or bold")
    return str(int(text))


def line_height(value: object) -> str:
    """Return ``normal``, a multiple of the font size (a float or its digits), or a length in px."""
    if isinstance(value, float):
        value = f"{value:g}"
    text = _string(value).lower()
    if text == "normal":
        return text
    if _NUMBER.fullmatch(text) and 0 < float(text) <= 5:
        return f"{round(float(text), 3):g}"
    try:
        return px(text)
    except ValueError as refusal:
        raise ValueError(
            f"not a multiple such as 1.5, {str(refusal).removeprefix('not ')} or normal"
        ) from None


def _keyword(*words: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        text = _string(value).lower()
        if text not in words:
            raise ValueError(f"not {listed(words)}")
        return text

    return parse


def _either(keyword: str, parse: Callable[[object], str]) -> Callable[[object], str]:
    def parse_either(value: object) -> str:
        if isinstance(value, str) and value == keyword:
            return keyword
        try:
            return parse(value)
        except ValueError as refusal:
            raise type(refusal)(f"{refusal} or {keyword}") from None

    return parse_either


def _percentage(value: object) -> str:
    text = _string(value)
    if not re.fullmatch(r"100%|\d{1,2}%", text, re.ASCII):
        raise ValueError("not a percentage such as 50%")
    return text


def _size(value: object) -> str:
    if isinstance(value, str) and value.endswith("%"):
        return _percentage(value)
    try:
        return px(value)
    except ValueError as refusal:
        raise ValueError(f"{refusal}, or a percentage such as 50%") from None


def _border(value: object) -> str:
    """Return ``0`` or ``<width> solid <color>``, the one shorthand that every client supports.

    ``value`` is such a text, or a tuple of the width and the color.
    """
    if isinstance(value, tuple):
        width, stroke = value
        return f"{px(width)} solid {_paint(stroke)}"
    parts = _string(value).split()
    if parts == ["0"]:
        return "0"
    if len(parts) != 3 or parts[1] != "solid":
        raise ValueError("not a border such as 1px solid #dddddd, or 0")
    return f"{px(parts[0])} solid {color(parts[2])}"


def _sides(value: object) -> str:
    """Return one to four lengths, for sides or corners."""
    parts = _string(value).split()
    if not 1 <= len(parts) <= 4:
        raise ValueError(_NO_SIDES)
    try:
        return " ".join(px(part) for part in parts)
    except ValueError:
        raise ValueError(_NO_SIDES) from None


def _paint(value: object) -> str:
    """Return a color, or the gap of one that is filled in later."""
    return value.__html__() if isinstance(value, ColorPlaceholder) else color(value)


_SIDES = ("top", "right", "bottom", "left")
_SPACING = {f"{box}-{side}": _length(0, 200) for box in ("margin", "padding") for side in _SIDES}
_BORDERS = {f"border-{side}": _border for side in _SIDES}
_LETTERED = ("lower-alpha", "upper-alpha", "lower-roman", "upper-roman")

# The properties that a block may use, each with the parser of its values.
PROPERTIES: Mapping[str, Callable[[object], str]] = {
    "background-color": _either("transparent", _paint),
    "border": _border,
    "border-collapse": _keyword("separate", "collapse"),
    "border-radius": _sides,
    "color": _either("inherit", _paint),
    "direction": _keyword("ltr", "rtl"),
    "display": _keyword("block", "inline-block"),
    "font-family": font_stack,
    "font-size": _length(0, 200),
    "font-style": _keyword("normal", "italic"),
    "font-weight": font_weight,
    "height": _either("auto", px),
    "letter-spacing": _either("normal", _length(-20, 20)),
    "line-height": line_height,
    "list-style-type": _keyword("none", "disc", "circle", "square", "decimal", *_LETTERED),
    "margin": _sides,
    "max-width": _size,
    "min-width": _size,
    "mso-padding-alt": _sides,
    "overflow-wrap": _keyword("normal", "break-word"),
    "padding": _sides,
    "text-align": _keyword("left", "right", "center"),
    "text-decoration": _keyword("none", "underline", "line-through"),
    # Not negative, which Gmail and Yahoo ignore: https://www.caniemail.com/features/css-text-indent/
    "text-indent": _length(0, 200),
    "text-transform": _keyword("none", "capitalize", "uppercase", "lowercase"),
    "vertical-align": _keyword("top", "middle", "bottom"),
    # Without "pre", which Yahoo ignores: https://www.caniemail.com/features/css-white-space/
    "white-space": _keyword("normal", "nowrap", "pre-line", "pre-wrap"),
    "width": _either("auto", _size),
    "word-break": _keyword("normal", "break-word"),
    **_BORDERS,
    **_SPACING,
}


def value_form(name: str) -> str:
    """Return what values of a property look like, such as ``left, right or center``.

    Every parser's error says what it takes, so that there is no second list of it.
    """
    try:
        return PROPERTIES[name]("?")
    except ValueError as refusal:
        return str(refusal).removeprefix("not ")
