"""What was sold, without who bought it.

Source: https://developers.kit.com/api-reference/purchases/list-purchases and its neighbour
"""

from plugin_server.kit.api.endpoints.base import Endpoints, Paging
from plugin_server.kit.api.listing import PAGE_SIZE, Listing
from plugin_server.kit.api.models import Purchase


class PurchaseEndpoints(Endpoints):
    """``/v4/purchases``. Kit answers these only to OAuth, not to an API key."""

    def list_purchases(
        self,
        *,
        per_page: int = PAGE_SIZE,
        after: str | None = None,
        include_total_count: bool = False,
    ) -> Listing[Purchase]:
        """Return the purchases; the same product returns with each sale of it.

        Source: https://developers.kit.com/api-reference/purchases/list-purchases
        """
        paging = Paging(per_page, after, include_total_count)
        return self._list("/v4/purchases", "purchases", Purchase, paging)

    def get_purchase(self, purchase_id: int) -> Purchase | None:
        """Return a purchase; ``None`` when there is none of that id.

        Source: https://developers.kit.com/api-reference/purchases/get-a-purchase
        """
        return self._find(f"/v4/purchases/{purchase_id:d}", "purchase", Purchase)
