"""The computed styles of the email around a block, as Kit sends them, and inline styles to match."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from types import MappingProxyType

from markupsafe import Markup

from plugin_server.rendering import css_properties as css
from plugin_server.rendering.placeholders import ColorPlaceholder
from plugin_server.rendering.style_attributes import inline_style

log = logging.getLogger(__name__)

ELEMENTS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "ul", "blockquote", "a"})
_TEXT_PROPERTIES = frozenset(
    {
        "color",
        "font-family",
        "font-size",
        "font-weight",
        "letter-spacing",
        "line-height",
        "text-align",
        "text-transform",
    }
)
INHERITED = _TEXT_PROPERTIES | {
    f"{box}-{side}" for box in ("margin", "padding") for side in ("top", "right", "bottom", "left")
}

# Computed colors are real colors; "inherit", which templates may write, has no contrast to compute.
_PARSERS = {name: css.PROPERTIES[name] for name in INHERITED} | {"color": css.color}

# Defaults for requests without styles. No color: inherited text stays readable on any background.
_FONT = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
_SIZES = {"h1": 32.0, "h2": 26.0, "h3": 22.0, "h4": 18.0}
_BODY_SIZE = 17.0
_BODY_LEADING = 1.5
_HEADING_LEADING = 1.25

# Text under 14 px is hard to read on a phone; iOS Mail enlarges it, which breaks layouts.
SMALLEST = 14.0
_LARGEST = 28.0


def _is_heading(element: str) -> bool:
    return element[0] == "h"


def _read(raw: object) -> dict[str, Mapping[str, str]]:
    elements: dict[str, Mapping[str, str]] = {}
    if not isinstance(raw, Mapping):
        if raw is not None:
            log.debug("Dropped all styles: not an object")
        return elements
    # Unknown names are counted, not logged: requests must not write into the log.
    if unknown := len(raw.keys() - ELEMENTS):
        log.debug("Dropped the styles of %d unknown elements", unknown)
    for element in ELEMENTS & raw.keys():
        given = raw[element]
        if not isinstance(given, Mapping):
            log.debug("Dropped the styles of %s: not an object", element)
            continue
        if unknown := len(given.keys() - INHERITED):
            log.debug("Dropped %d unknown properties of %s", unknown, element)
        read = {}
        for name in INHERITED & given.keys():
            try:
                read[name] = _PARSERS[name](given[name])
            except ValueError as error:
                log.debug("Dropped %s of %s: %s", name, element, error)
        elements[element] = MappingProxyType(read)
    return elements


@dataclass(frozen=True)
class EmailStyles:
    """Validated computed styles of the surrounding email; any of them may be missing."""

    elements: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def parse(cls, raw: object) -> "EmailStyles":
        """Parse the request's ``styles``: ``{element: {property: computed value}}``.

        Accepts any JSON value. Elements and properties that Kit does not document are ignored;
        values that their property's parser refuses are dropped with a debug log line.

        Source: https://developers.kit.com/plugins/content-blocks/plugin-configuration
        """
        return cls(MappingProxyType(_read(raw)))

    @property
    def digest(self) -> bytes:
        """A hash of these styles, equal for equal styles."""
        read = {element: dict(properties) for element, properties in self.elements.items()}
        return blake2b(json.dumps(read, sort_keys=True).encode(), digest_size=16).digest()

    def get(self, element: str, name: str) -> str | None:
        """Return a computed value in normalized form, such as ``#2d2d2f``, or ``None``."""
        return self.elements.get(element, {}).get(name)

    def size(self, element: str) -> float:
        """Return the font size of ``element`` in px."""
        given = self.get(element, "font-size")
        return css.pixels(given) if given else _SIZES.get(element, _BODY_SIZE)

    def color(self, element: str) -> str | None:
        """Return the color of ``element``, or else of paragraphs, or ``None`` if neither is known."""
        return self.get(element, "color") or self.get("p", "color")

    def family(self, element: str) -> str:
        """Return the font families of ``element``, or else of paragraphs, or a neutral list."""
        return self.get(element, "font-family") or self.get("p", "font-family") or _FONT

    def text(
        self,
        element: str,
        *,
        size: float | None = None,
        largest: float = _LARGEST,
        color: str | ColorPlaceholder | None = None,
        font_family: str | None = None,
        font_weight: str | None = None,
        **more: object,
    ) -> Markup:
        """Return an inline style that makes text look like ``element`` of the surrounding email.

        Args:
            element: one of ``ELEMENTS``.
            size: font size in px instead of the element's own; either is clamped to 14 px and
                ``largest``, and the line height is scaled with it.
            largest: the largest font size in px that fits.
            color: replaces the element's own, as do ``font_family`` and ``font_weight``.
            more: further declarations, as ``inline_style`` takes them.

        Raises:
            ValueError: a value that its property's parser refuses.
        """
        actual = min(max(size or self.size(element), SMALLEST), largest)
        spacing = self.get(element, "letter-spacing")
        transform = self.get(element, "text-transform")
        return inline_style(
            font_family=font_family or self.family(element),
            font_size=f"{actual:g}px",
            font_weight=font_weight or self._weight(element),
            line_height=f"{round(actual * self._leading(element))}px",
            color=color or self.color(element),
            letter_spacing=None if spacing in ("normal", "0") else spacing,
            text_transform=None if transform == "none" else transform,
            **more,
        )

    def _weight(self, element: str) -> str:
        return self.get(element, "font-weight") or ("700" if _is_heading(element) else "400")

    def _leading(self, element: str) -> float:
        """Return the line height as a multiple of the font size, so that it scales with it."""
        usual = _HEADING_LEADING if _is_heading(element) else _BODY_LEADING
        given, size = self.get(element, "line-height"), self.size(element)
        if given is None or given in ("normal", "0") or size == 0:
            return usual
        multiple = css.pixels(given) / size if given.endswith("px") else float(given)
        return multiple if 1 <= multiple <= 2.5 else usual
