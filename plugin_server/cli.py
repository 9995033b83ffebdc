"""The ``plugin-server`` command. Exit status: 0, 1 (found problems, cannot start), 2 (usage)."""

import json
import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from plugin_server import creator_data, logs
from plugin_server.app import open_shared, open_store
from plugin_server.blocks import BLOCKS, find
from plugin_server.config import (
    ConfigError,
    load_config,
    load_place,
    require_production,
    warnings_about,
)
from plugin_server.errors import PluginError, StoreUnavailable
from plugin_server.examples import Example, examples, typical_account
from plugin_server.lint import report as lint_report
from plugin_server.lint.check import lint as lint_html
from plugin_server.lint.check import lint_bytes
from plugin_server.lint.compat import DEFAULT_CLIENTS, compat
from plugin_server.lint.findings import Finding, Place, error
from plugin_server.preview import own
from plugin_server.preview.command import sandbox
from plugin_server.rendering.styles import EmailStyles
from plugin_server.samples import BadSample
from plugin_server.serving import CannotStart, Server, require_free_port
from plugin_server.settings import report
from plugin_server.settings.findings import listed
from plugin_server.store.backup import CannotBackUp, backup_sqlite
from plugin_server.store.database import explain
from plugin_server.store.encryption import Cipher, DecryptionError
from plugin_server.store.schema import SchemaOutdated, make_engine, upgrade
from plugin_server.store.sql import SqlStore

_NAMES = click.Choice([block.name for block in BLOCKS])
_BLOCK = click.argument("block", type=_NAMES)


_MENDABLE = (
    *(BadSample, ConfigError, CannotStart, SchemaOutdated, DecryptionError, CannotBackUp),
    *(creator_data.CannotDelete, creator_data.UnknownAccount),
)


class _Commands(click.Group):
    def invoke(self, context: click.Context) -> Any:
        """Turn what an operator can mend into one clear message and exit status 1."""
        try:
            return super().invoke(context)
        except _MENDABLE as error:
            raise click.ClickException(str(error)) from None
        except BrokenPipeError:
            raise  # whoever reads our output has seen enough; click ends quietly
        except StoreUnavailable as error:
            raise click.ClickException(error.reason) from None
        except SQLAlchemyError as error:
            raise click.ClickException(explain(error)) from None
        except OSError as error:
            raise click.ClickException(
                f"The database cannot be used ({error}). Check DATABASE_URL and DATA_DIR."
            ) from None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="plugin-server", message="%(version)s")
def main() -> None:
    """Run and inspect the server behind a Kit editor plugin."""


@main.command()
def preview() -> None:
    """Start the sandbox Kit and the plugin server, with data to play with."""
    own.run()


@main.command()
def serve() -> None:
    """Start the plugin server (gunicorn) as in production."""
    config = load_config()
    require_production(config)
    require_free_port(config.host, config.port, "PORT")
    engine = make_engine(config.sqlalchemy_url)
    store = SqlStore(engine, Cipher(config.encryption_keys))
    store.ping()
    store.require_keys()
    engine.dispose()
    for warning in warnings_about(config):
        click.echo(f"Warning: {warning}", err=True)
    Server(config).run()


main.add_command(sandbox)


@main.group()
def settings() -> None:
    """Work with settings JSON."""


@settings.command()
@_BLOCK
def show(block: str) -> None:
    """Print the settings JSON of BLOCK as it is pasted in Kit's dashboard."""
    finished = find(block).settings.public(load_place().base_url)
    click.echo(json.dumps(finished, indent=2, ensure_ascii=False))


@settings.command()
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


@main.command()
@_BLOCK
@click.option("--settings", "settings_", metavar="FILE", help="JSON of settings (- reads stdin).")
@click.option("--styles", metavar="FILE", help="JSON of the email's styles, as Kit sends them.")
@click.option("--example", "name", metavar="NAME", help="One of the block's own examples.")
def render(block: str, settings_: str | None, styles: str | None, name: str | None) -> None:
    """Print the HTML of BLOCK for a sample account, with settings of yours or of an example."""
    if settings_ is None and name is None:
        raise click.UsageError("Give --settings FILE, --example NAME, or both.")
    sample = _example(block, name) if name else Example("", find(block), {}, typical_account())
    raw = _json_object(settings_) if settings_ else sample.settings
    look = EmailStyles.parse(_json_object(styles) if styles else {})
    try:
        html = Example(sample.name, sample.block, raw, sample.account).render(look)
    except PluginError as problem:
        raise click.ClickException("\n".join(problem.messages)) from None
    click.echo(html)


def _example(block: str, name: str) -> Example:
    """Return a block's example of that name."""
    known = {each.name: each for each in examples(find(block))}
    if name not in known:
        raise click.UsageError(
            f"{block} has no example {name!r}. It has {listed([*known], 'and')}."
        )
    return known[name]


def _read(name: str) -> bytes:
    """Return what a file or, for ``-``, standard input holds."""
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as problem:
        raise click.UsageError(f"{name} cannot be read: {problem.strerror}.") from problem


def _json_object(name: str) -> dict[str, object]:
    """Return the JSON object in a file."""
    try:
        value = json.loads(_read(name))
    except (ValueError, RecursionError) as problem:
        raise click.UsageError(f"{name} is not JSON: {problem}.") from problem
    if not isinstance(value, dict):
        raise click.UsageError(f"{name} does not hold a JSON object.")
    return value


