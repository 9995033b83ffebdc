"""The sandbox with its dashboard and editor as a process of its own."""

from functools import partial

from plugin_server.sandbox.app import create_sandbox
from plugin_server.sandbox.config import SandboxConfig
from plugin_server.sandbox.kit.server import serve_app


def serve(config: SandboxConfig, host: str, port: int) -> None:
    """Serve the sandbox until SIGTERM or SIGINT; does not return."""
    serve_app(partial(create_sandbox, config), host, port)
