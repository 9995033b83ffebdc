"""Files of example settings, ``<folder>/<block>/<name>.json``: one JSON object of raw settings each.

The lint, the pictures, the tests and the sandbox's menu read the same files.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plugin_server.resources.text_files import UnreadableText, read_text_file

# The examples that every block of this server has.
TYPICAL, EVERYTHING = "typical", "everything_on"


class InvalidExample(Exception):
    """An example's file cannot be used; the message names it and gives the reason."""


@dataclass(frozen=True)
class ExampleSettings:
    """Raw settings, as Kit sends them; ``name`` is the file's name, ``title`` the menu's text."""

    name: str
    settings: Mapping[str, Any]

    @property
    def title(self) -> str:
        """The name with spaces and a capital letter."""
        return self.name.replace("_", " ").capitalize()


def read_examples(folder: Path) -> list[ExampleSettings]:
    """Return a block's examples, the typical one first, then by name; ``[]`` without a folder.

    Raises:
        InvalidExample: a file does not contain a JSON object, or cannot be read.
    """
    paths = sorted(folder.glob("*.json"), key=lambda path: (path.stem != TYPICAL, path.stem))
    return [ExampleSettings(path.stem, _read(path)) for path in paths]


def _read(path: Path) -> dict[str, Any]:
    try:
        settings = json.loads(read_text_file(path))
    except UnreadableText as problem:
        raise InvalidExample(f"The example {problem}") from problem
    except (ValueError, RecursionError) as problem:
        raise InvalidExample(f"The example {path} is not JSON: {problem}.") from problem
    if not isinstance(settings, dict):
        raise InvalidExample(f"The example {path} is not a JSON object of settings.")
    return settings
