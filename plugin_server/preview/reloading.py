"""The plugin server of the preview: one worker, which a new one with the code as it is now replaces.

gunicorn's first process has imported everything once, so that a new worker imports our modules
only; and it holds the socket, so that requests wait for the new worker instead of failing.
"""

import json
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from plugin_server.config import load_config
from plugin_server.edge import EdgeWorker
from plugin_server.preview.mistakes import Mistake, mistake_of
from plugin_server.preview.processes import Process, running
from plugin_server.serving import Server

_NAME = "plugin_server.preview.reloading"
# What connects the code of blocks with the worker, which stays as it is.
_KEPT = {"plugin_server.waiting"}
# Seconds until a new worker has to be there.
_PATIENCE = 30

# The app and its blocks as the sandbox's dashboard takes them, or what is wrong with the code.
Outcome = dict[str, Any] | Mistake


class ReloadingServer:
    """The plugin server's process as its parent sees it; from ``reloading_server``."""

    def __init__(self, process: Process, outcomes: Connection) -> None:
        """Take the process, and where each new worker says how it went."""
        self.process = process
        self._outcomes = outcomes

    def loaded(self) -> Outcome:
        """Wait for the worker that starts now."""
        if not self._outcomes.poll(_PATIENCE):
            return Mistake("the plugin server", None, f"it was not ready after {_PATIENCE} seconds")
        try:
            outcome = json.loads(self._outcomes.recv_bytes())
        except EOFError:
            return Mistake("the plugin server", None, "it ended")
        return outcome["entries"] if "entries" in outcome else Mistake(**outcome)

    def reload(self) -> Outcome:
        """Replace the worker by one with the code as it is now."""
        while self._outcomes.poll():  # of a worker that had died in between
            self._outcomes.recv_bytes()
        self.process.send_signal(signal.SIGHUP)
        return self.loaded()


@contextmanager
def reloading_server(variables: Mapping[str, str]) -> Iterator[ReloadingServer]:
    """Run the plugin server until the block ends."""
    ours, theirs = Pipe(duplex=False)
    keep = [theirs.fileno()]
    with ours, running(_NAME, str(keep[0]), variables=variables, keep=keep) as process:
        theirs.close()
        yield ReloadingServer(process, ours)


class _Worker(EdgeWorker):
    """A worker that, once replaced, answers what it has begun with, and nothing more."""

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        self.murder_keepalived()

    def murder_keepalived(self, force: bool = False) -> None:
        # They would bring the old code more requests.
        super().murder_keepalived(force or not self.alive)


class _Server(Server):
    def __init__(self, outcomes: Connection) -> None:
        self._outcomes = outcomes
        super().__init__(load_config())

    def load_config(self) -> None:
        super().load_config()
        self.cfg.set("workers", 1)
        self.cfg.set("worker_class", _Worker)

    def load(self) -> Flask:
        for name in [name for name in sys.modules if name.partition(".")[0] == "plugin_server"]:
            if name not in _KEPT:
                del sys.modules[name]
        app: Flask
        try:
            app, entries = import_module("plugin_server.preview.app").make_app()
        except Exception as error:  # noqa: BLE001 - whatever a developer's code raises
            mistake = mistake_of(error)
            self._say(vars(mistake))
            return _broken(mistake)
        self._say({"entries": entries})
        return app

    def _say(self, outcome: Mapping[str, Any]) -> None:
        self._outcomes.send_bytes(json.dumps(outcome).encode())


def _broken(mistake: Mistake) -> Flask:
    """Return an application that tells everyone what is wrong, in Kit's envelope."""
    app = Flask(__name__)

    @app.before_request
    def explain() -> ResponseReturnValue:
        return jsonify(code=500, data=[], errors=[str(mistake)]), 500

    return app


if __name__ == "__main__":
    _Server(Connection(int(sys.argv[1]), readable=False)).run()
