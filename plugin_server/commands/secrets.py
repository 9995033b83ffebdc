"""``plugin-server secrets``."""

import secrets

import click

from plugin_server.store.encryption import new_key


@click.command("secrets")
def command() -> None:
    """Print new secrets for the server's environment."""
    click.echo(f"SECRET_KEY={secrets.token_urlsafe(32)}")
    click.echo(f"ENCRYPTION_KEYS={new_key()}")
    click.echo("PLUGIN_CLIENT_ID=kit")
    click.echo(f"PLUGIN_CLIENT_SECRET={secrets.token_urlsafe(32)}")
