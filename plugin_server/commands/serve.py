"""``plugin-server serve``."""

import click

from plugin_server.config.environment import load_config
from plugin_server.config.production import configuration_warnings, require_production
from plugin_server.config.startup import require_free_port
from plugin_server.serving.server import Server
from plugin_server.store.encryption import Cipher
from plugin_server.store.schema import make_engine
from plugin_server.store.sql import SqlStore


@click.command("serve")
def command() -> None:
    """Start the plugin server (gunicorn) as in production."""
    config = load_config()
    require_production(config)
    require_free_port(config.host, config.port, "PORT")
    engine = make_engine(config.sqlalchemy_url)
    store = SqlStore(engine, Cipher(config.encryption_keys))
    store.ping()
    store.require_keys()
    engine.dispose()
    for warning in configuration_warnings(config):
        click.echo(f"Warning: {warning}", err=True)
    Server(config).run()
