"""The plugin server of the preview as its parent sees it, which does not import the server itself."""

import json
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from plugin_server.preview.processes import Process, running
from plugin_server.preview.source_errors import SourceError

_NAME = "plugin_server.preview.server_process"
# Seconds until a new worker has to be there.
_PATIENCE = 60

# The app and its blocks as the sandbox's dashboard takes them, or what is wrong with the code.
Outcome = dict[str, Any] | SourceError


class ReloadingServer:
    """The server's process, and what its workers report; from ``reloading_server``."""

    def __init__(self, process: Process, outcomes: Connection) -> None:
        """Take the process, and where each new worker says how it went."""
        self.process = process
        self._outcomes = outcomes

    def loaded(self) -> Outcome:
        """Wait for the worker that starts now."""
        if not self._outcomes.poll(_PATIENCE):
            return SourceError(
                "the plugin server", None, f"it was not ready after {_PATIENCE} seconds"
            )
        try:
            outcome = json.loads(self._outcomes.recv_bytes())
        except EOFError:
            return SourceError("the plugin server", None, "it ended")
        return outcome["entries"] if "entries" in outcome else SourceError(**outcome)

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
