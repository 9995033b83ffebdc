"""``plugin-server sandbox --api-only``: Kit's API and OAuth server for anybody's test suite."""

import socket
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from plugin_server.config.startup import require_free_port
from plugin_server.sandbox.config import SandboxConfig
from plugin_server.sandbox.kit.app import create_api_app
from plugin_server.sandbox.kit.server import serve_app

DEFAULT_PORT = 4000


def serve_api(port: int, accounts_file: Path | None, data_file: Path | None) -> None:
    """Print the URL and the credentials and serve; does not return before SIGTERM or SIGINT.

    Port 0 is any free one. Raises BadAccount.
    """
    if port == 0:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
    require_free_port("127.0.0.1", port, "--port")
    with TemporaryDirectory(prefix="sandbox-") as folder:
        config = SandboxConfig(
            data_dir=Path(folder),
            base_url=f"http://127.0.0.1:{port}",
            accounts_file=accounts_file,
            data_file=data_file,
        )
        # Made once, before the worker is forked; raises what is wrong with the files, and where.
        app = create_api_app(config)
        lines = [f"Kit's API is at {config.base_url}/v4"]
        for account in app.extensions["sandbox"].accounts.values():
            lines.append(f"{account.name}: X-Kit-Api-Key {account.api_key}")
            lines.append(f"{account.name}: Bearer {account.access_token}")
        serve_app(lambda: app, "127.0.0.1", port, when_ready=lambda: click.echo("\n".join(lines)))
