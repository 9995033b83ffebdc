"""Reads of Kit's API. Only GET is ever sent, so a retry does no harm."""

from collections.abc import Mapping
from typing import Any

from plugin_server.errors import KitError, KitRateLimited, KitUnavailable, KitUnreadable
from plugin_server.kit.api.requests import KitRequests


class KitReader(KitRequests):
    """Reads with one credential."""

    def get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the JSON object at ``path``, which starts with ``/v4/``.

        Raises:
            KitError: Kit failed until the deadline (502, 503, 429); NotConnected (403): the
                creator's connection has ended; AccessWithheld (403): Kit gives apps no access at present.
        """
        body, _ = self._send("GET", path, _may_pass, params=query)
        return body


def _may_pass(error: KitError) -> bool:
    return isinstance(error, KitRateLimited | KitUnavailable | KitUnreadable)
