"""``plugin-server settings …``."""

import json
from collections.abc import Iterator
from pathlib import Path

import click

from plugin_server.config.environment import load_common_settings
from plugin_server.resources.packages import settings_files
from plugin_server.resources.text_files import UnreadableText, read_text_file
from plugin_server.settings import report
from plugin_server.settings.definition import load
from plugin_server.settings.sidebar import nodes

# Not from the blocks themselves: a block cannot be imported while its settings JSON has errors.
_FILES = settings_files()
_BLOCK = click.argument("block", type=click.Choice([file.stem for file in _FILES]))


@click.group("settings")
def command() -> None:
    """Work with settings JSON."""


@command.command()
@_BLOCK
def show(block: str) -> None:
    """Print the settings JSON of BLOCK as it is pasted in Kit's dashboard."""
    public = load(block).public(load_common_settings().base_url)
    click.echo(json.dumps(public, indent=2, ensure_ascii=False))


@command.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option("--schema", type=click.Path(exists=True, path_type=Path), help="A newer JSON Schema.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text")
@click.option("--sandbox", "loopback", is_flag=True, help="Accept http URLs of this machine.")
@click.pass_context
def check(
    context: click.Context,
    files: tuple[str, ...],
    schema: Path | None,
    format_: str,
    loopback: bool,
) -> None:
    """Validate settings JSON as Kit does: this server's, or any FILE (- reads stdin)."""
    status = report.run(
        files,
        base_url=load_common_settings().base_url,
        endpoints=frozenset(_endpoints()),
        schema=schema,
        tools=format_ == "json",
        loopback=loopback,
    )
    context.exit(status)


def _endpoints() -> Iterator[str]:
    """Yield the paths of this server's search endpoints."""
    for file in _FILES:
        try:
            definition = json.loads(read_text_file(file))
        except (UnreadableText, ValueError, RecursionError):
            continue  # the check of that file reports it
        for node in nodes(definition):
            if node.type == "search":
                yield f"/blocks/{file.stem}/search/{node.name}"
