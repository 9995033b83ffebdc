"""``plugin-server preview``."""

import click

from plugin_server.preview import own_server


@click.command("preview")
def command() -> None:
    """Start the sandbox Kit and the plugin server, with data to play with."""
    own_server.run()
