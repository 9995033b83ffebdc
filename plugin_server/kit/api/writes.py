"""The table of Kit's operations that are not GET, which ``KitWriter`` does.

Source: https://developers.kit.com/api-reference
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic

from plugin_server.kit.api import audience_bodies as audience
from plugin_server.kit.api import bodies, models, results
from plugin_server.kit.api.bodies import Body, ById
from plugin_server.kit.api.endpoints import P, places
from plugin_server.kit.api.records import Record


@dataclass(frozen=True)
class Reply(Generic[Record]):
    """What is read of a response: the record in one of its members; ``""`` is the response itself."""

    member: str
    record: type[Record]


@dataclass(frozen=True)
class Write(Generic[Record, P]):
    """An operation that changes an account, by what it takes and what it returns.

    Attributes:
        operation: the method and the path, in which ``{id}`` stands for the member of that name of the body.
        body: validates the members.
        reply: what is read of the response.
    """

    operation: str
    body: Callable[P, Body]
    reply: Reply[Record]

    def request(self, *args: P.args, **members: P.kwargs) -> tuple[str, str, dict[str, Any]]:
        """Return the method, the path and the body; raises ValueError for what Kit could not accept."""
        given = self.body(*args, **members)
        method, _, path = self.operation.partition(" ")
        names = places(path)
        path = path.format(**{name: getattr(given, name) for name in names})
        return method, path, given.to_json(without=names)


_NONE = Reply("", results.Done)
_BROADCAST = Reply("broadcast", models.Broadcast)
_CUSTOM_FIELD = Reply("custom_field", models.CustomField)
_EMAIL = Reply("email", models.SequenceEmail)
_ENDPOINT = Reply("webhook_endpoint", models.WebhookEndpoint)
_FAILURES = Reply("", results.BulkResult)
_SECRET = Reply("webhook_endpoint", results.EndpointWithSecret)
_SEQUENCE = Reply("sequence", models.Sequence)
_SNIPPET = Reply("snippet", models.Snippet)
_SUBSCRIBER = Reply("subscriber", models.Subscriber)
_SUBSCRIBERS = Reply("", results.BulkSubscribers)
_TAG = Reply("tag", models.Tag)

# The account and its webhooks; ``events`` of endpoints are such as ``post.published``.
SET_COLORS = Write("PUT /v4/account/colors", bodies.Colors, Reply("", models.Colors))
CREATE_WEBHOOK = Write("POST /v4/webhooks", bodies.Webhook, Reply("webhook", models.Webhook))
DELETE_WEBHOOK = Write("DELETE /v4/webhooks/{id}", ById, _NONE)
CREATE_WEBHOOK_ENDPOINT = Write("POST /v4/webhook_endpoints", bodies.NewEndpoint, _SECRET)
UPDATE_WEBHOOK_ENDPOINT = Write("PATCH /v4/webhook_endpoints/{id}", bodies.EndpointById, _ENDPOINT)
DELETE_WEBHOOK_ENDPOINT = Write("DELETE /v4/webhook_endpoints/{id}", ById, _NONE)
ROTATE_SECRET = Write("POST /v4/webhook_endpoints/{id}/rotate_secret", bodies.Rotation, _SECRET)
REVOKE_PREVIOUS_SECRET = Write(
    "POST /v4/webhook_endpoints/{id}/revoke_previous_secret", ById, _ENDPOINT
)

# What the creator publishes.
CREATE_BROADCAST = Write("POST /v4/broadcasts", bodies.Broadcast, _BROADCAST)
UPDATE_BROADCAST = Write("PUT /v4/broadcasts/{id}", bodies.BroadcastById, _BROADCAST)
DELETE_BROADCAST = Write("DELETE /v4/broadcasts/{id}", ById, _NONE)
CREATE_SEQUENCE = Write("POST /v4/sequences", bodies.NewSequence, _SEQUENCE)
UPDATE_SEQUENCE = Write("PUT /v4/sequences/{id}", bodies.SequenceById, _SEQUENCE)
DELETE_SEQUENCE = Write("DELETE /v4/sequences/{id}", ById, _NONE)
CREATE_SEQUENCE_EMAIL = Write(
    "POST /v4/sequences/{sequence_id}/emails", bodies.NewSequenceEmail, _EMAIL
)
UPDATE_SEQUENCE_EMAIL = Write(
    "PUT /v4/sequences/{sequence_id}/emails/{id}", bodies.SequenceEmailById, _EMAIL
)
DELETE_SEQUENCE_EMAIL = Write(
    "DELETE /v4/sequences/{sequence_id}/emails/{id}", bodies.EmailOfSequence, _NONE
)
CREATE_SNIPPET = Write("POST /v4/snippets", bodies.NewSnippet, _SNIPPET)
UPDATE_SNIPPET = Write("PUT /v4/snippets/{id}", bodies.SnippetById, _SNIPPET)

# Subscribers. A filter is a search, for which Kit takes a body.
CREATE_SUBSCRIBER = Write("POST /v4/subscribers", audience.NewSubscriber, _SUBSCRIBER)
UPDATE_SUBSCRIBER = Write("PUT /v4/subscribers/{id}", audience.SubscriberById, _SUBSCRIBER)
UNSUBSCRIBE = Write("POST /v4/subscribers/{id}/unsubscribe", ById, _NONE)
FILTER_SUBSCRIBERS = Write(
    "POST /v4/subscribers/filter", audience.Filter, Reply("", results.FilteredSubscribers)
)
SET_LOCATION = Write("POST /v4/subscribers/{id}/location", audience.Located, _SUBSCRIBER)
CHANGE_LOCATION = Write("PATCH /v4/subscribers/{id}/location", audience.Located, _SUBSCRIBER)
DELETE_LOCATION = Write("DELETE /v4/subscribers/{id}/location", ById, _NONE)
CREATE_SUBSCRIBERS = Write("POST /v4/bulk/subscribers", audience.BulkSubscribers, _SUBSCRIBERS)

# What subscribers are sorted by.
CREATE_TAG = Write("POST /v4/tags", audience.Name, _TAG)
UPDATE_TAG = Write("PUT /v4/tags/{id}", audience.NameById, _TAG)
TAG_SUBSCRIBER = Write(
    "POST /v4/tags/{tag_id}/subscribers/{id}", audience.TagSubscriber, _SUBSCRIBER
)
TAG_BY_EMAIL = Write("POST /v4/tags/{id}/subscribers", audience.ByEmail, _SUBSCRIBER)
UNTAG_SUBSCRIBER = Write("DELETE /v4/tags/{tag_id}/subscribers/{id}", audience.TagSubscriber, _NONE)
# Kit takes the email address in the query, too, which would put it into logs.
UNTAG_BY_EMAIL = Write("DELETE /v4/tags/{id}/subscribers", audience.ByEmail, _NONE)
CREATE_TAGS = Write("POST /v4/bulk/tags", audience.Names, Reply("", results.BulkTags))
DELETE_TAGS = Write("DELETE /v4/bulk/tags", audience.Ids, _FAILURES)
TAG_SUBSCRIBERS = Write("POST /v4/bulk/tags/subscribers", audience.Taggings, _SUBSCRIBERS)
UNTAG_SUBSCRIBERS = Write("DELETE /v4/bulk/tags/subscribers", audience.Taggings, _FAILURES)
ADD_TO_FORM = Write(
    "POST /v4/forms/{form_id}/subscribers/{id}", audience.FormSubscriber, _SUBSCRIBER
)
ADD_TO_FORM_BY_EMAIL = Write("POST /v4/forms/{id}/subscribers", audience.FormByEmail, _SUBSCRIBER)
ADD_TO_FORMS = Write("POST /v4/bulk/forms/subscribers", audience.Additions, _SUBSCRIBERS)
ADD_TO_SEQUENCE = Write(
    "POST /v4/sequences/{sequence_id}/subscribers/{id}", audience.SequenceSubscriber, _SUBSCRIBER
)
ADD_TO_SEQUENCE_BY_EMAIL = Write(
    "POST /v4/sequences/{id}/subscribers", audience.ByEmail, _SUBSCRIBER
)
CREATE_CUSTOM_FIELD = Write("POST /v4/custom_fields", audience.Label, _CUSTOM_FIELD)
UPDATE_CUSTOM_FIELD = Write("PUT /v4/custom_fields/{id}", audience.LabelById, _CUSTOM_FIELD)
DELETE_CUSTOM_FIELD = Write("DELETE /v4/custom_fields/{id}", ById, _NONE)
CREATE_CUSTOM_FIELDS = Write(
    "POST /v4/bulk/custom_fields", audience.Labels, Reply("", results.BulkCustomFields)
)
SET_VALUES = Write("POST /v4/bulk/custom_fields/subscribers", audience.Values, _FAILURES)

# What is sold.
CREATE_PURCHASE = Write("POST /v4/purchases", audience.Purchase, Reply("purchase", models.Purchase))

# What this server does by itself: its own webhook endpoints, and nothing to what is a creator's.
OF_SERVER = (CREATE_WEBHOOK_ENDPOINT, DELETE_WEBHOOK_ENDPOINT)
