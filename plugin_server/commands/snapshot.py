"""``plugin-server snapshot``."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from itertools import filterfalse
from pathlib import Path
from types import ModuleType

import click

from plugin_server.blocks.loading import load_block
from plugin_server.commands.arguments import NAMES
from plugin_server.commands.plugin_options import fill_option, oauth_options, plugin_options
from plugin_server.commands.whole_sandbox import foreign_oauth, foreign_plugins
from plugin_server.config.environment import environment
from plugin_server.config.startup import CannotStart
from plugin_server.preview.foreign_plugin import (
    ForeignPlugin,
    OAuth,
    entries_of,
    require_response,
)
from plugin_server.preview.local_kit import LocalKit
from plugin_server.preview.sandbox_in_thread import sandbox_for_pictures, serving, url_of
from plugin_server.preview.snapshots.sample_server import SampleServer
from plugin_server.resources.packages import block_names, installed_packages
from plugin_server.sandbox.rehearsal.installing import NotInstalled, install
from plugin_server.sandbox.rehearsal.setup import Options

_EXTRA = {"PIL", "playwright"}
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command("snapshot")
@click.argument("blocks", nargs=-1, type=NAMES, metavar="[BLOCK]...")
@click.option(
    "--compare",
    "before",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Compare with the pictures in DIR; exit status 1 when one differs.",
)
@click.option(
    "--output",
    metavar="DIR",
    type=_FOLDER,
    help="Where pictures go, in a folder for each block.  [snapshots; with --compare, "
    "snapshot-differences, and only those that differ]",
)
@plugin_options
@oauth_options
@fill_option
@click.option(
    "--examples", multiple=True, metavar="DIR", type=_FOLDER, help="Its examples, as for `sandbox`."
)
def command(
    blocks: tuple[str, ...],
    before: Path | None,
    output: Path | None,
    urls: tuple[str, ...],
    files: tuple[Path, ...],
    names: tuple[str, ...],
    no_auth: bool,
    fill: Mapping[str, str],
    examples: tuple[Path, ...],
    **oauth_urls: str | None,
) -> None:
    """Draw every example of BLOCKs, or of a plugin at a URL, in every view, as PNG files.

    \b
    plugin-server snapshot
    plugin-server snapshot --compare snapshots
    plugin-server snapshot --plugin http://127.0.0.1:3000/html --settings settings.json
    """
    if blocks and (urls or files):
        raise click.UsageError("Give either BLOCKs of this server, or --plugin and --settings.")
    about_plugin = (names, examples, no_auth, fill, *oauth_urls.values())
    if any(about_plugin) and not urls:
        raise click.UsageError("These options are about a plugin: give --plugin, too.")
    for folder in filterfalse(Path.is_dir, examples):
        raise click.BadParameter(f"There is no folder {folder}.", param_hint="--examples")
    drawing = _with_extra("drawing")
    plugins = foreign_plugins(urls, files, names) if urls or files else []
    has_oauth = any((fill, *oauth_urls.values()))
    oauth = foreign_oauth(urls[0], no_auth, oauth_urls) if has_oauth else None
    target = output or Path("snapshot-differences" if before else "snapshots")
    if before and before.resolve() == target.resolve():
        raise click.UsageError("--compare and --output name the same folder.")
    found = 0
    serve = _serving_foreign(plugins, oauth, fill, examples) if plugins else _serving_own(blocks)
    with serve as (url, keys), drawing.running_chromium() as browser:
        page = drawing.open_sheet(browser, url)
        for key in keys:
            pictures = list(drawing.draw(page, key))
            if before is None:
                drawing.save(pictures, target / key)
                click.echo(f"{target / key}: {len(pictures)} pictures")
            else:
                found += _compare(key, {each.name: each.image for each in pictures}, before, target)
    if before:
        click.echo(
            f"{found} differ from {before}; see {target}." if found else "No picture differs."
        )
        click.get_current_context().exit(bool(found))


def _compare(key: str, pictures: dict[str, object], before: Path, target: Path) -> int:
    """Write what differs of one block, and return how many pictures do."""
    old = {file.name: file for file in (before / key).glob("*.png")}
    differences = _with_extra("comparison").compare(old, pictures)
    for earlier in (target / key).glob("*--*.png"):  # of the last comparison
        earlier.unlink()
    for each in differences:
        (target / key).mkdir(parents=True, exist_ok=True)
        each.image.save(target / key / each.name)
        click.echo(f"{key}/{each.name} {each.sentence}.")
    if not differences:
        click.echo(f"{key}: {len(pictures)} pictures as before")
    return len(differences)


@contextmanager
def _serving_own(blocks: tuple[str, ...]) -> Iterator[tuple[str, list[str]]]:
    """Serve blocks of this server with made-up accounts; give the sandbox's URL and their keys."""
    names = [*dict.fromkeys(blocks or block_names())]
    samples = SampleServer(map(load_block, names))
    folders = tuple(package.examples for package in installed_packages())
    with serving(lambda _: samples) as own_url, sandbox_for_pictures(folders) as app:
        LocalKit(url_of(app)).paste(samples.entries(own_url), only=True)
        yield url_of(app), names


@contextmanager
def _serving_foreign(
    plugins: list[ForeignPlugin],
    oauth: OAuth | None,
    fill: Mapping[str, str],
    examples: tuple[Path, ...],
) -> Iterator[tuple[str, list[str]]]:
    """Show plugins elsewhere, installed as a rehearsal does it; give the sandbox's URL and their keys."""
    for plugin in plugins:
        require_response(plugin.url)
    pasted = entries_of(plugins, oauth)
    with sandbox_for_pictures(examples) as app:
        LocalKit(url_of(app)).paste(pasted, only=True)
        if oauth:
            try:
                install(app, Options(chromium=environment().get("CHROMIUM", ""), fill=fill))
            except NotInstalled as reason:
                raise CannotStart(f"The app cannot be installed. {reason}") from None
        yield url_of(app), [plugin["key"] for plugin in pasted["plugins"]]


def _with_extra(module: str) -> ModuleType:
    """Import a module that needs the extra ``snapshot``.

    Raises:
        CannotStart: it is not installed.
    """
    try:
        return import_module(f"plugin_server.preview.snapshots.{module}")
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise CannotStart(
            "Pictures need the extra `snapshot`: run `pip install 'plugin-server[snapshot]'`."
        ) from missing
