"""``plugin-server sandbox``."""

from importlib import import_module
from pathlib import Path

import click

from plugin_server.commands.api_only import DEFAULT_PORT, serve_api
from plugin_server.commands.plugin_options import oauth_options, plugin_options

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("sandbox")
@plugin_options
@oauth_options
@click.option(
    "--watch",
    "watched",
    multiple=True,
    metavar="PATH",
    type=click.Path(exists=True, path_type=Path),
    help="Show blocks again after changes of this file, or below this folder.",
)
@click.option(
    "--examples",
    multiple=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Examples for the editor's menu: DIR/<plugin>/<name>.json, each an object of settings.",
)
@click.option(
    "--accounts",
    "accounts_file",
    type=_FILE,
    metavar="FILE",
    help="JSON that describes the creators' accounts instead of those that come with the sandbox.",
)
@click.option(
    "--data",
    "data_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where changed accounts are stored; without it they are as before at the next start.",
)
@click.option("--api-only", is_flag=True, help="Kit's API and OAuth server alone, for test suites.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="With --api-only.  [4000; 0: any free one]"
)
@click.option("--account", type=(int, str), hidden=True)
@click.option("--settings-folder", "folders", multiple=True, type=_FOLDER, hidden=True)
@click.option("--settings-file", "own", multiple=True, type=(str, _FILE), hidden=True)
def command(
    urls: tuple[str, ...],
    files: tuple[Path, ...],
    names: tuple[str, ...],
    no_auth: bool,
    watched: tuple[Path, ...],
    examples: tuple[Path, ...],
    account: tuple[int, str] | None,
    accounts_file: Path | None,
    data_file: Path | None,
    api_only: bool,
    port: int | None,
    folders: tuple[Path, ...],
    own: tuple[tuple[str, Path], ...],
    **oauth: str | None,
) -> None:
    """Start the sandbox Kit alone, or for a plugin server in any language.

    Options of a plugin can be repeated for several, in the same order.

    \b
    plugin-server sandbox --plugin http://127.0.0.1:3000/html --settings settings.json --no-auth
    plugin-server sandbox --api-only --accounts accounts.json
    """
    if api_only:
        if any((urls, files, no_auth, names, watched, examples, account, *oauth.values())):
            raise click.UsageError("--api-only can be combined with --accounts, --data and --port.")
        serve_api(DEFAULT_PORT if port is None else port, accounts_file, data_file)
        return
    if port is not None:
        raise click.UsageError("--port belongs to --api-only; otherwise set SANDBOX_PORT.")
    # They import what the API alone does not need, and it starts in a fraction of their time.
    whole = import_module("plugin_server.commands.whole_sandbox")
    if urls or files:
        if accounts_file or data_file:
            raise click.UsageError("--accounts and --data are for the sandbox without plugins.")
        whole.serve_with_plugins(urls, files, names, no_auth, oauth, watched, examples)
        return
    if no_auth or names or watched or any(oauth.values()):
        raise click.UsageError("These options are about a plugin: give --plugin and --settings.")
    whole.serve_alone(examples, account, accounts_file, data_file, folders, own)
