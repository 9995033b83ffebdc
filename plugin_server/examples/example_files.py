"""Files of example settings, ``<folder>/<block>/<name>.json``: one JSON object of raw settings each.

The lint, the pictures, the tests and the sandbox's menu read the same files.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plugin_server.findings.lines import Lines
from plugin_server.resources.text_files import UnreadableText, read_text_file
from plugin_server.settings.json_parser import NotJson, parse

# What every block has: an ordinary use, the least that it needs, and all of its settings.
TYPICAL, EVERYTHING = "typical", "everything_on"
REQUIRED = (TYPICAL, "minimal", EVERYTHING)


class InvalidExample(Exception):
    """An example's file cannot be used; the message names it and gives the reason.

    ``problem`` continues the file's name; ``line``, from 1, is where it is, if that is known.
    """

    def __init__(self, file: Path, problem: str, line: int | None = None) -> None:
        """Take the file and the reason."""
        self.file, self.line, self.problem = file, line, problem
        where = f", line {line}," if line else ""
        super().__init__(f"The example {file}{where} {problem}.")


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
    return [ExampleSettings(path.stem, read_example(path)) for path in paths]


def read_example(path: Path) -> dict[str, Any]:
    """Return the raw settings in a file.

    Raises:
        InvalidExample: it does not contain a JSON object, or cannot be read.
    """
    text = ""
    try:
        text = read_text_file(path)
        settings = parse(text).value
    except UnreadableText as problem:
        raise InvalidExample(path, problem.reason.removesuffix(".")) from problem
    except NotJson as problem:
        line, _ = Lines(text).position(problem.offset)
        raise InvalidExample(path, f"is not JSON: {problem}", line) from problem
    if not isinstance(settings, dict):
        raise InvalidExample(path, 'is not a JSON object of settings such as {"title": "…"}')
    return settings
