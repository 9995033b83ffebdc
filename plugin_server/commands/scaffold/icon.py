"""Draws a first icon for a block: a card in a color of its own as PNG, and in one color as SVG."""

import struct
import zlib
from colorsys import hls_to_rgb
from itertools import chain

# Kit's size. https://developers.kit.com/plugins/content-blocks/plugin-configuration
WIDTH, HEIGHT = 150, 120

_Color = tuple[int, int, int]
_Rectangle = tuple[int, int, int, int]  # left, top, width, height

_PAPER, _WHITE, _INK = (0xEE, 0xF2, 0xF7), (0xFF, 0xFF, 0xFF), (0x2B, 0x3A, 0x55)
_FRAME: _Rectangle = (30, 16, 90, 88)
_CARD: _Rectangle = (34, 20, 82, 80)
_LINES: tuple[_Rectangle, ...] = ((46, 50, 58, 6), (46, 64, 58, 6), (46, 78, 36, 6))
_MARK: _Rectangle = (46, 32, 24, 10)


def png_icon(block: str) -> bytes:
    """Return a PNG of 150×120 pixels; blocks of different names mostly have different colors."""
    rows = [[_PAPER] * WIDTH for _ in range(HEIGHT)]
    for (left, top, width, height), color in (
        (_FRAME, _INK),
        (_CARD, _WHITE),
        *((line, _INK) for line in _LINES),
        (_MARK, _color_of(block)),
    ):
        for row in rows[top : top + height]:
            row[left : left + width] = [color] * width
    # Each row starts with its filter: 0, none.
    pixels = b"".join(b"\0" + bytes(chain.from_iterable(row)) for row in rows)
    # 8 bits for each of red, green and blue: https://www.w3.org/TR/png-3/#11IHDR
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(pixels, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def svg_icon() -> str:
    """Return the same drawing as SVG, in the color of the text around it."""
    path = "".join(_outline(each) for each in (_FRAME, _CARD, _MARK, *_LINES))
    # What is inside of two outlines is not filled, which leaves a frame.
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}">\n'
        f'  <path fill="currentColor" fill-rule="evenodd" d="{path}"/>\n</svg>\n'
    )


def _color_of(block: str) -> _Color:
    red, green, blue = hls_to_rgb(zlib.crc32(block.encode()) % 360 / 360, 0.45, 0.6)
    return round(red * 255), round(green * 255), round(blue * 255)


def _outline(rectangle: _Rectangle) -> str:
    left, top, width, height = rectangle
    return f"M{left} {top}h{width}v{height}h-{width}z"


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
