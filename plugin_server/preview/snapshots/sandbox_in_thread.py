"""A sandbox for pictures, and other small servers, in threads of this process.

Time stands still in it, so that nothing in a picture depends on when it was drawn.
"""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from wsgiref.types import WSGIApplication

from werkzeug.serving import make_server

from plugin_server.sandbox.app import create_sandbox
from plugin_server.sandbox.config import SandboxConfig

# Unix seconds: 2026-10-08, 12:00 UTC, a Thursday.
NOW = 1_791_460_800.0


@contextmanager
def serving(make_app: Callable[[str], WSGIApplication]) -> Iterator[str]:
    """Serve an app on a free loopback port until the block ends, and give its URL, which it is made with."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        app = make_app(url)
        server = make_server("127.0.0.1", port, app, threaded=True, fd=listener.fileno())
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield url
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def sandbox_for_pictures(examples: tuple[Path, ...]) -> Iterator[str]:
    """Serve a sandbox without rate limits, with its own data folder, and give its URL."""
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="snapshot-"))

        def make(url: str) -> WSGIApplication:
            config = SandboxConfig(Path(folder), url, rate_limits=False, examples=examples)
            app = create_sandbox(config, clock=lambda: NOW)
            # Run last: the listeners of live reload hold threads of the server.
            stack.callback(app.extensions["sandbox"].client.http.close)
            return app

        yield stack.enter_context(serving(make))
