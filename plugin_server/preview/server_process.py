"""The entry point of the preview's plugin server, which reports errors while starting to its parent.

It imports the server only where an error of that import can be reported.
"""

import json
import sys
from importlib import import_module
from multiprocessing.connection import Connection

from plugin_server.preview.source_errors import source_error_of


def main(outcomes: Connection) -> int:
    """Run the server; return the exit status."""
    try:
        import_module("plugin_server.preview.reloadable_server").serve(outcomes)
    except Exception as error:  # noqa: BLE001 - whatever a developer's code raises
        outcomes.send_bytes(json.dumps(vars(source_error_of(error))).encode())
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Connection(int(sys.argv[1]), readable=False)))
