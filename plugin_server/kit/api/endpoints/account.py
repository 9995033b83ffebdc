"""The account itself, and its webhooks.

Source: https://developers.kit.com/api-reference/accounts/get-current-account and its neighbours
"""

from datetime import date

from plugin_server.kit.api.endpoints.base import Endpoints, Paging
from plugin_server.kit.api.listing import PAGE_SIZE, Listing
from plugin_server.kit.api.models import (
    Account,
    Colors,
    CreatorProfile,
    EmailStats,
    GrowthStats,
    Webhook,
)
from plugin_server.kit.api.records import parse_record


class AccountEndpoints(Endpoints):
    """``/v4/account`` and below, ``/v4/webhooks``."""

    def get_account(self) -> Account:
        """Return the account that the credential belongs to, without anybody's address.

        Source: https://developers.kit.com/api-reference/accounts/get-current-account
        """
        return self._one("/v4/account", "account", Account)

    def list_colors(self) -> tuple[str, ...]:
        """Return the brand colours, each as ``#rrggbb``, in the creator's order; may be empty.

        Source: https://developers.kit.com/api-reference/accounts/list-colors
        """
        return parse_record(Colors, self._get("/v4/account/colors")).colors

    def get_creator_profile(self) -> CreatorProfile | None:
        """Return the creator's public profile; ``None`` when there is none.

        Source: https://developers.kit.com/api-reference/accounts/get-creator-profile
        """
        return self._find("/v4/account/creator_profile", "profile", CreatorProfile)

    def get_email_stats(self) -> EmailStats:
        """Return how many emails were sent, opened and clicked in the last 90 days.

        Source: https://developers.kit.com/api-reference/accounts/get-email-stats
        """
        return self._one("/v4/account/email_stats", "stats", EmailStats)

    def get_growth_stats(
        self, *, starting: date | None = None, ending: date | None = None
    ) -> GrowthStats:
        """Return how the number of subscribers changed.

        Args:
            starting: the first day, in the account's sending time zone; 90 days ago without it.
            ending: the last day, likewise; today without it.

        Raises:
            KitError: as described in KitClient; KitRejected (502) when ``ending`` is not later.

        Source: https://developers.kit.com/api-reference/accounts/get-growth-stats
        """
        days = {"starting": starting, "ending": ending}
        # A datetime is a date too, and Kit refuses one that says more than the day.
        query = {name: f"{day:%Y-%m-%d}" for name, day in days.items() if day is not None}
        return self._one("/v4/account/growth_stats", "stats", GrowthStats, query or None)

    def list_webhooks(
        self,
        *,
        per_page: int = PAGE_SIZE,
        after: str | None = None,
        include_total_count: bool = False,
    ) -> Listing[Webhook]:
        """Return the account's webhooks. Their addresses may hold keys: never print one.

        Source: https://developers.kit.com/api-reference/webhooks/list-webhooks
        """
        paging = Paging(per_page, after, include_total_count)
        return self._list("/v4/webhooks", "webhooks", Webhook, paging)
