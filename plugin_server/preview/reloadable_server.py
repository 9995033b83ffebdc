"""The plugin server of the preview: one worker, which a new one with the code as it is now replaces.

gunicorn's first process has imported everything once, so that a new worker imports our modules
only; and it holds the socket, so that requests wait for the new worker instead of failing.
"""

import json
import sys
from collections.abc import Mapping
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue
from typing_extensions import override

from plugin_server.config.environment import load_config
from plugin_server.preview.source_errors import SourceError, source_error_of
from plugin_server.serving.edge import EdgeWorker
from plugin_server.serving.server import Server

# What connects the code of blocks with the worker, which stays as it is.
_KEPT = {"plugin_server.blocking"}


class _Worker(EdgeWorker):
    """A worker that, once replaced, answers what it has begun with, and nothing more."""

    @override
    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        self.murder_keepalived()

    @override
    def murder_keepalived(self, force: bool = False) -> None:
        # They would bring the old code more requests.
        super().murder_keepalived(force or not self.alive)


class _Server(Server):
    def __init__(self, outcomes: Connection) -> None:
        self._outcomes = outcomes
        super().__init__(load_config())

    @override
    def load_config(self) -> None:
        super().load_config()
        self.cfg.set("workers", 1)
        self.cfg.set("worker_class", _Worker)

    @override
    def load(self) -> Flask:
        for name in [name for name in sys.modules if name.partition(".")[0] == "plugin_server"]:
            if name not in _KEPT:
                del sys.modules[name]
        app: Flask
        try:
            app, entries = import_module("plugin_server.preview.app").make_app()
        except Exception as error:  # noqa: BLE001 - whatever a developer's code raises
            mistake = source_error_of(error)
            self._say(vars(mistake))
            return _broken(mistake)
        self._say({"entries": entries})
        return app

    def _say(self, outcome: Mapping[str, Any]) -> None:
        self._outcomes.send_bytes(json.dumps(outcome).encode())


def _broken(mistake: SourceError) -> Flask:
    """Return an application that tells everyone what is wrong, in Kit's envelope."""
    app = Flask(__name__)

    @app.before_request
    def explain() -> ResponseReturnValue:
        return jsonify(code=500, data=[], errors=[str(mistake)]), 500

    return app


def serve(outcomes: Connection) -> None:
    """Serve until a signal ends it; each worker says there how it went."""
    _Server(outcomes).run()
