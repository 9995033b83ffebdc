"""The table of GET endpoints of Kit's API V4, which ``KitClient`` reads.

Source: https://developers.kit.com/api-reference
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, ParamSpec

from plugin_server.kit.api import models, parameters
from plugin_server.kit.api.parameters import ById, Paging, PagingById, Parameters
from plugin_server.kit.api.records import Record

REFERENCE = "https://developers.kit.com/api-reference/"
_PLACE = re.compile(r"\{(\w+)\}")

P = ParamSpec("P")


def places(path: str) -> list[str]:
    """Return the names of the parameters that are part of a path, such as ``id``."""
    return _PLACE.findall(path)


@dataclass(frozen=True)
class Endpoint(Generic[Record, P]):
    """An endpoint, by what it returns and which parameters it takes.

    Attributes:
        path: starts with ``/v4/``; ``{id}`` stands for the parameter of that name.
        member: of the response, in which the record or the list of records is, after the member that holds
            it, as in ``broadcast.clicks``; ``""`` is the response itself.
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
        names = places(self.path)
        path = self.path.format(**{name: getattr(given, name) for name in names})
        return path, {name: text for name, text in given.query().items() if name not in names}


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
WEBHOOKS = ListOf(
    "/v4/webhooks", "webhooks", models.Webhook, "webhooks-legacy/list-webhooks", Paging
)
WEBHOOK_ENDPOINTS = ListOf(
    "/v4/webhook_endpoints",
    "webhook_endpoints",
    models.WebhookEndpoint,
    "webhooks/list-webhook-endpoints",
    parameters.EndpointPaging,
)
WEBHOOK_ENDPOINT = RecordAt(
    "/v4/webhook_endpoints/{id}",
    "webhook_endpoint",
    models.WebhookEndpoint,
    "webhooks/get-a-webhook-endpoint",
    ById,
)
DELIVERIES = ListOf(
    "/v4/webhook_endpoints/{id}/deliveries",
    "deliveries",
    models.Delivery,
    "webhooks/list-webhook-deliveries",
    parameters.DeliveryPaging,
)
DELIVERY = RecordAt(
    "/v4/webhook_endpoints/{endpoint_id}/deliveries/{id}",
    "delivery",
    models.Delivery,
    "webhooks/get-webhook-delivery-details",
    parameters.DeliveryById,
)

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
STATS_OF_BROADCASTS = ListOf(
    "/v4/broadcasts/stats",
    "broadcasts",
    models.BroadcastWithStats,
    "broadcasts/get-stats-for-a-list-of-broadcasts",
    parameters.SentPaging,
)
CLICKS_OF_BROADCAST = ListOf(
    "/v4/broadcasts/{id}/clicks",
    "broadcast.clicks",
    models.BroadcastClick,
    "broadcasts/get-link-clicks-for-a-broadcast",
    PagingById,
)
EMAIL_TEMPLATES = ListOf(
    "/v4/email_templates",
    "email_templates",
    models.EmailTemplate,
    "email-templates/list-email-templates",
    Paging,
)
SNIPPETS = ListOf(
    "/v4/snippets",
    "snippets",
    models.Snippet,
    "snippets/list-snippets",
    parameters.SnippetPaging,
)
SNIPPET = RecordAt("/v4/snippets/{id}", "snippet", models.Snippet, "snippets/get-a-snippet", ById)

# How creators gain and sort their subscribers. Custom fields are names, without subscribers' values.
FORMS = ListOf("/v4/forms", "forms", models.Form, "forms/list-forms", parameters.FormPaging)
TAGS = ListOf("/v4/tags", "tags", models.Tag, "tags/list-tags", parameters.TagPaging)
SEGMENTS = ListOf("/v4/segments", "segments", models.Segment, "segments/list-segments", Paging)
SEQUENCES = ListOf(
    "/v4/sequences",
    "sequences",
    models.Sequence,
    "sequences/list-sequences",
    parameters.PagingWithStats,
)
SEQUENCE = RecordAt(
    "/v4/sequences/{id}",
    "sequence",
    models.Sequence,
    "sequences/get-a-sequence",
    parameters.ByIdWithStats,
)
EMAILS_OF_SEQUENCE = ListOf(
    "/v4/sequences/{id}/emails",
    "emails",
    models.SequenceEmail,
    "sequence-emails/list-sequence-emails",
    parameters.SequenceEmailPaging,
)
EMAIL_OF_SEQUENCE = RecordAt(
    "/v4/sequences/{sequence_id}/emails/{id}",
    "email",
    models.SequenceEmail,
    "sequence-emails/get-a-sequence-email",
    parameters.SequenceEmailById,
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
STATS_OF_SUBSCRIBER = RecordAt(
    "/v4/subscribers/{id}/stats",
    "subscriber",
    models.SubscriberWithStats,
    "subscribers/list-stats-for-a-subscriber",
    parameters.StatsById,
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
    parameters.FormSubscriberPaging,
)
SUBSCRIBERS_OF_SEQUENCE = ListOf(
    "/v4/sequences/{id}/subscribers",
    "subscribers",
    models.Subscriber,
    "sequences/list-subscribers-for-a-sequence",
    parameters.SequenceSubscriberPaging,
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
