"""Validates SVG icons: one color, and nothing in them but a drawing.

Expat reads it and fetches nothing; an entity declaration ends the reading, since an entity may stand
for gigabytes. Names and values are judged as they are after decoding, so no encoding
and no character reference hides one.
"""

import re
from collections.abc import Iterator, Mapping
from xml.parsers import expat

import tinycss2  # type: ignore[import-untyped]  # it ships no type hints
from tinycss2.color3 import parse_color  # type: ignore[import-untyped]

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_XHTML = "http://www.w3.org/1999/xhtml"
# What runs, moves, links, or shows something else than the drawing.
_FOREIGN = frozenset(
    {
        *("script", "handler", "listener", "foreignObject", "image", "feImage", "iframe", "object"),
        *("embed", "audio", "video", "canvas", "a", "animate", "animateColor", "animateMotion"),
        *("animateTransform", "set", "discard", "cursor", "font-face-uri", "tref"),
    }
)
_SHAPES = frozenset({"path", "rect", "circle", "ellipse", "polygon", "polyline", "text"})
# What a drawing is cut out of or built from: its colors are not seen, or are seen where it is used.
_UNSEEN = frozenset({"clipPath", "mask"})
_PAINTS = ("fill", "stroke", "stop-color", "color", "flood-color", "lighting-color")
_PAINT = re.compile(rf"(?<![-\w])(?:{'|'.join(_PAINTS)})\s*:\s*([^;}}]+)", re.I)
_OUTSIDE = re.compile(r"@import|image-set\(|url\(\s*[\"']?\s*(?!#)[^\"'\s)]", re.I)
_DEFAULT = "black"


def check_svg(content: bytes) -> list[str]:
    """Return why an SVG file is not accepted as an icon; ``[]`` when it is."""
    drawing = _Drawing()
    try:
        drawing.read(content)
    except expat.ExpatError as error:
        return [f"Icon is damaged: its SVG cannot be read in line {error.lineno}."]
    except _Refused as refused:
        return [str(refused)]
    if drawing.foreign:
        named = ", ".join(sorted(drawing.foreign))
        return [f"Icon has more in it than a drawing ({named}); remove that."]
    if len(drawing.colors) > 1:
        named = ", ".join(sorted(drawing.colors.values()))
        return [f"Icon has several colors ({named}); Kit takes an SVG of one color."]
    return []


class _Refused(Exception):
    """Content that ends the reading of a file; the text is for the developer."""


class _Drawing:
    """The content of an SVG file: its colors, each with a word for it, and what is not a drawing."""

    def __init__(self) -> None:
        self.colors: dict[tuple[float, ...], str] = {}
        self.foreign: set[str] = set()
        # For each open element: its name, and whether something says what fills it.
        self._open: list[tuple[str, bool]] = []
        self._styles = ""

    def read(self, content: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.EntityDeclHandler = self._entity
        parser.ProcessingInstructionHandler = self._instruction
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(content, True)
        self._judge_css(self._styles)

    def _entity(self, name: str, *_: object) -> None:
        raise _Refused(f"Icon declares an entity ({name}); remove its document type.")

    def _instruction(self, target: str, _: str) -> None:
        self.foreign.add(f"<?{target}?>")

    def _start(self, qualified: str, attributes: Mapping[str, str]) -> None:
        space, _, name = qualified.rpartition(" ")
        if not self._open and name != "svg":
            raise _Refused("Icon is not an SVG file: its outermost element must be <svg>.")
        is_svg = space in ("", _SVG)
        if space == _XHTML or (is_svg and name in _FOREIGN):
            self.foreign.add(f"<{name}>")
        # Editors keep notes of their own, in elements and attributes of other namespaces.
        own = {
            each.removeprefix(f"{_XLINK} "): value
            for each, value in attributes.items()
            if is_svg and (" " not in each or each.startswith(f"{_XLINK} "))
        }
        filled = any(each in own for each in ("fill", "class")) or "fill" in own.get("style", "")
        filled = filled or (bool(self._open) and self._open[-1][1])
        self._open.append((name, filled))
        self._judge_attributes(own)
        if is_svg and name in _SHAPES and not filled and not self._is_unseen():
            self._add_color(_DEFAULT)

    def _end(self, _: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        if self._open and self._open[-1][0] == "style":
            self._styles += text

    def _judge_attributes(self, attributes: Mapping[str, str]) -> None:
        for name, value in attributes.items():
            if name.lower().startswith("on"):
                self.foreign.add(name)
            elif name in ("href", "src") and not value.strip().startswith("#"):
                self.foreign.add(f'{name}="{value[:40]}"')
            elif name in _PAINTS:
                self._add_color(value)
        self._judge_css(attributes.get("style", ""))
        for value in attributes.values():
            if _OUTSIDE.search(value):
                self.foreign.add(value[:40])

    def _judge_css(self, css: str) -> None:
        # Without comments and escapes, which could part or hide a word.
        plain = "".join(_plain(css))
        if found := _OUTSIDE.search(plain):
            self.foreign.add(plain[found.start() : found.start() + 40])
        for value in _PAINT.findall(plain):
            self._add_color(value)

    def _add_color(self, text: str) -> None:
        """Record a color; ``currentColor``, ``none`` and references to a gradient are not colors."""
        if self._is_unseen():
            return
        word = text.replace("!important", "").strip()
        color = parse_color(word)
        if color is not None and color != "currentColor" and color.alpha:
            self.colors.setdefault(color[:3], word.lower())

    def _is_unseen(self) -> bool:
        return any(name in _UNSEEN for name, _ in self._open)


def _plain(css: str) -> Iterator[str]:
    for token in tinycss2.parse_component_value_list(css, skip_comments=True):
        yield f"url({token.value})" if token.type == "url" else token.serialize()
