"""Compares pictures, with a small tolerance for what no reader sees, and draws what differs."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageChops

# A pixel differs when one of its colors does by more than this, of 255: an edge may be smoothed otherwise.
CHANNEL = 16
# Which share of the pixels may differ; one changed letter of a text is more.
SHARE = 0.0002
_GAP = 16
_RED, _GROUND = (214, 30, 60), (128, 128, 128)


class Difference(NamedTuple):
    """A picture that is not as before; ``sentence`` says how, ``image`` shows it."""

    name: str
    sentence: str
    image: Image.Image


def compare(before: Mapping[str, Path], after: Mapping[str, Image.Image]) -> list[Difference]:
    """Return what differs between the files of before and the pictures of now, by their names."""
    found = []
    for name in sorted({*before, *after}):
        if name not in after:
            old = _opened(before[name])
            found.append(Difference(name, "is there no longer", old))
        elif name not in before:
            found.append(Difference(name, "is new", after[name]))
        elif difference := _difference(name, _opened(before[name]), after[name]):
            found.append(difference)
    return found


def _difference(name: str, old: Image.Image, new: Image.Image) -> Difference | None:
    size = (max(old.width, new.width), max(old.height, new.height))
    mask = _mask(_on_canvas(old, size), _on_canvas(new, size))
    count = mask.histogram()[255]
    if old.size != new.size:
        sentence = "was {}x{} and is {}x{} pixels".format(*old.size, *new.size)
    elif count > SHARE * size[0] * size[1]:
        share = 100 * count / (size[0] * size[1])
        sentence = f"differs in {share:.2f} % of its pixels"
    else:
        return None
    return Difference(name, sentence, _side_by_side(old, new, mask))


def _mask(old: Image.Image, new: Image.Image) -> Image.Image:
    """Return a picture that is white where two differ, and black elsewhere."""
    red, green, blue = ImageChops.difference(old, new).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return most.point([255 * (value > CHANNEL) for value in range(256)])


def _side_by_side(old: Image.Image, new: Image.Image, mask: Image.Image) -> Image.Image:
    """Return the picture of before, that of now, and where they differ, in red on that of now."""
    size = mask.size
    faded = Image.blend(_on_canvas(new, size), Image.new("RGB", size, "white"), 0.75)
    faded.paste(Image.new("RGB", size, _RED), mask=mask)
    width, height = size
    sheet = Image.new("RGB", (3 * width + 2 * _GAP, height), _GROUND)
    for place, image in enumerate((old, new, faded)):
        sheet.paste(image, (place * (width + _GAP), 0))
    return sheet


def _on_canvas(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    if image.size == size:
        return image
    canvas = Image.new("RGB", size, _GROUND)
    canvas.paste(image, (0, 0))
    return canvas


def _opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")
