"""The table of Kit's operations that are not GET, which ``KitWriter`` does.

Source: https://developers.kit.com/api-reference
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic

from plugin_server.kit.api import audience_bodies as audience
from plugin_server.kit.api import bodies, models, results
from plugin_server.kit.api.bodies import Body, ById
from plugin_server.kit.api.endpoints import REFERENCE, P, places
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
        statuses: with which Kit says that it was done.
        docs: the page of Kit's reference, below ``REFERENCE``.
    """

    operation: str
    body: Callable[P, Body]
    reply: Reply[Record]
    statuses: tuple[int, ...]
    docs: str

    @property
    def docs_url(self) -> str:
        """The page of Kit's reference."""
        return f"{REFERENCE}{self.docs}"

    def request(self, *args: P.args, **members: P.kwargs) -> tuple[str, str, dict[str, Any]]:
        """Return the method, the path and the body; raises ValueError for what Kit could not accept."""
        given = self.body(*args, **members)
        method, _, path = self.operation.partition(" ")
        names = places(path)
        path = path.format(**{name: getattr(given, name) for name in names})
        return method, path, given.to_json(without=names)


# A new record; a new one or the one that was there; one that has changed; none any more.
_NEW, _ANY, _CHANGED, _GONE = (201,), (200, 201), (200,), (204,)
# Of a bulk operation, and of a subscriber with many custom fields: done, or to be done later.
_BULK, _SUBSCRIBED = (200, 202), (200, 201, 202)

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
SET_COLORS = Write(
    "PUT /v4/account/colors",
    bodies.Colors,
    Reply("", models.Colors),
    _CHANGED,
    "accounts/update-colors",
)
CREATE_WEBHOOK = Write(
    "POST /v4/webhooks",
    bodies.Webhook,
    Reply("webhook", models.Webhook),
    _NEW,
    "webhooks-legacy/create-a-webhook",
)
DELETE_WEBHOOK = Write(
    "DELETE /v4/webhooks/{id}", ById, _NONE, _GONE, "webhooks-legacy/delete-a-webhook"
)
CREATE_WEBHOOK_ENDPOINT = Write(
    "POST /v4/webhook_endpoints",
    bodies.NewEndpoint,
    _SECRET,
    _NEW,
    "webhooks/create-a-webhook-endpoint",
)
UPDATE_WEBHOOK_ENDPOINT = Write(
    "PATCH /v4/webhook_endpoints/{id}",
    bodies.EndpointById,
    _ENDPOINT,
    _CHANGED,
    "webhooks/update-a-webhook-endpoint",
)
DELETE_WEBHOOK_ENDPOINT = Write(
    "DELETE /v4/webhook_endpoints/{id}", ById, _NONE, _GONE, "webhooks/delete-a-webhook-endpoint"
)
ROTATE_SECRET = Write(
    "POST /v4/webhook_endpoints/{id}/rotate_secret",
    bodies.Rotation,
    _SECRET,
    _CHANGED,
    "webhooks/rotate-a-webhook-endpoint-secret",
)
REVOKE_PREVIOUS_SECRET = Write(
    "POST /v4/webhook_endpoints/{id}/revoke_previous_secret",
    ById,
    _ENDPOINT,
    _CHANGED,
    "webhooks/revoke-the-previous-webhook-endpoint-secret",
)

