"""Arguments of several commands: a block by its name, a file or standard input."""

import json
import sys
from pathlib import Path

import click

from plugin_server.resources.packages import block_names
from plugin_server.resources.text_files import UnreadableText, read_text_file

NAMES = click.Choice(block_names())
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
