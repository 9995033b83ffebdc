"""``plugin-server data …``."""

import json

import click

from plugin_server.commands import creator_data
from plugin_server.config.environment import load_config
from plugin_server.kit.setup import make_revocation, open_shared_cache
from plugin_server.observe import logs
from plugin_server.store.setup import open_redis, open_store


@click.group("data")
def command() -> None:
    """List, export or delete the stored data of a creator."""


@command.command("list")
def list_() -> None:
    """Print every creator with stored data."""
    for line in creator_data.table(open_store(load_config())):
        click.echo(line)


@command.command()
@click.argument("account")
def export(account: str) -> None:
    """Print all stored data of ACCOUNT, as JSON; tokens are named, not shown."""
    config = load_config()
    data = creator_data.export(open_store(config), open_shared_cache(open_redis(config)), account)
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))


@command.command()
@click.argument("account")
@click.option("--yes", is_flag=True, help="Delete without confirmation.")
def delete(account: str, yes: bool) -> None:
    """Delete all stored data of ACCOUNT; its tokens are refused from then on, and Kit's are revoked."""
    config = load_config()
    logs.configure(config.log_level, config.log_format, secrets=config.secrets())
    if not yes:
        click.confirm(f"Delete all stored data of account {account}?", abort=True)
    store = open_store(config)
    if not config.kit_api_key:
        store.on_release(make_revocation(config, store).revoke)
    count = creator_data.delete(store, open_shared_cache(open_redis(config)), account)
    click.echo(f"Deleted {count} records.")