def _known_clients(_: click.Context, __: click.Parameter, given: str) -> tuple[str, ...]:
    """Read ``gmail,outlook``."""
    names = tuple(dict.fromkeys(filter(None, (each.strip().lower() for each in given.split(",")))))
    known = compat().clients
    if unknown := [name for name in names if name not in known]:
        raise click.BadParameter(
            f"{listed(unknown, 'and')} not known. Known are {listed([*known], 'and')}."
        )
    if not names:
        raise click.BadParameter(f"name at least one of {listed([*known])}.")
    return names


@main.command()
@click.argument("blocks", nargs=-1, type=_NAMES, metavar="[BLOCK]...")
@click.option("--html", "files", multiple=True, metavar="FILE", help="Any HTML (- reads stdin).")
@click.option(
    "--clients",
    default=",".join(DEFAULT_CLIENTS),
    show_default=True,
    callback=_known_clients,
    help="Mail clients that matter, comma-separated.",
)
@click.option("--strict", is_flag=True, help="Fail on warnings, too.")
@click.option("--verbose", is_flag=True, help="Show infos, and what is accepted in our own blocks.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def lint(
    context: click.Context,
    blocks: tuple[str, ...],
    files: tuple[str, ...],
    clients: tuple[str, ...],
    strict: bool,
    verbose: bool,
    format_: str,
) -> None:
    """Find what Kit, readers or mail clients make of HTML: of every block, of BLOCKs, or of FILEs."""
    chosen = blocks or (() if files else tuple(block.name for block in BLOCKS))
    results = [
        *(each for name in chosen for each in _linted(name, clients)),
        *(_linted_file(name, clients) for name in files),
    ]
    status = lint_report.show(
        results, clients=clients, tools=format_ == "json", verbose=verbose, strict=strict
    )
    context.exit(status)


def _linted(block: str, clients: Sequence[str]) -> Iterator[lint_report.Linted]:
    """Yield what is found in each of a block's examples."""
    for example in examples(find(block)):
        yield lint_report.Linted.of_example(block, example.name, _found(example, clients))


def _found(example: Example, clients: Sequence[str]) -> list[Finding]:
    try:
        return lint_html(example.render(EmailStyles()), clients)
    except PluginError as problem:
        told = " ".join(problem.messages)
        return [error("not-rendered", Place(), told, "An example has to render.")]


def _linted_file(name: str, clients: Sequence[str]) -> lint_report.Linted:
    called = "standard input" if name == "-" else name
    return lint_report.Linted(called, tuple(lint_bytes(_read(name), clients)))


@main.group()
def db() -> None:
    """Look after the database."""


@db.command("upgrade")
def upgrade_() -> None:
    """Bring the database's schema up to date."""
    config = load_config()
    if not config.database_url:
        config.data_dir.mkdir(parents=True, exist_ok=True)
    upgrade(make_engine(config.sqlalchemy_url))
    click.echo("The database is up to date.")


@db.command()
def purge() -> None:
    """Delete codes, tokens and sign-ins that have long been over; the server does so by itself."""
    count = open_store(load_config()).purge(now=int(time.time()))
    click.echo(f"Deleted {count} records.")


@db.command()
def reencrypt() -> None:
    """Encrypt everything with the first of ENCRYPTION_KEYS, so that older keys can go."""
    count = open_store(load_config()).reencrypt()
    click.echo(f"Encrypted {count} records anew.")


@db.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Copy a SQLite database to a new FILE while it is in use; PostgreSQL has pg_dump."""
    backup_sqlite(make_engine(load_config().sqlalchemy_url), file)
    click.echo(f"Copied the database to {file}. Keep ENCRYPTION_KEYS as safe, elsewhere.")


@main.group()
def data() -> None:
    """List, export or delete what is kept of a creator."""


@data.command("list")
def list_() -> None:
    """Print everyone of whom something is kept."""
    for line in creator_data.table(open_store(load_config())):
        click.echo(line)


@data.command()
@click.argument("account")
def export(account: str) -> None:
    """Print all that is kept of ACCOUNT, as JSON; tokens are named, not shown."""
    config = load_config()
    kept = creator_data.export(open_store(config), open_shared(config), account)
    click.echo(json.dumps(kept, indent=2, ensure_ascii=False))


@data.command()
@click.argument("account")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(account: str, yes: bool) -> None:
    """Delete all that is kept of ACCOUNT; its tokens are refused from then on."""
    config = load_config()
    logs.configure(config.log_level, config.log_format, secrets=config.secrets())
    if not yes:
        click.confirm(f"Delete all that is kept of account {account}?", abort=True)
    count = creator_data.delete(open_store(config), open_shared(config), account)
    click.echo(f"Deleted {count} records.")


@main.command("secrets")
def secrets_() -> None:
    """Print fresh secrets, to be kept in the server's environment."""
    click.echo(f"SECRET_KEY={secrets.token_urlsafe(32)}")
    click.echo(f"ENCRYPTION_KEYS={own.new_encryption_key()}")
    click.echo("PLUGIN_CLIENT_ID=kit")
    click.echo(f"PLUGIN_CLIENT_SECRET={secrets.token_urlsafe(32)}")


if __name__ == "__main__":
    main()
