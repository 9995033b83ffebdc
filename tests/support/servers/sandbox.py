"""A sandbox over real HTTP, in this process."""

import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from support.servers.threads import serving
from werkzeug.serving import make_server

from plugin_server.sandbox.app import create_sandbox
from plugin_server.sandbox.config import SandboxConfig


@contextmanager
def serving_sandbox(
    data_dir: Path,
    clock: Callable[[], float] = time.time,
    *,
    rate_limits: bool = True,
    port: int = 0,
    examples: Path | None = None,
) -> Iterator[Flask]:
    """Serve a sandbox, on a free port unless one is given, and give its app."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        port = listener.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        folders = (examples,) if examples else ()
        app = create_sandbox(SandboxConfig(data_dir, url, rate_limits, folders), clock=clock)
        server = make_server("127.0.0.1", port, _closing(app), threaded=True, fd=listener.fileno())
    with serving(server):
        yield app
        app.extensions["sandbox"].stop()
    app.extensions["sandbox"].client.http.close()


@contextmanager
def running_sandbox(
    data_dir: Path, clock: Callable[[], float] = time.time, **options: Any
) -> Iterator[str]:
    """Serve a sandbox as ``serving_sandbox`` does, and give its address."""
    with serving_sandbox(data_dir, clock, **options) as app:
        yield app.extensions["sandbox"].config.base_url


def _closing(app: WSGIApplication) -> WSGIApplication:
    """Close each answer where it ends.

    Werkzeug's server does so only after it has read what else the client sent, and never when that
    fails: a browser that breaks a connection off would leave a static file open.
    """

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        chunks = app(environ, start_response)
        try:
            # ``yield from`` would close them, too, when the server breaks off.
            for chunk in chunks:  # noqa: UP028
                yield chunk
        finally:
            if hasattr(chunks, "close"):
                chunks.close()

    return answer
