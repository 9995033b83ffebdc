"""``plugin-server rehearse``."""

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import click
from flask import Flask

from plugin_server.commands.arguments import json_object
from plugin_server.commands.plugin_options import (
    fill_option,
    oauth_options,
    pairs,
    plugin_options,
)
from plugin_server.commands.whole_sandbox import foreign_oauth, foreign_plugins
from plugin_server.config.environment import environment
from plugin_server.examples.example_files import InvalidExample
from plugin_server.preview.foreign_plugin import entries_of, require_response
from plugin_server.preview.rehearsal import foreign_app, own_app
from plugin_server.sandbox.rehearsal.background import arrivals_of
from plugin_server.sandbox.rehearsal.check import GROUPS, Outcome
from plugin_server.sandbox.rehearsal.junit import as_junit
from plugin_server.sandbox.rehearsal.report import Report, as_json, as_text
from plugin_server.sandbox.rehearsal.run import Planned, plan, rehearse
from plugin_server.sandbox.rehearsal.setup import (
    WAYS,
    Consent,
    NoChromium,
    Options,
    close,
    make_subject,
)

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUTPUT = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command("rehearse")
@plugin_options
@oauth_options
@click.option(
    "--app",
    "app_file",
    type=_FILE,
    metavar="FILE",
    help="All of the app's fields instead: JSON as PUT /dashboard/app.json takes it.",
)
@click.option(
    "--examples",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Examples of settings: DIR/<plugin>/<name>.json.",
)
@click.option(
    "--only",
    multiple=True,
    type=click.Choice([*GROUPS]),
    help="Check one part; can be repeated.",
)
@click.option(
    "--consent",
    type=click.Choice([*WAYS]),
    default="auto",
    show_default=True,
    help="How the creator's part of the installation is done.",
)
@fill_option
@click.option(
    "--fill-new",
    multiple=True,
    callback=pairs,
    metavar="NAME=VALUE",
    help="The same for a brand-new creator.",
)
@click.option(
    "--host",
    "hosts",
    multiple=True,
    metavar="HOST",
    help="A host that the sign-in may lead to, besides those in the app's fields.",
)
@click.option("--redirect-uri", default="", metavar="URL", help="The one that the app accepts.")
@click.option("--json", "json_file", type=_OUTPUT, metavar="FILE", help="Write the report as JSON.")
@click.option("--junit", "junit_file", type=_OUTPUT, metavar="FILE", help="Write it as JUnit XML.")
@click.option("--verbose", is_flag=True, help="Show every check.")
def command(
    urls: tuple[str, ...],
    files: tuple[Path, ...],
    names: tuple[str, ...],
    no_auth: bool,
    app_file: Path | None,
    examples: tuple[Path, ...],
    only: tuple[str, ...],
    consent: str,
    fill: Mapping[str, str],
    fill_new: Mapping[str, str],
    hosts: tuple[str, ...],
    redirect_uri: str,
    json_file: Path | None,
    junit_file: Path | None,
    verbose: bool,
    **oauth: str | None,
) -> None:
    """Check an app as Kit's review does: OAuth, endpoints, listing.

    Without options of a plugin, our own server with all its blocks is started and checked.

    \b
    plugin-server rehearse --junit rehearsal.xml
    plugin-server rehearse --plugin http://127.0.0.1:3000/html --settings settings.json --no-auth
    """
    is_at_terminal = sys.stdin.isatty() and sys.stderr.isatty()
    asks = consent == "hand" or (consent == "auto" and is_at_terminal)
    options = Options(
        consent=cast("Consent", consent),
        ask=_ask if asks else None,
        chromium=environment().get("CHROMIUM", ""),
        fill=fill,
        fill_new=fill_new,
        redirect_uri=redirect_uri,
        hosts=hosts,
    )
    about_plugin = (urls, files, names, no_auth, *oauth.values())
    with _app(
        urls, files, names, no_auth, oauth, app_file, examples, options, any(about_plugin)
    ) as (
        app,
        final,
    ):
        report = _rehearsed(app, final, only)
    click.echo(as_text(report, details=verbose))
    if json_file:
        json_file.write_text(as_json(report) + "\n", encoding="utf-8")
    if junit_file:
        junit_file.write_bytes(as_junit(report))
    click.get_current_context().exit(0 if report.passed else 1)


def _app(
    urls: tuple[str, ...],
    files: tuple[Path, ...],
    names: tuple[str, ...],
    no_auth: bool,
    oauth: Mapping[str, str | None],
    app_file: Path | None,
    examples: tuple[Path, ...],
    options: Options,
    about_plugin: bool,
) -> AbstractContextManager[tuple[Flask, Options]]:
    """Return what runs the app that the options describe; raises UsageError."""
    if app_file and about_plugin:
        raise click.UsageError("--app has all of the app's fields: leave the other options out.")
    if app_file:
        return foreign_app(_entries_in(app_file), examples, options)
    if not about_plugin:
        if examples:
            raise click.UsageError("--examples are those of a plugin: give --plugin or --app.")
        return own_app(options)
    if not urls:
        raise click.UsageError("These options are about a plugin: give --plugin and --settings.")
    plugins = foreign_plugins(urls, files, names)
    entries = entries_of(plugins, foreign_oauth(urls[0], no_auth, oauth))
    for plugin in plugins:
        require_response(plugin.url)
    return foreign_app(entries, examples, options)


def _entries_in(file: Path) -> dict[str, Any]:
    entries = json_object(str(file))
    if not isinstance(entries.get("app"), dict) or not isinstance(entries.get("plugins"), list):
        raise click.UsageError(f'{file} is not {{"app": {{…}}, "plugins": [{{…}}]}}.')
    return entries


def _rehearsed(app: Flask, options: Options, only: tuple[str, ...]) -> Report:
    at = datetime.now(UTC).isoformat(timespec="seconds")
    with app.app_context():
        try:
            sandbox = app.extensions["sandbox"]
            subject, way = make_subject(sandbox, arrivals_of(app), options)
        except (InvalidExample, NoChromium) as problem:
            raise click.ClickException(str(problem)) from None
    try:
        planned = plan(subject, only)
        progress = _Progress(len(planned))
        outcomes: list[Outcome] = [*rehearse(subject, planned, progress.show)]
        progress.end()
    finally:
        close(subject)
    return Report(subject.app.name, at, way, outcomes)


class _Progress:
    """One line on a terminal that says which check is made."""

    def __init__(self, total: int) -> None:
        self._total, self._done = total, 0
        self._shows = sys.stderr.isatty()

    def show(self, planned: Planned) -> None:
        """Show a check that starts."""
        self._done += 1
        if self._shows:
            about = f" ({planned.about})" if planned.about else ""
            line = f"{self._done}/{self._total} {planned.check.title}{about}"
            click.echo(f"\r\x1b[K{line[:100]}", nl=False, err=True)

    def end(self) -> None:
        """Remove the line."""
        if self._shows:
            click.echo("\r\x1b[K", nl=False, err=True)


def _ask(instructions: str) -> None:
    click.echo(f"\n{instructions}\n", err=True)
