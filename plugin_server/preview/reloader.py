"""Controls the preview's plugin server from the parent process, which does not import the server."""

import json
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from plugin_server.preview.processes import Process, running
from plugin_server.preview.source_errors import SourceError

_NAME = "plugin_server.preview.server_process"
# Seconds for a new worker to start.
_START_TIMEOUT = 60


@dataclass(frozen=True)
class Loaded:
    """The app and its blocks as the sandbox's dashboard accepts them.

    ``left_out`` are the names of blocks that could not be loaded, and ``errors`` say why.
    """

    entries: dict[str, Any]
    left_out: tuple[str, ...]
    errors: tuple[SourceError, ...]


# Or the error in the server's own code.
Outcome = Loaded | SourceError


class ReloadingServer:
    """The server's process, and what its workers report; made by ``reloading_server``."""

    def __init__(self, process: Process, outcomes: Connection) -> None:
        """Take the process, and the connection on which each new worker reports its outcome."""
        self.process = process
        self._outcomes = outcomes

    def loaded(self) -> Outcome:
        """Wait for the worker that is starting; return its outcome."""
        if not self._outcomes.poll(_START_TIMEOUT):
            return SourceError(
                "the plugin server", None, f"it was not ready after {_START_TIMEOUT} seconds"
            )
        try:
            outcome = json.loads(self._outcomes.recv_bytes())
        except EOFError:
            return SourceError("the plugin server", None, "it stopped")
        if "entries" not in outcome:
            return SourceError(**outcome)
        errors = tuple(SourceError(**each) for each in outcome["errors"])
        return Loaded(outcome["entries"], tuple(outcome["left_out"]), errors)

    def reload(self) -> Outcome:
        """Replace the worker by one with the current code; return its outcome."""
        while self._outcomes.poll():  # of a worker that died in the meantime
            self._outcomes.recv_bytes()
        self.process.send_signal(signal.SIGHUP)
        return self.loaded()


@contextmanager
def reloading_server(variables: Mapping[str, str]) -> Iterator[ReloadingServer]:
    """Run the plugin server inside the block."""
    ours, theirs = Pipe(duplex=False)
    keep = [theirs.fileno()]
    with ours, running(_NAME, str(keep[0]), variables=variables, keep=keep) as process:
        theirs.close()
        yield ReloadingServer(process, ours)
