"""Kit's API V4, read only: every endpoint of the table in ``endpoints.py``, through three methods.

Source: https://developers.kit.com/api-reference
"""

from dataclasses import dataclass

from plugin_server.errors import KitNotFound
from plugin_server.kit.api.endpoints import ListOf, P, RecordAt
from plugin_server.kit.api.listing import Listing
from plugin_server.kit.api.reader import KitReader
from plugin_server.kit.api.records import Record, member_of, parse_record


@dataclass(frozen=True)
class KitClient:
    """Reads one account; ``reader`` carries its credential, and retries where that may help.

    The keywords of each method are the endpoint's parameters, such as ``client.find(POST, id=7)`` and
    ``client.list(FORMS, status="all", per_page=1000)``; see ``parameters.py``.

    No record holds a person's data: see ``models.py``.

    Every method raises a KitError when Kit fails: KitUnauthorized, KitRateLimited (429),
    KitUnavailable (503), KitNotFound or KitRejected (502), KitForbidden (403) where the account's plan does
    not include it, or AccessWithheld (403) while Kit gives apps no access to the account. Parameters that
    Kit could not accept are a ValueError.
    """

    reader: KitReader

    def get(self, endpoint: RecordAt[Record, P], *args: P.args, **parameters: P.kwargs) -> Record:
        """Return the record; KitNotFound (502) when Kit has none."""
        path, query = endpoint.request(*args, **parameters)
        body = self.reader.get(path, query or None)
        return parse_record(endpoint.record, member_of(body, endpoint.member))

    def find(
        self, endpoint: RecordAt[Record, P], *args: P.args, **parameters: P.kwargs
    ) -> Record | None:
        """Return the record; ``None`` when Kit has none."""
        try:
            return self.get(endpoint, *args, **parameters)
        except KitNotFound:
            return None

    def list(
        self, endpoint: ListOf[Record, P], *args: P.args, **parameters: P.kwargs
    ) -> Listing[Record]:
        """Return the list, to be iterated for records, or for its ``pages()``.

        Nothing is requested before that, and a page only when it is reached; errors come then.
        """
        path, query = endpoint.request(*args, **parameters)
        return Listing(self.reader.get, path, endpoint.member, endpoint.record, query)