# What the creator publishes.
CREATE_BROADCAST = Write(
    "POST /v4/broadcasts", bodies.Broadcast, _BROADCAST, _NEW, "broadcasts/create-a-broadcast"
)
UPDATE_BROADCAST = Write(
    "PUT /v4/broadcasts/{id}",
    bodies.BroadcastById,
    _BROADCAST,
    _CHANGED,
    "broadcasts/update-a-broadcast",
)
DELETE_BROADCAST = Write(
    "DELETE /v4/broadcasts/{id}", ById, _NONE, _GONE, "broadcasts/delete-a-broadcast"
)
CREATE_SEQUENCE = Write(
    "POST /v4/sequences", bodies.NewSequence, _SEQUENCE, _NEW, "sequences/create-a-sequence"
)
UPDATE_SEQUENCE = Write(
    "PUT /v4/sequences/{id}",
    bodies.SequenceById,
    _SEQUENCE,
    _CHANGED,
    "sequences/update-a-sequence",
)
DELETE_SEQUENCE = Write(
    "DELETE /v4/sequences/{id}", ById, _NONE, _GONE, "sequences/delete-a-sequence"
)
CREATE_SEQUENCE_EMAIL = Write(
    "POST /v4/sequences/{sequence_id}/emails",
    bodies.NewSequenceEmail,
    _EMAIL,
    _NEW,
    "sequence-emails/create-a-sequence-email",
)
UPDATE_SEQUENCE_EMAIL = Write(
    "PUT /v4/sequences/{sequence_id}/emails/{id}",
    bodies.SequenceEmailById,
    _EMAIL,
    _CHANGED,
    "sequence-emails/update-a-sequence-email",
)
DELETE_SEQUENCE_EMAIL = Write(
    "DELETE /v4/sequences/{sequence_id}/emails/{id}",
    bodies.EmailOfSequence,
    _NONE,
    _GONE,
    "sequence-emails/delete-a-sequence-email",
)
CREATE_SNIPPET = Write(
    "POST /v4/snippets", bodies.NewSnippet, _SNIPPET, _NEW, "snippets/create-a-snippet"
)
UPDATE_SNIPPET = Write(
    "PUT /v4/snippets/{id}", bodies.SnippetById, _SNIPPET, _CHANGED, "snippets/update-a-snippet"
)

# Subscribers. A filter is a search, for which Kit takes a body.
CREATE_SUBSCRIBER = Write(
    "POST /v4/subscribers",
    audience.NewSubscriber,
    _SUBSCRIBER,
    _SUBSCRIBED,
    "subscribers/create-a-subscriber",
)
UPDATE_SUBSCRIBER = Write(
    "PUT /v4/subscribers/{id}",
    audience.SubscriberById,
    _SUBSCRIBER,
    _BULK,
    "subscribers/update-a-subscriber",
)
UNSUBSCRIBE = Write(
    "POST /v4/subscribers/{id}/unsubscribe",
    ById,
    _NONE,
    _GONE,
    "subscribers/unsubscribe-subscriber",
)
FILTER_SUBSCRIBERS = Write(
    "POST /v4/subscribers/filter",
    audience.Filter,
    Reply("", results.FilteredSubscribers),
    _CHANGED,
    "subscribers/filter-subscribers-based-on-engagement",
)
SET_LOCATION = Write(
    "POST /v4/subscribers/{id}/location",
    audience.Located,
    _SUBSCRIBER,
    _CHANGED,
    "subscribers/pin-a-subscribers-location",
)
CHANGE_LOCATION = Write(
    "PATCH /v4/subscribers/{id}/location",
    audience.Located,
    _SUBSCRIBER,
    _CHANGED,
    "subscribers/update-a-subscribers-pinned-location",
)
DELETE_LOCATION = Write(
    "DELETE /v4/subscribers/{id}/location",
    ById,
    _NONE,
    _GONE,
    "subscribers/delete-a-subscribers-location",
)
CREATE_SUBSCRIBERS = Write(
    "POST /v4/bulk/subscribers",
    audience.BulkSubscribers,
    _SUBSCRIBERS,
    _BULK,
    "subscribers/bulk-create-subscribers",
)

