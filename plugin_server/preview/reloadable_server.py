"""The plugin server of the preview: gunicorn with one worker, which a new one replaces to load changed code.

gunicorn's master has imported everything once, so that a new worker imports only our modules again; and it
owns the listener, so that requests wait for the new worker instead of failing.
"""

import json
import sys
from collections.abc import Mapping
from importlib import import_module, invalidate_caches
from multiprocessing.connection import Connection
from typing import Any

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue
from typing_extensions import override

from plugin_server.config.environment import load_config
from plugin_server.preview.source_errors import SourceError, source_error_of
from plugin_server.resources.packages import installed_packages
from plugin_server.serving.edge import EdgeWorker
from plugin_server.serving.server import Server

# Modules that are not imported again: this one connects blocks with the worker, which stays.
_NOT_RELOADED = {"plugin_server.blocking"}


class _Worker(EdgeWorker):
    """A worker that, once replaced, finishes its requests and takes no more."""

    @override
    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        self.murder_keepalived()

    @override
    def murder_keepalived(self, force: bool = False) -> None:
        # Open connections would send more requests to the old code.
        super().murder_keepalived(force or not self.alive)


class _Server(Server):
    def __init__(self, outcomes: Connection) -> None:
        self._outcomes = outcomes
        super().__init__(load_config())

    @override
    def _load_blocks(self) -> None:
        """Load none: each worker loads them as they are then, and says what is left out."""

    @override
    def load_config(self) -> None:
        super().load_config()
        self.cfg.set("workers", 1)
        self.cfg.set("worker_class", _Worker)

    @override
    def load(self) -> Flask:
        invalidate_caches()  # of folders, in which a new module may be
        reloaded = {package.module.partition(".")[0] for package in installed_packages()}
        for name in [name for name in sys.modules if name.partition(".")[0] in reloaded]:
            if name not in _NOT_RELOADED:
                del sys.modules[name]
        app: Flask
        try:
            app, outcome = import_module("plugin_server.preview.app").make_app()
        except Exception as error:  # noqa: BLE001 - whatever a developer's code raises
            found = source_error_of(error)
            self._report(vars(found))
            return _broken(found)
        self._report(outcome)
        return app

    def _report(self, outcome: Mapping[str, Any]) -> None:
        self._outcomes.send_bytes(json.dumps(outcome).encode())


def _broken(error: SourceError) -> Flask:
    """Return an application that responds to every request with the error, in Kit's envelope."""
    app = Flask(__name__)

    @app.before_request
    def explain() -> ResponseReturnValue:
        return jsonify(code=500, data=[], errors=[str(error)]), 500

    return app


def serve(outcomes: Connection) -> None:
    """Serve until a signal stops it; each worker writes its outcome to the connection."""
    _Server(outcomes).run()
