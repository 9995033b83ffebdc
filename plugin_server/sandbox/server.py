"""The sandbox as a process of its own: one gunicorn worker with many threads."""

from types import FrameType
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from plugin_server.sandbox.app import create_sandbox
from plugin_server.sandbox.config import SandboxConfig
from plugin_server.serving.worker import LeaderFollowerWorker


class _Worker(LeaderFollowerWorker):
    """Lets the pages go that wait for news: their threads would hold up the end."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._disconnect_pages()
        super().handle_exit(sig, frame)

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        self._disconnect_pages()
        super().handle_quit(sig, frame)

    def _disconnect_pages(self) -> None:
        if isinstance(self.wsgi, Flask):  # None while the worker starts
            self.wsgi.extensions["sandbox"].live_events.stop()


class _Server(BaseApplication):
    def __init__(self, config: SandboxConfig, options: dict[str, Any]) -> None:
        self._config, self._options = config, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return create_sandbox(self._config)


def serve(config: SandboxConfig, host: str, port: int) -> None:
    """Serve the sandbox until SIGTERM or SIGINT; does not return.

    One worker is enough for one person, and its threads let the app call the sandbox's API while
    the sandbox still waits for the app's response.
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
    }
    _Server(config, options).run()
