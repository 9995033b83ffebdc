"""Kit's API V4, read only: one method for each GET endpoint, named as Kit names it.

Source: https://developers.kit.com/api-reference
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plugin_server.kit.api.endpoints.account import AccountEndpoints
from plugin_server.kit.api.endpoints.audience import AudienceEndpoints
from plugin_server.kit.api.endpoints.content import ContentEndpoints
from plugin_server.kit.api.endpoints.purchases import PurchaseEndpoints
from plugin_server.kit.api.endpoints.subscribers import SubscriberEndpoints
from plugin_server.kit.api.reader import KitReader


@dataclass(frozen=True)
class KitClient(
    AccountEndpoints, ContentEndpoints, AudienceEndpoints, SubscriberEndpoints, PurchaseEndpoints
):
    """Reads one account; ``reader`` carries its credential, and tries again where that may help.

    * ``get_…`` returns one record; ``None`` when Kit has none (any more), or does not show it.
    * ``list_…`` returns a Listing: iterate it for records, or its ``pages()``. It asks Kit for
      nothing until then, and for a page only when it is reached. ``list_colors`` is no such list.

    No record holds a person's data: see kit/models.py.

    Every method raises a KitError when Kit fails: KitUnauthorized, KitRateLimited (429),
    KitUnavailable (503), KitNotFound or KitRejected (502), or AccessWithheld (403) while Kit gives apps no
    access to the account; a list raises it while it is iterated.
    A page size out of range, or a time without a zone, is a ValueError.
    """

    reader: KitReader

    def _get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        return self.reader.get(path, query)
