"""Named examples of a block's settings, kept as files, and texts that strain any block.

One file for each example, ``<folder>/<block>/<name>.json``: an object of raw settings, as Kit sends
them. The lint, the pictures, the tests and the sandbox's menu read the same files.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from plugin_server.resources.text_files import UnreadableText, read_text_file

# The examples that every block of this server has.
TYPICAL, EVERYTHING = "typical", "everything_on"

_HOSTILE = (
    """"><script>alert(1)</script><img src=x onerror=alert(1)>{{ subscriber.email_address }}"""
    """{% if x %}</td></table></style><!--' style=background:url(//evil.example)"""
)
# What real life puts in a field of text.
STRAINING_TEXTS: Mapping[str, str] = {
    "very_long": "Everything I know about the sea, and most of what I have forgotten " * 40
    + "Donaudampfschifffahrtsgesellschaftskapitän" * 8,
    "other_alphabets": "Übers Warten, Ελληνικά, Кириллица, 港の手紙, 한 척의 배, ภาษาไทย, हिन्दी, "
    "👩‍👩‍👧 e\u0301",
    "right_to_left": "מכתבים מהנמל: מה שהגאות משאירה מאחור, 12 פעמים בשנה",
    "hostile": _HOSTILE,
}

# The types of setting in which creators type, and how much Kit lets in.
TYPED = {"text": 500, "textarea": 5000}


class BadSample(Exception):
    """A file of an example cannot be used; the message names it and says why."""


@dataclass(frozen=True)
class Sample:
    """One example: ``name`` is that of its file, ``title`` what a menu shows."""

    name: str
    settings: Mapping[str, Any]

    @property
    def title(self) -> str:
        """The name as people write it."""
        return self.name.replace("_", " ").capitalize()


class Field(NamedTuple):
    """What decides about text in a setting: see ``settings_json``."""

    name: str
    type: str
    max_length: float | None


def read_samples(folder: Path) -> list[Sample]:
    """Return a block's examples, the typical one first, then by name; ``[]`` without a folder.

    Raises:
        BadSample: a file does not hold a JSON object, or cannot be read.
    """
    paths = sorted(folder.glob("*.json"), key=lambda path: (path.stem != TYPICAL, path.stem))
    return [Sample(path.stem, _read(path)) for path in paths]


def with_text(settings: Mapping[str, Any], text: str, fields: Iterable[Field]) -> dict[str, Any]:
    """Return settings in which everything that a creator typed is ``text``."""
    known = {field.name: field for field in fields}
    return {
        name: _typed(known[name], value, text) if name in known else value
        for name, value in settings.items()
    }


def _typed(field: Field, value: Any, text: str) -> Any:
    limit = TYPED.get(field.type)
    # An address stays one: a block answers any other text in its place with an error.
    if limit is None or str(value).startswith("https://"):
        return value
    return text[: min(limit, int(field.max_length or limit))]


def _read(path: Path) -> dict[str, Any]:
    try:
        settings = json.loads(read_text_file(path))
    except UnreadableText as problem:
        raise BadSample(f"The example {problem}") from problem
    except (ValueError, RecursionError) as problem:
        raise BadSample(f"The example {path} is not JSON: {problem}.") from problem
    if not isinstance(settings, dict):
        raise BadSample(f"The example {path} is not a JSON object of settings.")
    return settings
