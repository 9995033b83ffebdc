"""A plugin's uploaded icon: what Kit's dashboard accepts, stored as a ``data:`` URL.

Kit takes PNG, GIF and JPEG of 150 by 120 pixels, and monochrome SVG. The sandbox's pages show an
icon by ``<img>`` only, where no picture can run or fetch anything.
Source: https://developers.kit.com/plugins/content-blocks/plugin-configuration
"""

import re
import struct
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable

from plugin_server.sandbox.dashboard.svg_icons import check_svg

SIZE = (150, 120)
LARGEST = 100_000  # bytes

_DATA_URL = re.compile(r"data:image/(png|gif|jpeg|svg\+xml);base64,[A-Za-z0-9+/=]+")
# JPEG's frame headers, in which the size is (ITU-T T.81, table B.1).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def is_icon(url: str) -> bool:
    """Return whether a URL is an uploaded icon."""
    return _DATA_URL.fullmatch(url) is not None


def check_icon(url: str) -> list[str]:
    """Return why Kit does not accept an uploaded icon that is given as its ``data:`` URL."""
    try:
        content = b64decode(url.partition(",")[2], validate=True)
    except NotBase64:
        return ["Icon is damaged: its URL cannot be read."]
    kept, refused = read_icon(content)
    return refused if refused or kept == url else ["Icon is another kind of file than it says."]


def read_icon(content: bytes) -> tuple[str, list[str]]:
    """Return an uploaded icon as a ``data:`` URL, or why Kit does not accept it."""
    if len(content) > LARGEST:
        return "", [f"Icon is larger than {LARGEST // 1000} kB."]
    for kind, is_kind, check in _KINDS:
        if is_kind(content):
            refused = check(content)
            url = f"data:image/{kind};base64,{b64encode(content).decode()}"
            return ("" if refused else url), refused
    return "", ["Icon must be a PNG, GIF, JPEG or SVG file."]


def picture_size(content: bytes) -> tuple[int, int] | None:
    """Return the width and height of a PNG, GIF or JPEG in pixels; ``None`` of anything else."""
    for kind, is_kind, _ in _KINDS:
        if kind in _SIZES and is_kind(content):
            try:
                return _SIZES[kind](content)
            except (struct.error, IndexError):
                return None
    return None


def _pixels(size: Callable[[bytes], tuple[int, int]]) -> Callable[[bytes], list[str]]:
    def check(content: bytes) -> list[str]:
        try:
            found = size(content)
        except (struct.error, IndexError):
            return ["Icon is damaged: its size cannot be read."]
        if found == SIZE:
            return []
        return [f"Icon has {found[0]} by {found[1]} pixels; Kit takes {SIZE[0]} by {SIZE[1]}."]

    return check


def _png(content: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _gif(content: bytes) -> tuple[int, int]:
    width, height = struct.unpack("<HH", content[6:10])
    return width, height


def _jpeg(content: bytes) -> tuple[int, int]:
    place = 2
    while content[place + 1] not in _FRAMES:
        (length,) = struct.unpack(">H", content[place + 2 : place + 4])
        place += 2 + length
    height, width = struct.unpack(">HH", content[place + 5 : place + 9])
    return width, height


_SIZES = {"png": _png, "gif": _gif, "jpeg": _jpeg}
_KINDS: list[tuple[str, Callable[[bytes], bool], Callable[[bytes], list[str]]]] = [
    ("png", lambda content: content.startswith(b"\x89PNG\r\n\x1a\n"), _pixels(_png)),
    ("gif", lambda content: content.startswith((b"GIF87a", b"GIF89a")), _pixels(_gif)),
    ("jpeg", lambda content: content.startswith(b"\xff\xd8\xff"), _pixels(_jpeg)),
    ("svg+xml", lambda content: b"<svg" in content[:1000].replace(b"\0", b""), check_svg),
]
