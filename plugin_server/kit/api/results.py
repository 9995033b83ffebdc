"""What Kit responds to writes, beside the records that reads return as well.

Source: https://developers.kit.com/api-reference
"""

from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr

from plugin_server.kit.api.models import CustomField, Subscriber, Tag, WebhookEndpoint
from plugin_server.kit.api.records import Id, KitRecord, Moment, Pagination, Readable

_ITEMS = (
    *("custom_field", "custom_field_value", "subscriber"),
    *("subscription", "tag", "tagging"),
)


def _with_text(value: object) -> object:
    return [str(each) for each in value] if isinstance(value, list) else ()


class Done(KitRecord):
    """Kit did it, and has nothing to show."""


class EndpointWithSecret(WebhookEndpoint):
    """A webhook endpoint with its new secret, which Kit shows only now, and which is never printed."""

    secret: SecretStr


class Failure(KitRecord):
    """One item of a bulk operation that Kit could not do.

    ``item`` is what Kit returned of it, which may hold an email address and is never printed.
    """

    errors: Annotated[tuple[str, ...], BeforeValidator(_with_text)] = ()
    item: Any = Field(default=None, repr=False, validation_alias=AliasChoices(*_ITEMS))


class BulkResult(KitRecord):
    """What a bulk operation could not do; empty also for one that Kit does later (202)."""

    failures: Readable[Failure] = ()


class BulkTags(BulkResult):
    """The tags that are there now."""

    tags: Readable[Tag] = ()


class BulkCustomFields(BulkResult):
    """The custom fields that are there now."""

    custom_fields: Readable[CustomField] = ()


class BulkSubscribers(BulkResult):
    """The subscribers that were created, tagged or added, then those that were there."""

    subscribers: Readable[Subscriber] = ()


class FilteredSubscriber(KitRecord):
    """A subscriber whom a filter found, without who they are."""

    id: Id
    created_at: Moment | None = None
    canceled_at: Moment | None = None
    tag_ids: Readable[Id] = ()
    tag_names: Readable[str] = ()


class FilteredSubscribers(KitRecord):
    """One page of a filter's result."""

    subscribers: Readable[FilteredSubscriber]
    pagination: Pagination
