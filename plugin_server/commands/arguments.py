"""Arguments of several commands: a block by its name, a file or standard input."""

import json
import sys
from pathlib import Path

import click

from plugin_server.commands.scaffold.place import UnknownPlace, find_place
from plugin_server.resources.packages import block_names
from plugin_server.resources.text_files import UnreadableText, read_text_file


class _BlockName(click.Choice[str]):
    """A block that this server has."""

    def get_invalid_choice_message(self, value: object, ctx: click.Context | None) -> str:
        """Say so if it is a block of the package around this folder, which is not installed."""
        message = super().get_invalid_choice_message(value, ctx)
        try:
            package = find_place(Path.cwd()).package
        except UnknownPlace:
            return message
        if value not in package.block_names():
            return message
        return f"{package.name}, which has {value!r}, is not installed: run `pip install -e .` in its folder."


NAMES = _BlockName(block_names())
BLOCK = click.argument("block", type=NAMES)


def read(name: str) -> bytes:
    """Return the bytes of a file or, for ``-``, of standard input."""
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as problem:
        raise click.UsageError(f"{name} cannot be read: {problem.strerror}.") from problem


def text(name: str) -> str:
    """Return the text of a file or, for ``-``, of standard input."""
    try:
        return read_text_file(name)
    except UnreadableText as problem:
        raise click.UsageError(str(problem)) from problem


def json_object(name: str) -> dict[str, object]:
    """Return the JSON object in a file."""
    return object_in(text(name), name)


def object_in(content: str, name: str) -> dict[str, object]:
    """Parse a text as a JSON object; ``name`` is what errors call it."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as problem:
        raise click.UsageError(f"{name} is not JSON: {problem}.") from problem
    if not isinstance(value, dict):
        raise click.UsageError(f"{name} is not a JSON object.")
    return value
