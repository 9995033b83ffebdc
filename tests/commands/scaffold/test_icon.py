"""The icons that new blocks start with."""

import struct
import zlib
from collections.abc import Iterator

from plugin_server.commands.scaffold.icon import png_icon, svg_icon
from plugin_server.sandbox.dashboard.icons import read_icon


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kinds and contents of a PNG's chunks, after checking their sums."""
    place = 8
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        kind, content = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        (checksum,) = struct.unpack_from(">I", png, place + 8 + length)
        assert checksum == zlib.crc32(kind + content)
        yield kind, content
        place += 12 + length


def test_a_png_holds_a_row_of_pixels_for_each_of_its_lines() -> None:
    [(first, header), (second, pixels), (last, nothing)] = chunks(png_icon("quote"))
    assert (first, second, last, nothing) == (b"IHDR", b"IDAT", b"IEND", b"")
    assert struct.unpack(">IIBBBBB", header) == (150, 120, 8, 2, 0, 0, 0)
    rows = zlib.decompress(pixels)
    assert len(rows) == 120 * (1 + 150 * 3)
    assert {rows[line * 451] for line in range(120)} == {0}


def test_kit_takes_both() -> None:
    assert read_icon(png_icon("quote"))[1] == []
    assert read_icon(svg_icon().encode())[1] == []


def test_blocks_of_different_names_have_different_colors() -> None:
    assert len({png_icon(name) for name in ("quote", "event", "sea_event", "motto")}) == 4


def test_a_block_keeps_its_color() -> None:
    assert png_icon("quote") == png_icon("quote")