# What subscribers are sorted by.
CREATE_TAG = Write("POST /v4/tags", audience.Name, _TAG, _ANY, "tags/create-a-tag")
UPDATE_TAG = Write("PUT /v4/tags/{id}", audience.NameById, _TAG, _CHANGED, "tags/update-tag-name")
TAG_SUBSCRIBER = Write(
    "POST /v4/tags/{tag_id}/subscribers/{id}",
    audience.TagSubscriber,
    _SUBSCRIBER,
    _ANY,
    "tags/tag-a-subscriber",
)
TAG_BY_EMAIL = Write(
    "POST /v4/tags/{id}/subscribers",
    audience.ByEmail,
    _SUBSCRIBER,
    _ANY,
    "tags/tag-a-subscriber-by-email-address",
)
UNTAG_SUBSCRIBER = Write(
    "DELETE /v4/tags/{tag_id}/subscribers/{id}",
    audience.TagSubscriber,
    _NONE,
    _GONE,
    "tags/remove-tag-from-subscriber",
)
# Kit takes the email address in the query, too, which would put it into logs.
UNTAG_BY_EMAIL = Write(
    "DELETE /v4/tags/{id}/subscribers",
    audience.ByEmail,
    _NONE,
    _GONE,
    "tags/remove-tag-from-subscriber-by-email-address",
)
CREATE_TAGS = Write(
    "POST /v4/bulk/tags",
    audience.Names,
    Reply("", results.BulkTags),
    _BULK,
    "tags/bulk-create-tags",
)
DELETE_TAGS = Write("DELETE /v4/bulk/tags", audience.Ids, _FAILURES, _BULK, "tags/bulk-delete-tags")
TAG_SUBSCRIBERS = Write(
    "POST /v4/bulk/tags/subscribers",
    audience.Taggings,
    _SUBSCRIBERS,
    _BULK,
    "tags/bulk-tag-subscribers",
)
UNTAG_SUBSCRIBERS = Write(
    "DELETE /v4/bulk/tags/subscribers",
    audience.Taggings,
    _FAILURES,
    _BULK,
    "tags/bulk-remove-tags-from-subscribers",
)
ADD_TO_FORM = Write(
    "POST /v4/forms/{form_id}/subscribers/{id}",
    audience.FormSubscriber,
    _SUBSCRIBER,
    _ANY,
    "forms/add-subscriber-to-form",
)
ADD_TO_FORM_BY_EMAIL = Write(
    "POST /v4/forms/{id}/subscribers",
    audience.FormByEmail,
    _SUBSCRIBER,
    _ANY,
    "forms/add-subscriber-to-form-by-email-address",
)
ADD_TO_FORMS = Write(
    "POST /v4/bulk/forms/subscribers",
    audience.Additions,
    _SUBSCRIBERS,
    _BULK,
    "forms/bulk-add-subscribers-to-forms",
)
ADD_TO_SEQUENCE = Write(
    "POST /v4/sequences/{sequence_id}/subscribers/{id}",
    audience.SequenceSubscriber,
    _SUBSCRIBER,
    _ANY,
    "sequences/add-subscriber-to-sequence",
)
ADD_TO_SEQUENCE_BY_EMAIL = Write(
    "POST /v4/sequences/{id}/subscribers",
    audience.ByEmail,
    _SUBSCRIBER,
    _ANY,
    "sequences/add-subscriber-to-sequence-by-email-address",
)
CREATE_CUSTOM_FIELD = Write(
    "POST /v4/custom_fields",
    audience.Label,
    _CUSTOM_FIELD,
    _ANY,
    "custom-fields/create-a-custom-field",
)
UPDATE_CUSTOM_FIELD = Write(
    "PUT /v4/custom_fields/{id}",
    audience.LabelById,
    _CUSTOM_FIELD,
    _CHANGED,
    "custom-fields/update-a-custom-field",
)
DELETE_CUSTOM_FIELD = Write(
    "DELETE /v4/custom_fields/{id}", ById, _NONE, _GONE, "custom-fields/delete-custom-field"
)
CREATE_CUSTOM_FIELDS = Write(
    "POST /v4/bulk/custom_fields",
    audience.Labels,
    Reply("", results.BulkCustomFields),
    _BULK,
    "custom-fields/bulk-create-custom-fields",
)
SET_VALUES = Write(
    "POST /v4/bulk/custom_fields/subscribers",
    audience.Values,
    _FAILURES,
    _BULK,
    "custom-fields/bulk-update-subscriber-custom-field-values",
)

# What is sold.
CREATE_PURCHASE = Write(
    "POST /v4/purchases",
    audience.Purchase,
    Reply("purchase", models.Purchase),
    _NEW,
    "purchases/create-a-purchase",
)

# What this server does by itself: its own webhook endpoints, and nothing to what is a creator's.
OF_SERVER = (CREATE_WEBHOOK_ENDPOINT, DELETE_WEBHOOK_ENDPOINT)
