"""A sandbox over real HTTP, in this process."""

import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask
from support.servers.threads import serving
from werkzeug.serving import make_server

from plugin_server.sandbox.app import create_sandbox, make_sandbox
from plugin_server.sandbox.config import SandboxConfig
from plugin_server.sandbox.rehearsal.background import Rehearsals

# Apps of sandboxes that were stopped. A new one compiles 150 URL rules and its templates, which takes longer
# than most tests of it.
_idle: list[Flask] = []


@contextmanager
def serving_sandbox(
    data_dir: Path,
    clock: Callable[[], float] = time.time,
    *,
    rate_limits: bool = True,
    port: int = 0,
    examples: Path | None = None,
    accounts: Path | None = None,
) -> Iterator[Flask]:
    """Serve a sandbox, on a free port unless one is given, and give its app.

    Args:
        data_dir: the folder of its database.
        clock: gives Unix seconds.
        rate_limits: whether it enforces Kit's.
        port: its port; 0 is any.
        examples: a folder of examples of blocks.
        accounts: a file of accounts in place of those that come with it.
    """
    with socket.create_server(("127.0.0.1", port)) as listener:
        port = listener.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        folders = (examples,) if examples else ()
        config = SandboxConfig(data_dir, url, rate_limits, folders, accounts_file=accounts)
        app = _app(config, clock)
        requests = _Requests(app)
        server = make_server("127.0.0.1", port, requests, threaded=True, fd=listener.fileno())
    with serving(server):
        yield app
        app.extensions["sandbox"].stop()
    app.extensions["sandbox"].client.http.close()
    if not requests.in_progress:
        _idle.append(app)


@contextmanager
def running_sandbox(
    data_dir: Path, clock: Callable[[], float] = time.time, **options: Any
) -> Iterator[str]:
    """Serve a sandbox as ``serving_sandbox`` does, and give its address."""
    with serving_sandbox(data_dir, clock, **options) as app:
        yield app.extensions["sandbox"].config.base_url


def _app(config: SandboxConfig, clock: Callable[[], float]) -> Flask:
    """Return the app of a new sandbox: an idle one with all that its views share replaced."""
    if not _idle:
        return create_sandbox(config, clock=clock)
    app, sandbox = _idle.pop(), make_sandbox(config, clock)
    app.extensions["sandbox"] = sandbox
    app.extensions["rehearsal"] = Rehearsals()
    app.config["SECRET_KEY"] = sandbox.store.secret_key()
    return app


class _Requests:
    """Handles an app's requests, and closes each response where it ends.

    Werkzeug's server does so only after it has read what else the client sent, and never when that
    fails: a browser that breaks a connection off would leave a static file open.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.in_progress = 0
        self._lock = Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self._count(1)
        try:
            chunks = self._app(environ, start_response)
            try:
                # ``yield from`` would close them, too, when the server breaks off.
                for chunk in chunks:  # noqa: UP028
                    yield chunk
            finally:
                if hasattr(chunks, "close"):
                    chunks.close()
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        with self._lock:
            self.in_progress += change
