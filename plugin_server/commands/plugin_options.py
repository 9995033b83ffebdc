"""The options of commands that work with a plugin server in any language."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]


def pairs(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """Read ``email=ada@example.com``; raises BadParameter."""
    if wrong := next((each for each in given if "=" not in each), None):
        raise click.BadParameter(f"{wrong} is not NAME=VALUE.")
    return dict(each.split("=", 1) for each in given)


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_PLUGINS = (
    click.option("--plugin", "urls", multiple=True, metavar="URL", help="Request URL of a plugin."),
    click.option(
        "--settings", "files", multiple=True, metavar="FILE", type=_FILE, help="Its settings JSON."
    ),
    click.option("--name", "names", multiple=True, help="Its name.  [the file's name]"),
)
_OAUTH = (
    click.option("--no-auth", is_flag=True, help='Kit\'s strategy "No authorization".'),
    click.option("--client-id", help="OAuth: Kit's client ID at the plugin."),
    click.option("--client-secret", help="OAuth: Kit's client secret at the plugin."),
    click.option(
        "--authorize-url", metavar="URL", help="  [/oauth/authorize at the plugin's host]"
    ),
    click.option("--token-url", metavar="URL", help="  [/oauth/token]"),
    click.option("--refresh-url", metavar="URL", help="  [/oauth/refresh]"),
    click.option("--revoke-url", metavar="URL", help="  [/oauth/revoke]"),
)

fill_option = click.option(
    "--fill",
    multiple=True,
    callback=pairs,
    metavar="NAME=VALUE",
    help="A value for a field of the app's sign-in page.",
)


def plugin_options(command: Command) -> Command:
    """Add ``urls``, ``files`` and ``names``, of which each has one value for each plugin."""
    return _with(_PLUGINS, command)


def oauth_options(command: Command) -> Command:
    """Add ``no_auth``, and the members of ``foreign_plugin.OAuth``, ``None`` where they are not given."""
    return _with(_OAUTH, command)


def _with(options: tuple[Callable[[Command], Command], ...], command: Command) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
