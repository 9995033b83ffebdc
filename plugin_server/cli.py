"""The ``plugin-server`` command. Exit status: 0, 1 (found problems, cannot start), 2 (usage)."""

import json
import secrets
import time
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from plugin_server import preview as preview_
from plugin_server.app import open_store
from plugin_server.blocks import BLOCKS, find
from plugin_server.config import (
    ConfigError,
    load_config,
    load_place,
    require_production,
    warnings_about,
)
from plugin_server.sandbox.config import SandboxConfig
from plugin_server.sandbox.server import serve as serve_sandbox
from plugin_server.serving import CannotStart, Server, require_free_port
from plugin_server.settings import report
from plugin_server.store.encryption import Cipher, DecryptionError
from plugin_server.store.schema import (
    SchemaOutdated,
    make_engine,
    require_current_schema,
    upgrade,
)
from plugin_server.store.sql import SqlStore

_BLOCK = click.argument("block", type=click.Choice([block.name for block in BLOCKS]))


class _Commands(click.Group):
    def invoke(self, context: click.Context) -> Any:
        """Turn what an operator can mend into one clear message and exit status 1."""
        try:
            return super().invoke(context)
        except (ConfigError, CannotStart, SchemaOutdated, DecryptionError) as error:
            raise click.ClickException(str(error)) from None
        except BrokenPipeError:
            raise  # whoever reads our output has seen enough; click ends quietly
        except (SQLAlchemyError, OSError) as error:
            reason = getattr(error, "orig", None) or error
            raise click.ClickException(
                f"The database cannot be used ({reason}). Check DATABASE_URL and DATA_DIR."
            ) from None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="plugin-server", message="%(version)s")
def main() -> None:
    """Run and inspect the server behind a Kit editor plugin."""


@main.command()
def preview() -> None:
    """Start the sandbox Kit and the plugin server, with data to play with."""
    preview_.run()


@main.command()
def serve() -> None:
    """Start the plugin server (gunicorn) as in production."""
    config = load_config()
    require_production(config)
    require_free_port(config.host, config.port, "PORT")
    engine = make_engine(config.sqlalchemy_url)
    require_current_schema(engine)
    SqlStore(engine, Cipher(config.encryption_keys)).require_keys()
    engine.dispose()
    for warning in warnings_about(config):
        click.echo(f"Warning: {warning}", err=True)
    Server(config).run()


@main.command()
def sandbox() -> None:
    """Start the sandbox Kit alone."""
    place = load_place()
    require_free_port("127.0.0.1", place.sandbox_port, "SANDBOX_PORT")
    base_url = f"http://127.0.0.1:{place.sandbox_port}"
    config = SandboxConfig(data_dir=place.data_dir, base_url=base_url)
    serve_sandbox(config, "127.0.0.1", place.sandbox_port)


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


@main.group()
def db() -> None:
    """Look after the database."""


@db.command("upgrade")
def upgrade_() -> None:
    """Bring the database's schema up to date."""
    config = load_config()
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


@main.command("secrets")
def secrets_() -> None:
    """Print fresh secrets, to be kept in the server's environment."""
    click.echo(f"SECRET_KEY={secrets.token_urlsafe(32)}")
    click.echo(f"ENCRYPTION_KEYS={preview_.new_encryption_key()}")
    click.echo("PLUGIN_CLIENT_ID=kit")
    click.echo(f"PLUGIN_CLIENT_SECRET={secrets.token_urlsafe(32)}")


if __name__ == "__main__":
    main()
