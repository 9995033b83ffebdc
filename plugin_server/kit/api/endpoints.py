"""The table of GET endpoints of Kit's API V4, which ``KitClient`` reads.

Source: https://developers.kit.com/api-reference
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, ParamSpec

from plugin_server.kit.api import models, parameters
from plugin_server.kit.api.parameters import ById, Paging, PagingById, Parameters
from plugin_server.kit.api.records import Record

REFERENCE = "https://developers.kit.com/api-reference/"

P = ParamSpec("P")


@dataclass(frozen=True)
class Endpoint(Generic[Record, P]):
    """An endpoint, by what it returns and which parameters it takes.

    Attributes:
        path: starts with ``/v4/``; ``{id}`` stands for the parameter.
        member: of the response, in which the record or the list of records is; ``""`` is the response itself.
        record: what is read.
        docs: the page of Kit's reference, below ``REFERENCE``.
        parameters: validates the parameters.
        needs_oauth: whether Kit shows it only to apps that creators connect, and not to API keys.
    """

    path: str
    member: str
    record: type[Record]
    docs: str
    parameters: Callable[P, Parameters]
    needs_oauth: bool = False

    @property
    def docs_url(self) -> str:
        """The page of Kit's reference."""
        return f"{REFERENCE}{self.docs}"

    def request(self, *args: P.args, **parameters: P.kwargs) -> tuple[str, dict[str, str]]:
        """Return the path and the query; raises ValueError for parameters that Kit could not accept."""
        given = self.parameters(*args, **parameters)
        return self.path.format(id=getattr(given, "id", None)), given.query()


class RecordAt(Endpoint[Record, P]):
    """An endpoint that returns one record."""


class ListOf(Endpoint[Record, P]):
    """An endpoint that returns a list of records, page by page."""


# The account and its webhooks. A webhook's URL may hold a key: never print one.
ACCOUNT = RecordAt(
    "/v4/account", "account", models.Account, "accounts/get-current-account", Parameters
)
COLORS = RecordAt("/v4/account/colors", "", models.Colors, "accounts/list-colors", Parameters)
CREATOR_PROFILE = RecordAt(
    "/v4/account/creator_profile",
    "profile",
    models.CreatorProfile,
    "accounts/get-creator-profile",
    Parameters,
)
EMAIL_STATS = RecordAt(
    "/v4/account/email_stats", "stats", models.EmailStats, "accounts/get-email-stats", Parameters
)
GROWTH_STATS = RecordAt(
    "/v4/account/growth_stats",
    "stats",
    models.GrowthStats,
    "accounts/get-growth-stats",
    parameters.Days,
)
WEBHOOKS = ListOf("/v4/webhooks", "webhooks", models.Webhook, "webhooks/list-webhooks", Paging)

# What the creator publishes, drafts included, newest first.
POSTS = ListOf("/v4/posts", "posts", models.Post, "posts/list-posts", parameters.PostPaging)
POST = RecordAt("/v4/posts/{id}", "post", models.Post, "posts/get-a-post", ById)
BROADCASTS = ListOf(
    "/v4/broadcasts",
    "broadcasts",
    models.Broadcast,
    "broadcasts/list-broadcasts",
    parameters.BroadcastPaging,
)
BROADCAST = RecordAt(
    "/v4/broadcasts/{id}",
    "broadcast",
    models.Broadcast,
    "broadcasts/get-a-broadcast",
    parameters.BroadcastById,
)
BROADCAST_STATS = RecordAt(
    "/v4/broadcasts/{id}/stats",
    "broadcast",
    models.BroadcastWithStats,
    "broadcasts/get-stats-for-a-broadcast",
    ById,
)
EMAIL_TEMPLATES = ListOf(
    "/v4/email_templates",
    "email_templates",
    models.EmailTemplate,
    "email-templates/list-email-templates",
    Paging,
)

# How creators gain and sort their subscribers. Custom fields are names, without subscribers' values.
FORMS = ListOf("/v4/forms", "forms", models.Form, "forms/list-forms", parameters.FormPaging)
TAGS = ListOf("/v4/tags", "tags", models.Tag, "tags/list-tags", Paging)
SEGMENTS = ListOf("/v4/segments", "segments", models.Segment, "segments/list-segments", Paging)
SEQUENCES = ListOf(
    "/v4/sequences", "sequences", models.Sequence, "sequences/list-sequences", Paging
)
CUSTOM_FIELDS = ListOf(
    "/v4/custom_fields",
    "custom_fields",
    models.CustomField,
    "custom-fields/list-custom-fields",
    Paging,
)

# Subscribers, without who they are: see ``models.Subscriber``.
SUBSCRIBERS = ListOf(
    "/v4/subscribers",
    "subscribers",
    models.Subscriber,
    "subscribers/list-subscribers",
    parameters.SubscriberPaging,
)
SUBSCRIBER = RecordAt(
    "/v4/subscribers/{id}", "subscriber", models.Subscriber, "subscribers/get-a-subscriber", ById
)
TAGS_OF_SUBSCRIBER = ListOf(
    "/v4/subscribers/{id}/tags",
    "tags",
    models.Tag,
    "subscribers/list-tags-for-a-subscriber",
    PagingById,
)
SUBSCRIBERS_OF_FORM = ListOf(
    "/v4/forms/{id}/subscribers",
    "subscribers",
    models.Subscriber,
    "forms/list-subscribers-for-a-form",
    parameters.AddedSubscriberPaging,
)
SUBSCRIBERS_OF_SEQUENCE = ListOf(
    "/v4/sequences/{id}/subscribers",
    "subscribers",
    models.Subscriber,
    "sequences/list-subscribers-for-a-sequence",
    parameters.AddedSubscriberPaging,
)
SUBSCRIBERS_OF_TAG = ListOf(
    "/v4/tags/{id}/subscribers",
    "subscribers",
    models.Subscriber,
    "tags/list-subscribers-for-a-tag",
    parameters.TaggedSubscriberPaging,
)

# What was sold, without who bought it.
PURCHASES = ListOf(
    "/v4/purchases",
    "purchases",
    models.Purchase,
    "purchases/list-purchases",
    Paging,
    needs_oauth=True,
)
PURCHASE = RecordAt(
    "/v4/purchases/{id}",
    "purchase",
    models.Purchase,
    "purchases/get-a-purchase",
    ById,
    needs_oauth=True,
)
