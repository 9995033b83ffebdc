"""``plugin-server data …``."""

import json

import click

from plugin_server.app import open_redis, open_revocation, open_shared, open_store
from plugin_server.commands import creator_data
from plugin_server.config.environment import load_config
from plugin_server.observe import logs


@click.group("data")
def command() -> None:
    """List, export or delete what is kept of a creator."""


@command.command("list")
def list_() -> None:
    """Print everyone of whom something is kept."""
    for line in creator_data.table(open_store(load_config())):
        click.echo(line)


@command.command()
@click.argument("account")
def export(account: str) -> None:
    """Print all that is kept of ACCOUNT, as JSON; tokens are named, not shown."""
    config = load_config()
    kept = creator_data.export(open_store(config), open_shared(open_redis(config)), account)
    click.echo(json.dumps(kept, indent=2, ensure_ascii=False))


@command.command()
@click.argument("account")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(account: str, yes: bool) -> None:
    """Delete all that is kept of ACCOUNT; its tokens are refused from then on, and Kit is told."""
    config = load_config()
    logs.configure(config.log_level, config.log_format, secrets=config.secrets())
    if not yes:
        click.confirm(f"Delete all that is kept of account {account}?", abort=True)
    store = open_store(config)
    if not config.kit_api_key:
        store.when_released(open_revocation(config, store).revoke)
    count = creator_data.delete(store, open_shared(open_redis(config)), account)
    click.echo(f"Deleted {count} records.")
