"""``plugin-server settings …``."""

import json
from pathlib import Path

import click

from plugin_server.blocks import BLOCKS, find
from plugin_server.commands.arguments import BLOCK
from plugin_server.config import load_place
from plugin_server.settings import report


@click.group("settings")
def command() -> None:
    """Work with settings JSON."""


@command.command()
@BLOCK
def show(block: str) -> None:
    """Print the settings JSON of BLOCK as it is pasted in Kit's dashboard."""
    finished = find(block).settings.public(load_place().base_url)
    click.echo(json.dumps(finished, indent=2, ensure_ascii=False))


@command.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option("--schema", type=click.Path(exists=True, path_type=Path), help="A newer JSON Schema.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text")
@click.option("--sandbox", "loopback", is_flag=True, help="Accept http addresses of this machine.")
@click.pass_context
def check(
    context: click.Context,
    files: tuple[str, ...],
    schema: Path | None,
    format_: str,
    loopback: bool,
) -> None:
    """Find mistakes in settings JSON before Kit does: this server's, or any FILE (- reads stdin)."""
    status = report.run(
        files,
        base_url=load_place().base_url,
        endpoints=frozenset(
            f"/blocks/{block.name}/search/{name}"
            for block in BLOCKS
            for name in block.settings.search_names
        ),
        schema=schema,
        tools=format_ == "json",
        loopback=loopback,
    )
    context.exit(status)
