"""The sandbox with its dashboard and editor, for ``plugin-server sandbox``."""

from collections.abc import Mapping, Sequence
from itertools import filterfalse
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import click

from plugin_server.commands.api_only import require_accounts
from plugin_server.config.environment import load_common_settings
from plugin_server.config.startup import CannotStart, require_free_port
from plugin_server.preview import foreign_plugin
from plugin_server.preview.foreign_plugin import ForeignPlugin, OAuth
from plugin_server.preview.safety import require_development
from plugin_server.sandbox.config import SandboxConfig
from plugin_server.sandbox.server import serve
from plugin_server.settings import report


def serve_alone(
    examples: tuple[Path, ...],
    account: tuple[int, str] | None,
    accounts_file: Path | None,
    data_file: Path | None,
) -> None:
    """Serve the sandbox without plugins; does not return."""
    common = load_common_settings()
    require_development()
    require_free_port("127.0.0.1", common.sandbox_port, "SANDBOX_PORT")
    config = SandboxConfig(
        data_dir=common.data_dir,
        base_url=f"http://127.0.0.1:{common.sandbox_port}",
        examples=examples,
        real_account=account,
        accounts_file=accounts_file,
        data_file=data_file,
    )
    require_accounts(config)
    serve(config, "127.0.0.1", common.sandbox_port)


def serve_with_plugins(
    urls: Sequence[str],
    files: Sequence[Path],
    names: Sequence[str],
    no_auth: bool,
    oauth: Mapping[str, str | None],
    watched: tuple[Path, ...],
    examples: tuple[Path, ...],
) -> None:
    """Serve the sandbox for plugin servers in any language; does not return."""
    for folder in filterfalse(Path.is_dir, examples):
        raise click.BadParameter(f"There is no folder {folder}.", param_hint="--examples")
    plugins = foreign_plugins(urls, files, names)
    foreign_plugin.run(plugins, _oauth(urls[0], no_auth, oauth), watched, examples)


def foreign_plugins(
    urls: Sequence[str], files: Sequence[Path], names: Sequence[str]
) -> list[ForeignPlugin]:
    """Return the plugins that the options describe, with valid settings JSON.

    Raises:
        CannotStart: a settings JSON has errors, which are printed.
    """
    if len(urls) != len(files):
        raise click.UsageError("Give one --settings FILE for each --plugin URL.")
    if names and len(names) != len(urls):
        raise click.UsageError("Give one --name for each --plugin URL, or none at all.")
    titles = names or [file.stem.replace("_", " ").capitalize() for file in files]
    if len(set(titles)) < len(titles):
        raise click.UsageError("Two plugins have the same name: give each its own --name.")
    for url in filterfalse(_is_url, urls):
        raise click.UsageError(f"{url} is not a URL: give http://… or https://….")
    plugins = [ForeignPlugin(*each) for each in zip(titles, urls, files, strict=True)]
    if any(plugin.error() for plugin in plugins):
        report.run([*map(str, files)], base_url="", schema=None, tools=False, loopback=True)
        raise CannotStart("The settings JSON has the errors above.")
    return plugins


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.hostname) and parts.scheme in ("http", "https")


def _oauth(url: str, no_auth: bool, given: Mapping[str, str | None]) -> OAuth | None:
    """Return how the plugins are authorized; ``None``: not at all."""
    if no_auth and any(given.values()):
        raise click.UsageError("--no-auth cannot be combined with options of OAuth: leave one out.")
    if no_auth:
        return None
    if not (given["client_id"] and given["client_secret"]):
        raise click.UsageError("Give --client-id and --client-secret for OAuth, or --no-auth.")
    steps = ("authorize", "token", "refresh", "revoke")
    defaults = {f"{step}_url": urljoin(url, f"/oauth/{step}") for step in steps}
    return OAuth(**{name: value or defaults[name] for name, value in given.items()})
