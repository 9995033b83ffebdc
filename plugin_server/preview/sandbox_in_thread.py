"""Sandboxes and other small servers in threads of this process, for commands that need them for a moment."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server
from tempfile import TemporaryDirectory
from threading import Thread
from wsgiref.types import WSGIApplication

from flask import Flask
from werkzeug.serving import make_server

from plugin_server.sandbox.app import create_sandbox
from plugin_server.sandbox.config import SandboxConfig

# Unix seconds: 2026-10-08, 12:00 UTC, a Thursday.
NOW = 1_791_460_800.0


@contextmanager
def serving(make_app: Callable[[str], WSGIApplication], port: int = 0) -> Iterator[str]:
    """Serve an app on loopback until the block ends, and give its URL, which it is made with.

    Args:
        make_app: takes the URL.
        port: where it is served; any free port if that is taken or 0.
    """
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    try:
        listener = create_server(("127.0.0.1", port))
    except OSError:
        listener = create_server(("127.0.0.1", 0))
    with listener:
        port = listener.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        app = make_app(url)
        server = make_server("127.0.0.1", port, app, threaded=True, fd=listener.fileno())
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield url
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def serving_sandbox(make_app: Callable[[str], Flask], port: int = 0) -> Iterator[Flask]:
    """Serve a sandbox as ``serving`` does, and give its app."""
    made: list[Flask] = []

    def make(url: str) -> Flask:
        made.append(make_app(url))
        return made[0]

    with serving(make, port):
        app = made[0]
        try:
            yield app
        finally:
            # The listeners of live reload hold threads of the server.
            app.extensions["sandbox"].stop()
    app.extensions["sandbox"].client.http.close()


@contextmanager
def sandbox_for_pictures(examples: tuple[Path, ...]) -> Iterator[Flask]:
    """Serve a sandbox without rate limits, with its own data folder, and give its app.

    Time stands still in it, so that nothing in a picture depends on when it was drawn.
    """
    with TemporaryDirectory(prefix="snapshot-") as folder:

        def make(url: str) -> Flask:
            config = SandboxConfig(Path(folder), url, rate_limits=False, examples=examples)
            return create_sandbox(config, clock=lambda: NOW)

        with serving_sandbox(make) as app:
            yield app


def url_of(app: Flask) -> str:
    """Return the URL of a sandbox, without a trailing slash."""
    url: str = app.extensions["sandbox"].config.base_url
    return url
