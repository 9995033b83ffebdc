"""``plugin-server db …``."""

from pathlib import Path

import click

from plugin_server.config.environment import load_config
from plugin_server.config.startup import data_dir_error
from plugin_server.store.backup import backup_sqlite
from plugin_server.store.records import unix_now
from plugin_server.store.schema import make_engine, upgrade
from plugin_server.store.setup import open_store


@click.group("db")
def command() -> None:
    """Upgrade and maintain the database."""


@command.command("upgrade")
def upgrade_() -> None:
    """Upgrade the database's schema."""
    config = load_config()
    if not config.database_url:
        try:
            config.data_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror or str(error)
            raise data_dir_error(config.data_dir, reason) from error
    upgrade(make_engine(config.sqlalchemy_url))
    click.echo("The database is up to date.")


@command.command()
def purge() -> None:
    """Delete codes, tokens and sign-ins that ended long ago; the server also does so by itself."""
    count = open_store(load_config()).purge(now=unix_now())
    click.echo(f"Deleted {count} records.")


@command.command()
def reencrypt() -> None:
    """Encrypt everything with the first of ENCRYPTION_KEYS, so that older keys can be removed."""
    count = open_store(load_config()).reencrypt()
    click.echo(f"Encrypted {count} records again.")


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Copy a SQLite database to a new FILE while it is in use; PostgreSQL has pg_dump."""
    backup_sqlite(make_engine(load_config().sqlalchemy_url), file)
    click.echo(f"Copied the database to {file}. Keep ENCRYPTION_KEYS as safe, elsewhere.")
