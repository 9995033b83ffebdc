"""Records of Kit's API V4. Unknown fields are ignored, absent and unreadable ones are ``None``.

Nothing here names a person: blocks get neither subscribers' nor customers' data, so these records
have no field that could hold any.

Source: https://developers.kit.com/api-reference
"""

from plugin_server.kit.api.models.account import (
    Account,
    Colors,
    CreatorProfile,
    EmailStats,
    GrowthStats,
    Plan,
    Sender,
    Timezone,
)
from plugin_server.kit.api.models.audience import (
    Attribution,
    CustomField,
    Form,
    Product,
    Purchase,
    Segment,
    Subscriber,
    SubscriberStats,
    SubscriberWithStats,
    Tag,
    TagName,
)
from plugin_server.kit.api.models.content import (
    Broadcast,
    BroadcastClick,
    BroadcastStats,
    BroadcastTemplate,
    BroadcastWithStats,
    EmailTemplate,
    FilterCondition,
    Post,
    Snippet,
    SnippetDocument,
    SubscriberFilter,
)
from plugin_server.kit.api.models.sequences import (
    Sequence,
    SequenceEmail,
    SequenceStats,
    SubscriberSource,
)
from plugin_server.kit.api.models.webhooks import (
    Delivery,
    DeliveryAttempt,
    Webhook,
    WebhookEndpoint,
    WebhookEvent,
)
from plugin_server.kit.api.records import Pagination

__all__ = [
    "Account",
    "Attribution",
    "Broadcast",
    "BroadcastClick",
    "BroadcastStats",
    "BroadcastTemplate",
    "BroadcastWithStats",
    "Colors",
    "CreatorProfile",
    "CustomField",
    "Delivery",
    "DeliveryAttempt",
    "EmailStats",
    "EmailTemplate",
    "FilterCondition",
    "Form",
    "GrowthStats",
    "Pagination",
    "Plan",
    "Post",
    "Product",
    "Purchase",
    "Segment",
    "Sender",
    "Sequence",
    "SequenceEmail",
    "SequenceStats",
    "Snippet",
    "SnippetDocument",
    "Subscriber",
    "SubscriberFilter",
    "SubscriberSource",
    "SubscriberStats",
    "SubscriberWithStats",
    "Tag",
    "TagName",
    "Timezone",
    "Webhook",
    "WebhookEndpoint",
    "WebhookEvent",
]
