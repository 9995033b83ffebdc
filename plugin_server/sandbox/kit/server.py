"""The sandbox as a process of its own: one gunicorn worker with many threads."""

from collections.abc import Callable
from types import FrameType
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from plugin_server.serving.worker import LeaderFollowerWorker


class _Worker(LeaderFollowerWorker):
    """Stops what runs in the background, and pages that wait for events: they would hold up the end."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._stop_sandbox()
        super().handle_exit(sig, frame)

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        self._stop_sandbox()
        super().handle_quit(sig, frame)

    def _stop_sandbox(self) -> None:
        if isinstance(self.wsgi, Flask):  # None while the worker starts
            self.wsgi.extensions["sandbox"].stop()


class _Server(BaseApplication):
    def __init__(self, create: Callable[[], Flask], options: dict[str, Any]) -> None:
        self._create, self._options = create, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._create()


def serve_app(
    create: Callable[[], Flask],
    host: str,
    port: int,
    when_ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve an app until SIGTERM or SIGINT; does not return.

    One worker is enough for one subscriber, and its threads let the app call the sandbox's API while
    the sandbox still waits for the app's response.

    Args:
        create: makes the app in the worker.
        host: an IP address of this machine.
        port: a free one.
        when_ready: called as soon as connections are accepted.
    """
    options = {
        "bind": f"{host}:{port}",
        "workers": 1,
        "worker_class": _Worker,
        # Every page that waits for events holds one.
        "threads": 64,
        "graceful_timeout": 10,
        "limit_request_line": 8190,
        "control_socket_disable": True,
        "loglevel": "error",
        "proc_name": "sandbox",
        "when_ready": lambda _server: when_ready(),
    }
    _Server(create, options).run()
