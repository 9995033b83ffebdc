"""The editing mix: what creators do in the sidebar, one change after the other.

A creator inserts a Post block into an email of their own and edits it 18 times; then comes the next
block. Every change stays until another takes its place, as in the editor, so that each request is new but
those that the editor sends twice.
"""

from collections.abc import Iterator, Sequence
from itertools import count

from benchmarks.creators import Creator

TEXT, POST, COLOR, LAYOUT, TOGGLE, FONT, AGAIN = range(7)
EDITS = (
    *(TEXT, TEXT, COLOR, POST, TEXT, LAYOUT, AGAIN, TEXT, COLOR),
    *(FONT, POST, TEXT, TOGGLE, LAYOUT, COLOR, TEXT, POST, AGAIN),
)
_LAYOUTS = ("image_left", "text_only")
_FONTS = ("Georgia, serif", "Verdana, sans-serif", '"Courier New", monospace')


def editing(creators: Sequence[Creator], *, repeats: bool = True) -> list[str]:
    """Return the lines of a file of requests in which all of them edit at the same time.

    Each is at another edit than the next one. The lines of the first half of them come first, so that either
    thread of wrk has creators of its own.
    """
    half = -(-len(creators) // 2)
    return [
        line
        for share in (creators[:half], creators[half:])
        for lines in zip(*(_turned(each, repeats) for each in share), strict=True)
        for line in lines
    ]


def _turned(creator: Creator, repeats: bool) -> list[str]:
    """Return a creator's edits from another one on than their neighbours'."""
    lines = list(_edits(creator, repeats))
    start = creator.number % len(lines)
    return lines[start:] + lines[:start]


def _edits(creator: Creator, repeats: bool) -> Iterator[str]:
    posts = (str((creator.number * 7 + step) % creator.posts + 1) for step in count())
    layouts = iter(_LAYOUTS)
    now: dict[str, object] = {"post": next(posts)}
    for edit in EDITS if repeats else (each for each in EDITS if each != AGAIN):
        new: dict[str, object] = {}
        if edit == TEXT:
            new = {"button_text": "Read letter <new number>"}
        elif edit == POST:
            new = {"post": next(posts)}
        elif edit == COLOR:
            new = {"button_color": "<new color>"}
        elif edit == LAYOUT:
            new = {"layout": next(layouts)}
        elif edit == TOGGLE:
            new = {"show_description": False}
        elif edit == FONT:
            font = _FONTS[creator.number % len(_FONTS)]
            new = {"font": {"fontFamily": font, "fontWeight": 700}}
        yield creator.requests(**{**now, **new})
        now |= {name: _kept(value) for name, value in new.items()}


def _kept(value: object) -> object:
    """Return a value as the next request has it, if nothing changes it."""
    return value.replace("<new ", "<same ") if isinstance(value, str) else value
