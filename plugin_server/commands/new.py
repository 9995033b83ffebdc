"""``plugin-server new``."""

import os
from pathlib import Path

import click

from plugin_server.commands.scaffold.names import InvalidName, check_block_name, check_package_name
from plugin_server.commands.scaffold.place import UnknownPlace, find_place
from plugin_server.commands.scaffold.writing import (
    FIRST_BLOCK,
    FileExists,
    Files,
    block_files,
    package_files,
    write,
)

_BLOCK = "block"


@click.command("new")
@click.argument("what", metavar="PACKAGE | block")
@click.argument("name", required=False, metavar="[NAME]")
def command(what: str, name: str | None) -> None:
    """Make a PACKAGE of blocks in a new folder, or add the block NAME to the package in this one.

    `plugin-server new acme-blocks` makes a package with one block, tests and CI.
    `plugin-server new block quote` adds a block.
    """
    try:
        if what == _BLOCK:
            _new_block(name)
        elif name is not None:
            raise click.UsageError(
                f"A package has one name, as in `plugin-server new {what}`; a block is added with "
                f"`plugin-server new block {name}`."
            )
        else:
            _new_package(what)
    except (InvalidName, UnknownPlace, FileExists) as refused:
        raise click.UsageError(str(refused)) from refused
    except OSError as error:
        raise click.ClickException(
            f"{error.filename} cannot be written: {error.strerror}."
        ) from error


def _new_package(name: str) -> None:
    module = check_package_name(name)
    root = Path.cwd() / name
    if root.exists():
        raise FileExists(f"{name} exists already. Nothing was written.")
    files = package_files(root, name, module)
    write(files)
    _list(files)
    click.echo(
        f"""
Next:
  cd {name}
  pip install -e ".[dev]"
  pytest
  plugin-server preview             # shows the block {FIRST_BLOCK} in an email, while you edit it
  plugin-server new block event     # adds another block"""
    )


def _new_block(name: str | None) -> None:
    if name is None:
        raise click.UsageError("Name the block: `plugin-server new block quote`.")
    check_block_name(name)
    place = find_place(Path.cwd())
    files = block_files(place, name)
    write(files)
    _list(files)
    package = place.package
    click.echo(
        f"""
Next:
  1. Say in {_shown(package.module_file(name))} what creators read in the element menu.
  2. Change its settings in {_shown(package.settings_file(name))}.
  3. Change its HTML in {_shown(package.template_file(name))}.
  4. Change the examples in {_shown(package.examples / name)} to your settings.
  5. Change what only this block promises in {_shown(place.tests / f"test_{name}.py")}.
  6. Draw an icon, as PNG and in one color as SVG, in {_shown(package.static / "icons")}.
`plugin-server preview` shows the block while you edit it; `pytest` tests it."""
    )


def _list(files: Files) -> None:
    click.echo("Written:")
    for path in files:
        click.echo(f"  {_shown(path)}")


def _shown(path: Path) -> str:
    """Return a path relative to the current directory."""
    return os.path.relpath(path)
